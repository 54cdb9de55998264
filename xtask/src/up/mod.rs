//! `cargo xtask up`: the whole platform on one machine.

mod args;
mod demo;
mod detach;
pub(crate) mod display;
mod logs;
mod reach;
mod services;
pub(crate) mod state;
mod supervisor;

pub(crate) use args::UpArgs;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, bail};

use crate::data::{DataFolder, tail};
use crate::ports::{choose, is_taken};
use crate::prerequisites::{self, Need};
use crate::process::ProcessId;
use crate::secrets::{Admin, Secrets};
use crate::servers::postgres::{Cluster, Durability};
use crate::servers::{embedded, redis};
use crate::workspace::{self, WITH_DATABASE};
use crate::{down, status, web};
use demo::{Demo, Music};
use display::{loud_step, step};
use logs::Follower;
use reach::Reach;
use services::{External, Services, missing_programs};
use state::{Phase, State};
use supervisor::{Interrupted, Supervisor};

/// Runs the platform as the flags say.
pub(crate) fn run(args: UpArgs) -> anyhow::Result<ExitCode> {
    let data = DataFolder::locate(args.data.as_deref())?;
    data.create()?;
    if args.supervisor {
        return supervise(&args, &data, None);
    }
    if let Some(state) = running_already(&data)? {
        eprintln!("Polyphony runs already on {} (stop it with `cargo xtask down`)", data.path().display());
        status::print_table(&state)?;
        if args.demo {
            let bin = workspace::bin_folder(args.profile())?;
            import_demo(&data, &bin, Music::begin(&data))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let external = External::new(args.private);
    prerequisites::ensure(&needs(&external))?;
    let profile = args.profile();
    if !args.no_build {
        loud_step("Building").end_with(workspace::build(profile))?;
        if !args.no_web {
            web::build().context("build the web player; `--no-web` goes on without")?;
        }
    }
    let bin = workspace::bin_folder(profile)?;
    let missing = missing_programs(&bin);
    if !missing.is_empty() {
        bail!("{} is not built in {}", missing.join(", "), bin.display());
    }
    let music = args.demo.then(|| Music::begin(&data));
    if args.detach { detach::run(&args, &data, &bin, music) } else { supervise(&args, &data, music) }
}

/// Imports the demo library and waits until it is complete.
fn import_demo(data: &DataFolder, bin: &Path, music: Music) -> anyhow::Result<()> {
    let demo = Demo::sign_in(data, bin)?;
    let importing = step("Importing the demo library; what has arrived can be played");
    importing.end_with(demo.import(music))
}

fn needs(external: &External) -> Vec<Need> {
    let mut needs = prerequisites::FOR_PLATFORM.to_vec();
    needs.retain(|need| match need {
        Need::PostgreSql => !external.private_databases().is_empty(),
        Need::Redis => !external.has_redis(),
        _ => true,
    });
    needs
}

/// The state of the platform that works on the folder now.
fn running_already(data: &DataFolder) -> anyhow::Result<Option<State>> {
    let is_free = data.lock()?.is_some();
    if is_free { Ok(None) } else { State::read(data) }
}

/// Starts everything, follows it, and stops it when asked to.
fn supervise(args: &UpArgs, data: &DataFolder, music: Option<Music>) -> anyhow::Result<ExitCode> {
    let Some(lock) = data.lock()? else {
        bail!("Polyphony runs already on {}", data.path().display());
    };
    let last = State::read(data).ok().flatten();
    if let Some(last) = &last {
        down::stop_leftovers(last);
    }
    data.rotate_logs()?;
    data.drop_unfinished_work()?;
    let ports = choose(&needed_ports(args, last.as_ref()), is_taken)?;
    let secrets = Secrets::of(data)?;
    let external = External::new(args.private);
    let profile = args.profile();
    let bin = workspace::bin_folder(profile)?;
    let reach = Reach::of(args);
    let services = Services { bin, data, ports: &ports, secrets: &secrets, external: &external, reach: &reach };
    let state = first_state(&services)?;
    let mut supervisor = Supervisor::new(data.clone(), secrets.clone(), state, lock)?;

    match start(&mut supervisor, &services, args) {
        Ok(()) => {}
        Err(error) if error.is::<Interrupted>() => {
            supervisor.stop_all()?;
            supervisor.note(Phase::Stopped, "Interrupted", None)?;
            return Ok(ExitCode::from(130));
        }
        Err(error) => {
            supervisor.stop_all()?;
            supervisor.note(Phase::Failed, "Failed", Some(format!("{error:#}")))?;
            return Err(error);
        }
    }
    follow(&mut supervisor, args, &services, music)?;
    let stopping = step("Stopping");
    stopping.end_with(supervisor.stop_all())?;
    supervisor.note(Phase::Stopped, "Stopped", None)?;
    Ok(ExitCode::SUCCESS)
}

/// Parts that are replaced by real servers need no port.
fn needed_ports(args: &UpArgs, last: Option<&State>) -> Vec<(String, crate::ports::Wish)> {
    let external = External::new(args.private);
    let mut wishes = args.port_wishes(last);
    wishes.retain(|(part, _)| match part.as_str() {
        "postgres" => !external.private_databases().is_empty(),
        "redis" => !external.has_redis(),
        "kafka" => !external.has_kafka(),
        "s3" => !external.has_s3(),
        _ => true,
    });
    wishes
}

fn first_state(services: &Services) -> anyhow::Result<State> {
    let Services { data, ports, external, reach, .. } = services;
    let router = reach.authority(ports["router"]);
    let addresses = [
        ("player", services.web_url()),
        ("graphql", format!("http://{router}/graphql")),
        ("subscriptions", format!("ws://{router}/graphql")),
        ("health", format!("http://127.0.0.1:{}/health/ready", ports[&services::operations_of("router")])),
        ("media", services.media_public_url()),
        ("mail", data.join("mail").display().to_string()),
    ];
    Ok(State {
        phase: Phase::Starting,
        step: "Starting".to_owned(),
        error: None,
        supervisor: ProcessId::me().context("find out who we are")?,
        data: data.path().to_owned(),
        admin: data.join("admin.json"),
        addresses: addresses.map(|(name, address)| (name.to_owned(), address)).into(),
        external: external.variables(),
        parts: Vec::new(),
    })
}

fn start(supervisor: &mut Supervisor, services: &Services, args: &UpArgs) -> anyhow::Result<()> {
    staged(supervisor, "Starting the servers", |supervisor| start_servers(supervisor, services))?;
    staged(supervisor, "Migrating the databases", |_| migrate(services))?;
    staged(supervisor, "Creating the first admin", |_| create_admin(services))?;
    let behind = services.behind_the_router(&args.worker_names());
    staged(supervisor, "Starting the services", |supervisor| supervisor.start(behind))?;
    staged(supervisor, "Starting the router", |supervisor| supervisor.start(vec![services.router()]))?;
    supervisor.note(Phase::Ready, "Ready", None)
}

/// Runs one stage of the start, shown on the terminal and in the state.
fn staged(
    supervisor: &mut Supervisor,
    name: &str,
    stage: impl FnOnce(&mut Supervisor) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if supervisor.is_asked_to_stop() {
        return Err(Interrupted.into());
    }
    supervisor.note(Phase::Starting, name, None)?;
    let shown = step(name);
    let done = stage(supervisor);
    shown.end_with(done)
}

fn start_servers(supervisor: &mut Supervisor, services: &Services) -> anyhow::Result<()> {
    let Services { bin, data, ports, secrets, external, reach } = services;
    let databases = external.private_databases();
    let mut parts = Vec::new();
    let mut cluster = None;
    if !databases.is_empty() {
        let prepared = Cluster::prepare(&data.join("postgres"), ports["postgres"], secrets, Durability::Full)?;
        parts.push(prepared.part());
        cluster = Some(prepared);
    }
    if !external.has_redis() {
        parts.push(redis::part(&data.join("redis"), ports["redis"], secrets)?);
    }
    if !external.has_kafka() {
        parts.push(embedded::kafka(bin, &data.join("kafka"), ports["kafka"]));
    }
    if !external.has_s3() {
        parts.push(embedded::s3(bin, &data.join("s3"), reach.bind(ports["s3"]), secrets));
    }
    supervisor.start(parts)?;
    cluster.map_or(Ok(()), |cluster| cluster.create_databases(&databases, secrets))
}

fn migrate(services: &Services) -> anyhow::Result<()> {
    for name in WITH_DATABASE {
        run_once(services, name, &["migrate"], &[])?;
    }
    Ok(())
}

fn create_admin(services: &Services) -> anyhow::Result<()> {
    let Admin { email, password } = Admin::of(services.data)?;
    // In variables and not in flags, because everybody can read the flags of a process.
    let credentials = [("POLYPHONY_ADMIN_EMAIL", email), ("POLYPHONY_ADMIN_PASSWORD", password)];
    run_once(services, "accounts", &["admin", "create", "--if-missing"], &credentials)
}

/// Runs a program to its end. Its output is added to the log of the part of that name.
fn run_once(services: &Services, name: &str, args: &[&str], extra: &[(&str, String)]) -> anyhow::Result<()> {
    let log: PathBuf = services.data.log(name);
    let output = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&log)
        .with_context(|| format!("open {}", log.display()))?;
    let status = Command::new(services.program(name))
        .args(args)
        .envs(services.environment())
        .envs(extra.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(output.try_clone().context("share a log")?)
        .stderr(output)
        .status()
        .with_context(|| format!("run {name}"))?;
    if !status.success() {
        bail!("{name} {} failed ({status}):\n{}", args[0], tail(&log, 20));
    }
    Ok(())
}

/// What happens between ready and stop.
fn follow(supervisor: &mut Supervisor, args: &UpArgs, services: &Services, music: Option<Music>) -> anyhow::Result<()> {
    if args.supervisor {
        return supervisor.run(|| {});
    }
    status::print_table(supervisor.state())?;
    reach::print_code(args, supervisor.state());
    if let Some(music) = music {
        demo::in_background(services.data, &services.bin, music);
    }
    eprintln!("Following the logs; Ctrl-C stops everything.");
    let ours = |name: &str| !matches!(name, "postgres" | "redis" | "kafka" | "s3");
    let parts: Vec<_> = supervisor.state().parts.iter().filter(|part| ours(&part.name)).cloned().collect();
    let mut follower = Follower::from_now(&parts);
    supervisor.run(|| follower.print_new())
}
