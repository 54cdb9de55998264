//! The journal's file: lines of JSON, and what they say when they are read from the first to the last.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::journal::{Entry, Extra, Outcome};

/// A line of the log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Entry { path: String, entry: Entry },
    Created { path: String, upload: String },
    Part { path: String, number: i32, etag: String },
    Completed { path: String },
    Finished { path: String, outcome: Outcome },
    Forgotten { path: String },
    Extra { path: String, extra: Extra },
}

/// What a log says.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) entries: BTreeMap<String, Entry>,
    pub(super) extras: BTreeMap<String, Extra>,
    /// Paths by the SHA-256 of their bytes. Some may have other bytes by now.
    pub(super) paths: HashMap<String, BTreeSet<String>>,
}

/// Reads a log up to its first line that is damaged: the last one, when the machine stopped while it was written.
pub(super) fn replay(text: &[u8]) -> Known {
    let mut known = Known::default();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let Ok(line) = serde_json::from_slice(line) else { break };
        known.apply(line);
    }
    known
}

impl Known {
    /// Takes a line in.
    pub(super) fn apply(&mut self, line: Line) {
        match line {
            Line::Entry { path, entry } => {
                self.paths.entry(entry.sha256.clone()).or_default().insert(path.clone());
                self.entries.insert(path, entry);
            }
            Line::Created { path, upload } => {
                if let Some(entry) = self.entries.get_mut(&path) {
                    // Etags belong to one upload.
                    if entry.upload.as_ref() != Some(&upload) {
                        entry.etags.clear();
                    }
                    entry.upload = Some(upload);
                }
            }
            Line::Part { path, number, etag } => {
                self.entries.get_mut(&path).map(|entry| entry.etags.insert(number, etag));
            }
            Line::Completed { path } => {
                if let Some(entry) = self.entries.get_mut(&path) {
                    entry.completed = true;
                    entry.etags.clear();
                }
            }
            Line::Finished { path, outcome } => {
                self.entries.get_mut(&path).map(|entry| entry.outcome.replace(outcome));
            }
            Line::Forgotten { path } => {
                self.entries.remove(&path);
            }
            Line::Extra { path, extra } => {
                self.extras.insert(path, extra);
            }
        }
    }
}

/// Writes the log anew with one line for each thing that is known, and opens it.
pub(super) fn compacted(path: &Path, known: &Known) -> anyhow::Result<File> {
    let entries = known.entries.iter().map(|(path, entry)| Line::Entry { path: path.clone(), entry: entry.clone() });
    let extras = known.extras.iter().map(|(path, extra)| Line::Extra { path: path.clone(), extra: extra.clone() });
    let mut text = Vec::new();
    for line in entries.chain(extras) {
        serde_json::to_writer(&mut text, &line)?;
        text.push(b'\n');
    }
    let unfinished = path.with_extension("unfinished");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(&unfinished)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    Ok(file)
}
