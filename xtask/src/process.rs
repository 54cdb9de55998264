//! Processes of this machine: who one is beyond its reusable number, and how it is asked or made to end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};

/// This program's file. A build that ran since we were started may have put another file in its place, which Linux marks
/// in the path of the one that runs; what stands there now is the same program, newly built.
pub(crate) fn this_program() -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe().context("find this program")?;
    Ok(path.to_str().and_then(|path| path.strip_suffix(" (deleted)")).map(PathBuf::from).unwrap_or(path))
}

/// A process, told apart from a later one with the same number by when it started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProcessId {
    pub(crate) pid: u32,
    started: String,
}

impl ProcessId {
    /// The process that bears the number now; `None` when there is none or it is dead and not yet reaped.
    pub(crate) fn of(pid: u32) -> Option<Self> {
        start_mark(pid).map(|started| Self { pid, started })
    }

    pub(crate) fn me() -> Option<Self> {
        Self::of(std::process::id())
    }

    pub(crate) fn is_alive(&self) -> bool {
        Self::of(self.pid).as_ref() == Some(self)
    }

    /// Sends the signal when the process is still the one that was recorded.
    pub(crate) fn signal(&self, signal: Signal) {
        if self.is_alive() {
            signal_pid(self.pid, signal);
        }
    }

    /// Kills the process and what it started in its group.
    pub(crate) fn kill_group(&self) {
        if self.is_alive()
            && let Some(pid) = raw(self.pid)
        {
            // Either may be gone already, which is what is wanted.
            let _ = kill_process_group(pid, Signal::KILL);
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// Waits for the end; says whether it came in time.
    pub(crate) fn wait_gone(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while self.is_alive() {
            if Instant::now() > deadline {
                return false;
            }
            sleep(Duration::from_millis(20));
        }
        true
    }
}

/// Sends a signal to a child that has not been reaped, so that the number is still its own.
pub(crate) fn signal_pid(pid: u32, signal: Signal) {
    if let Some(pid) = raw(pid) {
        // It may have ended by itself, which is what is wanted.
        let _ = kill_process(pid, signal);
    }
}

/// Kills a child that has not been reaped, and its group.
pub(crate) fn kill_child_group(pid: u32) {
    if let Some(pid) = raw(pid) {
        // See `signal_pid`.
        let _ = kill_process_group(pid, Signal::KILL);
        let _ = kill_process(pid, Signal::KILL);
    }
}

fn raw(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

/// When the process started, in the words of the system: since which boot and how long after it.
fn start_mark(pid: u32) -> Option<String> {
    if !Path::new("/proc/self/stat").exists() {
        let pid = pid.to_string();
        let output = Command::new("ps").args(["-o", "stat=,lstart=", "-p", &pid]).output().ok()?;
        let line = String::from_utf8(output.stdout).ok()?;
        let (state, started) = line.trim().split_once(char::is_whitespace)?;
        return (!state.starts_with('Z')).then(|| started.trim().to_owned());
    }
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let ticks = start_ticks(&stat)?;
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    Some(format!("{}:{ticks}", boot.trim()))
}

/// The start time in `/proc/<pid>/stat`, unless the process is a zombie. The name may hold spaces and parentheses.
fn start_ticks(stat: &str) -> Option<&str> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace();
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)
}

/// Whether this process may do everything.
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Finds a program in `PATH` and where distributions hide system programs.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let hidden = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/opt/homebrew/bin", "/usr/local/bin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(hidden).map(|folder| folder.join(name)).find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reused_number_is_another_process() {
        let me = ProcessId::me().unwrap();
        assert!(me.is_alive());
        let earlier = ProcessId { started: "an earlier boot:1".to_owned(), ..me };
        assert!(!earlier.is_alive());
    }

    #[test]
    fn a_start_time_is_found_behind_a_hostile_name() {
        let stat = "7 (a) Z (b) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20";
        assert_eq!(start_ticks(stat), Some("4242"));
    }

    #[test]
    fn a_zombie_is_not_alive() {
        let stat = "7 (sh) Z 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20";
        assert_eq!(start_ticks(stat), None);
    }
}
