//! Child processes under limits: no shell, no inherited environment, no network, bounded output, killed when dropped.
//! It knows nothing of audio.

use std::ffi::{OsStr, OsString};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::log::Log;
use super::{Limits, PipelineError};

/// Variables that a child may keep: how to find programs and libraries, nothing that could be a secret.
const KEPT_VARIABLES: [&str; 4] = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR"];

/// A child process that has ended by itself.
pub(super) struct Finished {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) log: Log,
}

/// Whether a child that did not end well failed by our fault or the machine's: it was not found or could not be started,
/// somebody ended it, disk or memory gave out. A file that brings this about each time costs its job all attempts, and
/// keeps its bytes.
pub(super) fn is_ours(status: ExitStatus, log: &Log) -> bool {
    let ended_by = status.signal().is_some_and(|signal| signal != SIGXCPU);
    ended_by || status.code().is_some_and(|code| (125..=127).contains(&code)) || log.blames_machine
}

/// The kernel's word for a process that has used up its computing time.
pub(super) const SIGXCPU: i32 = 24;

/// An argument that names a local file and can be read as nothing else: no option, no protocol, no pattern.
pub(super) fn file_argument(path: &Path) -> OsString {
    let mut argument = OsString::from("file:");
    argument.push(path);
    argument
}

/// A command that runs `program` under the limits, in a session or process group of its own so that a Ctrl-C in the
/// terminal reaches us and not the child.
pub(super) fn confined(program: &'static str, limits: &Limits, cpu: Duration) -> Command {
    let mut command = launcher(limits, cpu);
    command.arg(program).env_clear();
    for name in KEPT_VARIABLES {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .env("AV_LOG_FORCE_NOCOLOR", "1")
        .env("MALLOC_ARENA_MAX", "2")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// `setsid` gives it a session, `prlimit` the limits, and so on; each replaces itself by the next, so that the process that we
/// started is FFmpeg in the end. The soft CPU limit lets FFmpeg say why it stops, the hard one does not ask. The kernel
/// kills it when the thread that started it is gone: that of a runtime, which lives as long as we do.
#[cfg(target_os = "linux")]
fn launcher(limits: &Limits, cpu: Duration) -> Command {
    let seconds = cpu.as_secs().max(1);
    let mut command = Command::new("setsid");
    command
        .arg("prlimit")
        .arg(format!("--as={}", limits.memory_bytes))
        .arg(format!("--cpu={seconds}:{}", seconds + 5))
        .arg(format!("--fsize={}", limits.output_bytes))
        .args(["--nofile=256", "--core=0", "setpriv", "--pdeathsig", "KILL", "nice", "-n"])
        .arg(limits.nice.to_string());
    command
}

/// Elsewhere (development on macOS) only the wall clock, output and pixel limits hold, and a child that outlives us ends when
/// it writes.
#[cfg(not(target_os = "linux"))]
fn launcher(limits: &Limits, _cpu: Duration) -> Command {
    let mut command = Command::new("nice");
    command.arg("-n").arg(limits.nice.to_string()).process_group(0);
    command
}

/// Lowers the session of a child too, where Linux shares out the machine among sessions (autogroup, `man 7 sched`): beside
/// those of others, the niceness of a process in it counts for nothing. False when it has to be tried again.
#[cfg(target_os = "linux")]
pub(super) fn step_back(child: &Child, limits: &Limits) -> bool {
    let Some(pid) = child.id() else { return true };
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let session = stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().nth(3));
    // Until `setsid` has run it is in our session.
    if session != Some(&pid.to_string()) {
        return false;
    }
    let set = std::fs::write(format!("/proc/{pid}/autogroup"), limits.nice.to_string());
    // The kernel takes a change every tenth of a second.
    !set.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn step_back(_child: &Child, _limits: &Limits) -> bool {
    true
}

/// Starts a command; a missing program is named.
pub(super) fn spawn(command: &mut Command) -> Result<Child, PipelineError> {
    command
        .spawn()
        .map_err(PipelineError::io("starting FFmpeg (are ffmpeg, ffprobe, setsid, prlimit and setpriv installed?)"))
}

/// Runs a command to its end, feeding it `input` and collecting at most `max_stdout` bytes; more is a failure.
pub(super) async fn run<S: AsRef<OsStr>>(
    mut command: Command,
    arguments: impl IntoIterator<Item = S>,
    input: Option<&[u8]>,
    max_stdout: usize,
    wall: Duration,
) -> Result<Finished, PipelineError> {
    command.args(arguments);
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = spawn(&mut command)?;
    let work = async {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            if let (Some(mut pipe), Some(bytes)) = (stdin, input) {
                // A child that has seen enough closes its end; its exit status tells whether that was right.
                let _closed_early = pipe.write_all(bytes).await;
            }
        };
        let ((), stdout, log) = tokio::join!(feed, collect(stdout, max_stdout), Log::read(stderr));
        let status = child.wait().await.map_err(PipelineError::io("waiting for FFmpeg"))?;
        Ok(Finished { status, stdout: stdout?, log })
    };
    tokio::time::timeout(wall, work).await.map_err(|_| PipelineError::TimedOut("reading the file"))?
}

/// Reads a pipe to its end. What is over the limit is an error; dropping the pipe then ends the child.
async fn collect(pipe: Option<impl AsyncRead + Unpin>, max: usize) -> Result<Vec<u8>, PipelineError> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        let mut bounded = pipe.take(max as u64 + 1);
        bounded.read_to_end(&mut bytes).await.map_err(PipelineError::io("reading FFmpeg's output"))?;
    }
    if bytes.len() > max {
        return Err(PipelineError::Tool { program: "ffmpeg", message: "its output is too large".to_owned() });
    }
    Ok(bytes)
}
