//! `cargo xtask bench`: builds the platform with optimizations and runs one benchmark of the `bench` crate on it.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::prerequisites;
use crate::process::this_program;
use crate::up::display::loud_step;
use crate::workspace::{self, Profile};

#[derive(Args)]
pub(crate) struct BenchArgs {
    /// Optimise our own crates only: built in minutes instead of an hour, and slower where the time is spent in dependencies.
    #[arg(long)]
    quick: bool,
    /// The benchmark's name and flags; `--help` lists them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(args: &BenchArgs) -> anyhow::Result<ExitCode> {
    prerequisites::ensure(&prerequisites::FOR_PLATFORM)?;
    let profile = if args.quick { Profile::Quick } else { Profile::Release };
    loud_step("Building").end_with(workspace::build(profile))?;
    let bin = workspace::bin_folder(profile)?;
    let status = std::process::Command::new(bin.join("polyphony-bench"))
        .args(&args.args)
        .current_dir(workspace::root())
        .env("XTASK_BIN", this_program()?)
        .env("POLYPHONY_BIN_DIR", &bin)
        .env("POLYPHONY_BUILD", if args.quick { "our crates optimised, dependencies lightly" } else { "release" })
        .status()
        .context("run the benchmark")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
