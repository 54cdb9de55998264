//! What FFmpeg says on standard error: the few lines that explain a failure, and the loudness summary at its end.
//! Foreign text (tags, file names) passes here, so lines and memory are bounded.

use std::collections::VecDeque;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::loudness::Summary;

/// Lines longer than this are cut.
const LINE_BYTES: usize = 1024;
/// How many of the last errors are kept.
const KEPT_ERRORS: usize = 4;
/// How much of an error is shown to people.
const SHOWN_CHARS: usize = 200;

/// What is said when disk, memory or threads give out.
const LACKS: [&str; 5] =
    ["No space left on device", "Resource temporarily unavailable", "Error allocating", "not allocate", "to allocate"];

/// The digest of a child's standard error.
#[derive(Debug, Default)]
pub(super) struct Log {
    errors: VecDeque<String>,
    pub(super) loudness: Summary,
    /// FFmpeg says which signal it stops for; 24 is SIGXCPU, the CPU limit. It comes each second, and after a few FFmpeg
    /// stops at once.
    pub(super) cpu_exceeded: bool,
    /// Disk or memory gave out, somebody asked FFmpeg to stop, or it could not be given its limits.
    pub(super) blames_machine: bool,
    /// Encoders refuse samples that are infinite or no numbers.
    pub(super) has_no_numbers: bool,
}

impl Log {
    /// Reads a pipe until the child closes it. A pipe that breaks ends the log, the child's status says the rest.
    pub(super) async fn read(pipe: Option<impl AsyncRead + Unpin>) -> Self {
        let mut log = Self::default();
        let Some(mut pipe) = pipe else { return log };
        let mut chunk = vec![0; 16 * 1024];
        let mut line = Vec::with_capacity(LINE_BYTES);
        while let Ok(read @ 1..) = pipe.read(&mut chunk).await {
            for &byte in &chunk[..read] {
                if byte == b'\n' || byte == b'\r' {
                    log.observe(&String::from_utf8_lossy(&line));
                    line.clear();
                } else if line.len() < LINE_BYTES {
                    line.push(byte);
                }
            }
        }
        log.observe(&String::from_utf8_lossy(&line));
        log
    }

    fn observe(&mut self, line: &str) {
        self.loudness.observe(line);
        self.cpu_exceeded |= line.contains("received signal 24") || line.contains("system signals, hard exiting");
        self.blames_machine |= ["received signal 15", "received signal 2."].iter().any(|stop| line.contains(stop))
            || ["setsid: ", "prlimit: ", "setpriv: "].iter().any(|launcher| line.starts_with(launcher));
        // FFmpeg's AAC encoder says so, LAME stops with an assertion; who is first is a matter of luck.
        self.has_no_numbers |= line.contains("NaN/+-Inf") || line.contains("calc_energy: Assertion");
        // FFmpeg is run with `-loglevel level+info`, which marks each message with its level.
        if ["[error]", "[fatal]", "[panic]"].iter().any(|level| line.contains(level)) {
            self.blames_machine |= LACKS.iter().any(|lack| line.contains(lack));
            if self.errors.len() == KEPT_ERRORS {
                self.errors.pop_front();
            }
            self.errors.push_back(plain(line));
        }
    }

    /// The last error in short, fit for people.
    pub(super) fn reason(&self) -> String {
        self.errors.back().cloned().unwrap_or_else(|| "no reason was given".to_owned())
    }
}

/// Drops `[component @ 0x1234]` and `[level]` marks, control characters and the local file's path.
fn plain(line: &str) -> String {
    let mut rest = line.trim();
    while let Some((_, after)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        rest = after.trim_start();
    }
    if let Some((path, message)) = rest.split_once(": ")
        && path.starts_with("file:")
    {
        rest = message;
    }
    rest.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_error_is_kept_without_marks_and_paths() {
        let text = "[info] Input #0\n[mov @ 0x55] [error] moov atom not found\n\
                    [error] file:/srv/secret/x: Invalid data found when processing input\n";
        let log = Log::read(Some(text.as_bytes())).await;
        assert_eq!(log.reason(), "Invalid data found when processing input");
        assert!(!log.cpu_exceeded);
    }

    #[tokio::test]
    async fn an_endless_line_is_cut() {
        let text = format!("[error] {}", "x".repeat(1_000_000));
        assert_eq!(Log::read(Some(text.as_bytes())).await.reason().len(), SHOWN_CHARS);
    }
}
