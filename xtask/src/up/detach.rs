//! `up --detach`: leaves a supervisor behind that outlives the terminal, and waits until it says that all is ready.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::data::{DataFolder, tail};
use crate::process::this_program;
use crate::status;
use crate::up::demo::Music;
use crate::up::state::{Phase, State};
use crate::up::{UpArgs, display, import_demo, reach};

/// Starts the supervisor and waits for it, and for the demo library if its music is being made.
pub(crate) fn run(args: &UpArgs, data: &DataFolder, bin: &Path, music: Option<Music>) -> anyhow::Result<ExitCode> {
    let log = data.log("supervisor");
    let mut supervisor = spawn(data, &log)?;
    let state = wait_ready(&mut supervisor, data, &log)?;
    status::print_table(&state)?;
    reach::print_code(args, &state);
    if let Some(music) = music {
        import_demo(data, bin, music)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn spawn(data: &DataFolder, log: &Path) -> anyhow::Result<Child> {
    let output = File::create(log).with_context(|| format!("create {}", log.display()))?;
    // The same flags, so that both see the same ports and variables.
    let flags = std::env::args_os().skip(1).filter(|flag| flag != "--detach");
    Command::new(this_program()?)
        .args(flags)
        .arg("--supervisor")
        .env("POLYPHONY_DATA", data.path())
        .stdin(Stdio::null())
        .stdout(output.try_clone().context("share a log")?)
        .stderr(output)
        .process_group(0)
        .spawn()
        .context("start the supervisor")
}

fn wait_ready(supervisor: &mut Child, data: &DataFolder, log: &Path) -> anyhow::Result<State> {
    let mut shown: Option<display::Step> = None;
    let mut name = String::new();
    loop {
        let ended = supervisor.try_wait().context("watch the supervisor")?;
        let state = State::read(data)?.filter(|state| state.supervisor.pid == supervisor.id());
        if let Some(state) = state
            && state.phase != Phase::Failed
        {
            if state.step != name {
                if let Some(step) = shown.take() {
                    step.done();
                }
                if state.phase == Phase::Ready {
                    return Ok(state);
                }
                shown = Some(display::step(&state.step));
                name = state.step;
            }
        } else if ended.is_some()
            && let Some(step) = shown.take()
        {
            step.failed();
        }
        if ended.is_some() {
            bail!("the platform did not start:\n{}", tail(log, 40));
        }
        sleep(Duration::from_millis(50));
    }
}
