//! A part of the platform: one process, how it is started, asked and stopped.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;
use rustix::process::Signal;

use crate::probe::Probe;
use crate::process::find_program;

/// Everything needed to start a part, again and again.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
    pub(crate) env: BTreeMap<String, String>,
    /// Variables of our own environment that it must not see.
    pub(crate) unset: Vec<&'static str>,
    /// The system user that runs it, when it is another than ours.
    pub(crate) user: Option<String>,
    /// The signal that asks it to end soon and cleanly.
    pub(crate) stop: Signal,
    pub(crate) probe: Probe,
    pub(crate) port: u16,
    /// What clients call, for those parts that clients call.
    pub(crate) url: Option<String>,
}

impl Part {
    /// Starts the process. Its output is added to the log.
    ///
    /// It gets a process group of its own, so that Ctrl-C reaches the supervisor alone, which then stops all parts in
    /// order; and where `setpriv` exists it is asked to end when the supervisor dies without having stopped it.
    pub(crate) fn spawn(&self, log: &Path) -> anyhow::Result<Child> {
        let output = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("open {}", log.display()))?;
        let mut command = self.command();
        command.stdin(Stdio::null()).stdout(output.try_clone().context("share a log")?).stderr(output).process_group(0);
        command.spawn().with_context(|| format!("start {} ({})", self.name, self.program.display()))
    }

    fn command(&self) -> Command {
        let signal = if self.stop == Signal::INT { "INT" } else { "TERM" };
        let mut command = as_user(&self.program, self.user.as_deref(), Some(signal));
        command.args(&self.args);
        for name in &self.unset {
            command.env_remove(name);
        }
        command.envs(&self.env);
        command
    }
}

/// A command that runs as another user and, on request, gets a signal when its parent dies.
pub(crate) fn as_user(program: &Path, user: Option<&str>, on_parents_death: Option<&str>) -> Command {
    let Some(setpriv) = find_program("setpriv") else {
        // Without it (macOS) nobody is root either, and leftovers are stopped by the next start.
        return Command::new(program);
    };
    let mut command = Command::new(setpriv);
    if let Some(signal) = on_parents_death {
        command.args(["--pdeathsig", signal]);
    }
    if let Some(user) = user {
        command.arg(format!("--reuid={user}")).arg(format!("--regid={user}")).arg("--init-groups");
        // Where we stand may be closed to that user.
        command.current_dir("/");
    }
    command.arg("--").arg(program);
    command
}
