//! `cargo xtask status`: where the parts of a running platform listen and how they are, for people and for scripts.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use crate::data::DataFolder;
use crate::secrets::{Admin, Secrets};
use crate::up::state::{PartState, Phase, State};

#[derive(Args)]
pub(crate) struct StatusArgs {
    /// The folder that holds all data; `.polyphony` of the repository by default.
    #[arg(long, env = "POLYPHONY_DATA")]
    data: Option<PathBuf>,
    /// For scripts.
    #[arg(long)]
    json: bool,
}

/// What `status --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    /// `starting`, `ready`, `failed`, `stopped`, or `dead` when the supervisor ended without stopping the platform.
    state: &'a str,
    step: &'a str,
    error: Option<&'a str>,
    data: &'a std::path::Path,
    admin: &'a std::path::Path,
    addresses: &'a std::collections::BTreeMap<String, String>,
    external: &'a [String],
    supervisor: Option<u32>,
    parts: Vec<PartReport<'a>>,
}

#[derive(Serialize)]
struct PartReport<'a> {
    name: &'a str,
    /// `ready`, `unready`, `held` or `down`.
    health: &'static str,
    pid: Option<u32>,
    port: u16,
    url: Option<&'a str>,
    /// Where its `/health/live`, `/health/ready` and `/metrics` are, for parts of ours.
    operations: Option<String>,
    restarts: u32,
    log: &'a std::path::Path,
}

/// Exit code 0 when all is ready, 1 when it is not.
pub(crate) fn run(args: &StatusArgs) -> anyhow::Result<ExitCode> {
    let data = DataFolder::locate(args.data.as_deref())?;
    let Some(state) = State::read(&data)? else {
        anyhow::bail!("nothing has run on {}", data.path().display());
    };
    let secrets = Secrets::of(&data)?;
    let report = report(&state, &secrets);
    let healthy = report.state == "ready" && report.parts.iter().all(|part| part.health == "ready");
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report).context("write the report")?);
    } else {
        println!("{} ({})", report.state, data.path().display());
        print_parts(&report);
        print_addresses(&state)?;
    }
    Ok(if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The table that a person sees when the platform is ready.
pub(crate) fn print_table(state: &State) -> anyhow::Result<()> {
    let data = DataFolder::locate(Some(&state.data))?;
    print_parts(&report(state, &Secrets::of(&data)?));
    print_addresses(state)
}

fn report<'a>(state: &'a State, secrets: &Secrets) -> Report<'a> {
    let supervised = state.supervisor.is_alive();
    Report {
        state: match state.phase {
            Phase::Failed => "failed",
            Phase::Stopped => "stopped",
            _ if !supervised => "dead",
            Phase::Starting => "starting",
            Phase::Ready => "ready",
        },
        step: &state.step,
        error: state.error.as_deref(),
        data: &state.data,
        admin: &state.admin,
        addresses: &state.addresses,
        external: &state.external,
        supervisor: supervised.then_some(state.supervisor.pid),
        parts: state.parts.iter().map(|part| part_report(part, secrets)).collect(),
    }
}

fn part_report<'a>(part: &'a PartState, secrets: &Secrets) -> PartReport<'a> {
    let pid = part.process.as_ref().filter(|process| process.is_alive()).map(|process| process.pid);
    let health = match pid {
        Some(_) if part.probe.is_ready(secrets) => "ready",
        Some(_) => "unready",
        None if part.held => "held",
        None => "down",
    };
    PartReport {
        name: &part.name,
        health,
        pid,
        port: part.port,
        url: part.url.as_deref(),
        operations: part.probe.operations_port().map(|port| format!("http://127.0.0.1:{port}")),
        restarts: part.restarts,
        log: &part.log,
    }
}

fn print_parts(report: &Report) {
    println!();
    println!("  {:<16} {:<8} {:>8}  address", "part", "health", "pid");
    for part in &report.parts {
        let pid = part.pid.map_or_else(|| "-".to_owned(), |pid| pid.to_string());
        let address = part.url.map_or_else(|| format!("127.0.0.1:{}", part.port), str::to_owned);
        println!("  {:<16} {:<8} {pid:>8}  {address}", part.name, part.health);
    }
    for variable in report.external {
        println!("  {:<16} {:<8} {:>8}  as {variable} says", "(external)", "", "-");
    }
    println!();
}

fn print_addresses(state: &State) -> anyhow::Result<()> {
    for (name, address) in &state.addresses {
        println!("  {name:<16} {address}");
    }
    if let Ok(text) = fs::read_to_string(&state.admin) {
        let admin: Admin = serde_json::from_str(&text).context("parse admin.json")?;
        println!("  {:<16} {} / {}", "first admin", admin.email, admin.password);
    }
    println!("  {:<16} {}", "data and logs", state.data.display());
    println!();
    Ok(())
}
