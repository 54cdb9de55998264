//! `cargo xtask down`: stops the platform of a data folder, also one whose supervisor is dead.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use rustix::process::Signal;

use crate::DataArgs;
use crate::data::DataFolder;
use crate::up::display::step;
use crate::up::state::{PartState, State};

/// The supervisor needs at most some multiples of its own patience with a part.
const SUPERVISOR: Duration = Duration::from_secs(90);
const PART: Duration = Duration::from_secs(10);

pub(crate) fn run(args: &DataArgs) -> anyhow::Result<ExitCode> {
    let data = DataFolder::locate(args.data.as_deref())?;
    let Some(state) = State::read(&data)? else {
        eprintln!("Nothing has run on {}", data.path().display());
        return Ok(ExitCode::SUCCESS);
    };
    if !state.supervisor.is_alive() && !state.parts.iter().any(is_alive) {
        eprintln!("Nothing runs on {}", data.path().display());
        return Ok(ExitCode::SUCCESS);
    }
    let stopping = step("Stopping");
    state.supervisor.signal(Signal::TERM);
    let in_time = state.supervisor.wait_gone(SUPERVISOR);
    if !in_time {
        state.supervisor.kill_group();
    }
    // The last state of the supervisor knows what it left.
    stop_leftovers(&State::read(&data)?.unwrap_or(state));
    if in_time {
        stopping.done();
        Ok(ExitCode::SUCCESS)
    } else {
        stopping.failed();
        bail!("the supervisor did not end in {} s and was killed", SUPERVISOR.as_secs())
    }
}

/// Stops parts that outlived their supervisor, told apart from other processes by when they started.
pub(crate) fn stop_leftovers(state: &State) {
    // Those started last depend on those started first.
    for part in state.parts.iter().rev().filter(|part| is_alive(part)) {
        let Some(process) = &part.process else { continue };
        let gently = if part.name == "postgres" { Signal::INT } else { Signal::TERM };
        process.signal(gently);
        if !process.wait_gone(PART) {
            process.kill_group();
        }
    }
}

fn is_alive(part: &PartState) -> bool {
    part.process.as_ref().is_some_and(crate::process::ProcessId::is_alive)
}
