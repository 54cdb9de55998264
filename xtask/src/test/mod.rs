//! `cargo xtask test`: every test against real servers that are started for the run and leave nothing behind.

mod browser;
mod platform;

use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::prerequisites;
use crate::process::{find_program, this_program};
use crate::servers::private::PrivateServers;
use crate::up::display::{loud_step, step};
use crate::web;
use crate::workspace::{self, BUILT_BY_NAME, Profile};
use platform::{Extra, Platform};

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

/// Tests that wait for a transcode keep both cores busy with others meanwhile: FFmpeg gets its share of them, and a long file does
/// not keep a short one waiting.
const OF_PLATFORMS: [(&str, &str); 2] = [("WORKER_NICE", "0"), ("WORKER_CONCURRENCY", "2")];

#[derive(Args)]
pub(crate) struct TestArgs {
    /// Only the web player: its types, style and unit tests, then its tests in Chromium on a platform of its own.
    #[arg(long)]
    web: bool,
    /// With `--web`: use the programs as they are built, without asking cargo.
    #[arg(long, requires = "web")]
    no_build: bool,
    /// Passed on to `cargo nextest run`, or to `cargo test` when nextest is not installed.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(args: &TestArgs) -> anyhow::Result<ExitCode> {
    prerequisites::ensure(&prerequisites::FOR_PLATFORM)?;
    if args.web {
        return test_web(args.no_build);
    }
    if args.need_platform() {
        prerequisites::ensure(&prerequisites::FOR_BROWSER_TESTS)?;
    }
    loud_step("Building the programs").end_with(workspace::build(Profile::Dev))?;
    // The platform serves the player as it is now. Without one the other tests still have something to say.
    let built = !args.need_platform() || is_well("build the web player", web::build());
    let mut all_passed = built;
    let bin = workspace::target_folder()?.join("debug");
    if args.packages().is_empty() && args.args.is_empty() {
        all_passed &= loud_step("Testing the web player").end_with(web::test())?;
        all_passed &= built && browser::run(&bin)?;
    }
    let starting = step("Starting private servers");
    let servers = starting.end_with(PrivateServers::all(&bin))?;
    // Ctrl-C ends the tests, which are in our process group; we then stop the servers.
    let _interrupted = listen_for_interrupt()?;

    let data = servers.folder().join("platform");
    let platform = args.need_platform().then(|| Platform::start(&data, &bin, &Extra::default()));
    let platform = platform.transpose()?;
    all_passed &= platform.as_ref().is_none_or(|platform| platform.started);

    let by_name: Vec<&str> = BUILT_BY_NAME.iter().flat_map(|package| ["-p", package]).collect();
    let groups: &[&[&str]] = if args.packages().is_empty() { &[&[], &by_name] } else { &[&[]] };
    for packages in groups {
        let mut command = runner();
        command.args(*packages).args(&args.args);
        for variable in OF_REAL_SERVERS {
            command.env_remove(variable);
        }
        let status = command
            .envs(servers.variables())
            .envs(OF_PLATFORMS)
            .envs(platform.as_ref().map(|platform| ("POLYPHONY_E2E_DATA", &platform.data)))
            .env("XTASK_BIN", this_program()?)
            .env("POLYPHONY_BIN_DIR", &bin)
            .status()
            .context("run the tests")?;
        all_passed &= status.success();
    }
    let stopping = step("Stopping private servers");
    drop(platform);
    drop(servers);
    stopping.done();
    Ok(if all_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What there is to test of the web player, and nothing else.
fn test_web(no_build: bool) -> anyhow::Result<ExitCode> {
    prerequisites::ensure(&prerequisites::FOR_BROWSER_TESTS)?;
    if !no_build {
        loud_step("Building the programs").end_with(workspace::build(Profile::Dev))?;
    }
    web::build()?;
    let all_passed = loud_step("Testing the web player").end_with(web::test())?
        & browser::run(&workspace::bin_folder(Profile::Dev)?)?;
    Ok(if all_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Says what went wrong.
fn is_well(what: &str, done: anyhow::Result<()>) -> bool {
    if let Err(error) = &done {
        eprintln!("cannot {what}: {error:#}");
    }
    done.is_ok()
}

impl TestArgs {
    /// The packages that were chosen with `-p`; none means all.
    fn packages(&self) -> Vec<&str> {
        let mut packages = Vec::new();
        let mut args = self.args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "-p" | "--package" => packages.extend(args.next().map(String::as_str)),
                _ => packages.extend(arg.strip_prefix("--package=")),
            }
        }
        packages
    }

    /// The black-box tests share one running platform.
    fn need_platform(&self) -> bool {
        let packages = self.packages();
        packages.is_empty() || packages.contains(&"polyphony-e2e")
    }
}

fn runner() -> Command {
    let mut cargo = workspace::cargo();
    if find_program("cargo-nextest").is_some() {
        // A filter may match in one of the groups only.
        cargo.args(["nextest", "run", "--no-fail-fast", "--no-tests=pass"]);
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
    println!("export XTASK_BIN='{}'", this_program()?.display());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn args(args: &[&str]) -> TestArgs {
        TestArgs { web: false, no_build: false, args: args.iter().map(|arg| (*arg).to_owned()).collect() }
    }

    #[test]
    fn chosen_packages_are_seen_in_every_spelling() {
        assert_eq!(args(&["-p", "a", "--package=b", "x"]).packages(), ["a", "b"]);
    }

    #[test]
    fn the_platform_runs_for_black_box_tests_only() {
        assert!(args(&[]).need_platform());
        assert!(args(&["-p", "polyphony-e2e"]).need_platform());
        assert!(!args(&["-p", "polyphony-kit"]).need_platform());
    }
}
