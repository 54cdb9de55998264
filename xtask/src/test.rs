//! `cargo xtask test`: every test against real servers that are started for the run and leave nothing behind.

use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::prerequisites;
use crate::process::find_program;
use crate::servers::private::PrivateServers;
use crate::up::display::{loud_step, step};
use crate::workspace::{self, BUILT_BY_NAME, Profile};

/// Variables of real servers: tests run against the private ones, and so must what they start.
const OF_REAL_SERVERS: [&str; 8] = [
    "DATABASE_URL_ACCOUNTS",
    "DATABASE_URL_CATALOG",
    "DATABASE_URL_PLAYLISTS",
    "DATABASE_URL_MEDIA",
    "DATABASE_URL_NOTIFIER",
    "S3_PUBLIC_ENDPOINT",
    "SMTP_URL",
    "POLYPHONY_DATA",
];

#[derive(Args)]
pub(crate) struct TestArgs {
    /// Passed on to `cargo nextest run`, or to `cargo test` when nextest is not installed.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(args: &TestArgs) -> anyhow::Result<ExitCode> {
    prerequisites::ensure(&prerequisites::FOR_PLATFORM)?;
    loud_step("Building the programs").end_with(workspace::build(Profile::Dev))?;
    let bin = workspace::target_folder()?.join("debug");
    let starting = step("Starting private servers");
    let servers = starting.end_with(PrivateServers::all(&bin))?;
    // Ctrl-C ends the tests, which are in our process group; we then stop the servers.
    let _interrupted = listen_for_interrupt()?;

    let by_name: Vec<&str> = BUILT_BY_NAME.iter().flat_map(|package| ["-p", package]).collect();
    let chosen = args.args.iter().any(|arg| arg == "-p" || arg.starts_with("--package") || arg.starts_with("-p"));
    let groups: &[&[&str]] = if chosen { &[&[]] } else { &[&[], &by_name] };
    let mut all_passed = true;
    for packages in groups {
        let mut command = runner();
        command.args(*packages).args(&args.args);
        if find_program("cargo-nextest").is_some() {
            // A filter may match in one of the two groups only.
            command.arg("--no-tests=pass");
        }
        for variable in OF_REAL_SERVERS {
            command.env_remove(variable);
        }
        let status = command
            .envs(servers.variables())
            .env("XTASK_BIN", std::env::current_exe().context("find this program")?)
            .env("POLYPHONY_BIN_DIR", &bin)
            .status()
            .context("run the tests")?;
        all_passed &= status.success();
    }
    step("Stopping private servers").end_with({
        drop(servers);
        anyhow::Ok(())
    })?;
    Ok(if all_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn runner() -> Command {
    let mut cargo = workspace::cargo();
    if find_program("cargo-nextest").is_some() {
        cargo.args(["nextest", "run", "--no-fail-fast"]);
    } else {
        cargo.args(["test", "--no-fail-fast"]);
    }
    workspace::offline_queries(&mut cargo);
    cargo
}

/// Servers for a person who runs single tests by hand.
pub(crate) fn env() -> anyhow::Result<ExitCode> {
    prerequisites::ensure(&prerequisites::FOR_PLATFORM)?;
    let bin = workspace::bin_folder(Profile::Dev)?;
    if !bin.join("devstack").is_file() {
        bail!("devstack is not built in {}; run `cargo build -p polyphony-devstack`", bin.display());
    }
    let interrupted = listen_for_interrupt()?;
    let servers = PrivateServers::all(&bin)?;
    for (name, value) in servers.variables() {
        println!("export {name}='{value}'");
    }
    println!("export XTASK_BIN='{}'", std::env::current_exe().context("find this program")?.display());
    println!("export POLYPHONY_BIN_DIR='{}'", bin.display());
    eprintln!("The servers run in {} until Ctrl-C.", servers.folder().display());
    while !interrupted.load(Ordering::Relaxed) {
        sleep(Duration::from_millis(100));
    }
    Ok(ExitCode::SUCCESS)
}

fn listen_for_interrupt() -> anyhow::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted)).context("listen for signals")?;
    }
    Ok(interrupted)
}
