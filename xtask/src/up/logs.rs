//! Follows the logs of the parts on the terminal, each line marked with its part.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use crate::up::state::PartState;

/// Where each log was read to.
pub(crate) struct Follower {
    logs: Vec<Log>,
    width: usize,
}

struct Log {
    part: String,
    path: PathBuf,
    read: u64,
    unfinished: String,
}

impl Follower {
    /// Follows from now on what the given parts write.
    pub(crate) fn from_now(parts: &[PartState]) -> Self {
        let logs: Vec<Log> = parts
            .iter()
            .map(|part| Log {
                part: part.name.clone(),
                path: part.log.clone(),
                read: part.log.metadata().map_or(0, |metadata| metadata.len()),
                unfinished: String::new(),
            })
            .collect();
        let width = logs.iter().map(|log| log.part.len()).max().unwrap_or_default();
        Self { logs, width }
    }

    /// Prints what was written since the last call.
    pub(crate) fn print_new(&mut self) {
        for log in &mut self.logs {
            for line in log.new_lines() {
                println!("{:width$} | {line}", log.part, width = self.width);
            }
        }
    }
}

impl Log {
    fn new_lines(&mut self) -> Vec<String> {
        let mut bytes = Vec::new();
        // A log that cannot be read now is read the next time.
        let read = File::open(&self.path).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.read))?;
            file.read_to_end(&mut bytes)
        });
        self.read += read.unwrap_or_default() as u64;
        self.unfinished.push_str(&String::from_utf8_lossy(&bytes));
        let Some(end) = self.unfinished.rfind('\n') else { return Vec::new() };
        let rest = self.unfinished.split_off(end + 1);
        let complete = std::mem::replace(&mut self.unfinished, rest);
        complete.lines().map(str::to_owned).collect()
    }
}
