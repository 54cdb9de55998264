//! What was uploaded, kept on disk so that an interrupted import goes on where it stopped: a log of JSON lines that is on
//! disk before the next step is taken. One process writes it at a time.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions, TryLockError},
    io::{Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::files::Found;

/// What became of a file, for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It can be played.
    Imported {
        /// The track that it became, if the catalog has told in time.
        track: Option<String>,
    },
    /// The same audio was there before.
    Duplicate {
        /// As which track.
        track: Option<String>,
    },
    /// The server does not take it.
    Rejected {
        /// Why.
        reason: String,
    },
}

/// What is known of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Size and time of change when it was last looked at: another file is a new one.
    pub(crate) size: u64,
    pub(crate) modified: i64,
    /// SHA-256 of its bytes, hexadecimal.
    pub(crate) sha256: String,
    /// The idempotency key of its upload.
    pub(crate) key: String,
    /// The upload, once it was created.
    pub(crate) upload: Option<String>,
    /// Etags of the parts that the object store has.
    pub(crate) etags: BTreeMap<i32, String>,
    /// Whether all of it was sent.
    pub(crate) completed: bool,
    /// What became of it.
    pub(crate) outcome: Option<Outcome>,
}

/// A line of the log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Entry { path: String, entry: Entry },
    Created { path: String, upload: String },
    Part { path: String, number: i32, etag: String },
    Completed { path: String },
    Finished { path: String, outcome: Outcome },
}

/// The log and what it says.
pub(crate) struct Journal {
    file: File,
    entries: BTreeMap<String, Entry>,
    _lock: File,
}

impl Journal {
    /// Opens the journal of a person on a server; an error when another import is running.
    pub(crate) fn open(folder: &Path, server: &str, viewer: &str) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("make the folder {}", folder.display()))?;
        let name = hex::encode(&Sha256::digest(format!("{server}\n{viewer}"))[..12]);
        let path = folder.join(format!("{name}.jsonl"));
        let lock = File::create(path.with_extension("lock")).with_context(|| format!("open {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another import of this account is running on this machine"),
            Err(TryLockError::Error(error)) => return Err(error).with_context(|| format!("lock {}", path.display())),
        }
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
        };
        let entries = replay(&text);
        let mut file = compacted(&path, &entries).with_context(|| format!("write {}", path.display()))?;
        file.seek(SeekFrom::End(0)).context("find the journal's end")?;
        Ok(Self { file, entries, _lock: lock })
    }

    /// What is known of this very file: of its path, as long as it has not changed.
    pub(crate) fn entry(&self, file: &Found) -> Option<&Entry> {
        let entry = self.entries.get(&path_key(&file.path))?;
        (entry.size == file.size && entry.modified == file.modified).then_some(entry)
    }

    /// How a file with these bytes ended, wherever it was then.
    pub(crate) fn same_bytes(&self, sha256: &str) -> Option<&Outcome> {
        self.entries.values().filter(|entry| entry.sha256 == sha256).find_map(|entry| entry.outcome.as_ref())
    }

    /// Begins anew with this file.
    pub(crate) fn begin(&mut self, path: &Path, entry: Entry) -> anyhow::Result<()> {
        self.append(Line::Entry { path: path_key(path), entry })
    }

    /// Its upload was created.
    pub(crate) fn created(&mut self, path: &Path, upload: &str) -> anyhow::Result<()> {
        self.append(Line::Created { path: path_key(path), upload: upload.to_owned() })
    }

    /// The object store has this part.
    pub(crate) fn part(&mut self, path: &Path, number: i32, etag: &str) -> anyhow::Result<()> {
        self.append(Line::Part { path: path_key(path), number, etag: etag.to_owned() })
    }

    /// All of it was sent.
    pub(crate) fn completed(&mut self, path: &Path) -> anyhow::Result<()> {
        self.append(Line::Completed { path: path_key(path) })
    }

    /// What became of it.
    pub(crate) fn finished(&mut self, path: &Path, outcome: &Outcome) -> anyhow::Result<()> {
        self.append(Line::Finished { path: path_key(path), outcome: outcome.clone() })
    }

    fn append(&mut self, line: Line) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        self.file.write_all(&text).and_then(|()| self.file.sync_data()).context("write the import's journal")?;
        apply(&mut self.entries, line);
        Ok(())
    }
}

fn path_key(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Reads a log up to its first line that is damaged: the last one, when the machine stopped while it was written.
fn replay(text: &[u8]) -> BTreeMap<String, Entry> {
    let mut entries = BTreeMap::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let Ok(line) = serde_json::from_slice(line) else { break };
        apply(&mut entries, line);
    }
    entries
}

fn apply(entries: &mut BTreeMap<String, Entry>, line: Line) {
    match line {
        Line::Entry { path, entry } => {
            entries.insert(path, entry);
        }
        Line::Created { path, upload } => {
            if let Some(entry) = entries.get_mut(&path) {
                // Etags belong to one upload.
                if entry.upload.as_ref() != Some(&upload) {
                    entry.etags.clear();
                }
                entry.upload = Some(upload);
            }
        }
        Line::Part { path, number, etag } => {
            entries.get_mut(&path).map(|entry| entry.etags.insert(number, etag));
        }
        Line::Completed { path } => {
            if let Some(entry) = entries.get_mut(&path) {
                entry.completed = true;
                entry.etags.clear();
            }
        }
        Line::Finished { path, outcome } => {
            entries.get_mut(&path).map(|entry| entry.outcome.replace(outcome));
        }
    }
}

/// Writes the log anew with one line an entry, and opens it.
fn compacted(path: &PathBuf, entries: &BTreeMap<String, Entry>) -> anyhow::Result<File> {
    let mut text = Vec::new();
    for (path, entry) in entries {
        serde_json::to_writer(&mut text, &Line::Entry { path: path.clone(), entry: entry.clone() })?;
        text.push(b'\n');
    }
    let unfinished = path.with_extension("unfinished");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(&unfinished)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(sha256: &str) -> Entry {
        Entry {
            size: 3,
            modified: 7,
            sha256: sha256.to_owned(),
            key: "key".to_owned(),
            upload: None,
            etags: BTreeMap::new(),
            completed: false,
            outcome: None,
        }
    }

    fn found(path: &Path, modified: i64) -> Found {
        Found { path: path.to_owned(), label: "x".to_owned(), size: 3, modified }
    }

    #[test]
    fn a_journal_tells_after_a_crash_what_was_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = Path::new("/music/a.mp3");
        let mut journal = Journal::open(folder.path(), "http://s", "usr_1").unwrap();
        journal.begin(path, entry("aa")).unwrap();
        journal.created(path, "upl_1").unwrap();
        journal.part(path, 1, "\"e1\"").unwrap();
        drop(journal);
        let mut logs = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let is_log = |path: &PathBuf| path.extension().is_some_and(|end| end == "jsonl");
        let log = logs.find(is_log).unwrap();
        OpenOptions::new().append(true).open(log).unwrap().write_all(b"{\"event\":\"part\",\"path\":\"/mu").unwrap();

        let mut journal = Journal::open(folder.path(), "http://s", "usr_1").unwrap();
        let known = journal.entry(&found(path, 7)).unwrap();
        assert_eq!((known.upload.as_deref(), known.etags.len()), (Some("upl_1"), 1));
        journal.completed(path).unwrap();
        journal.finished(path, &Outcome::Imported { track: Some("trk_1".into()) }).unwrap();
        drop(journal);
        let journal = Journal::open(folder.path(), "http://s", "usr_1").unwrap();
        assert!(journal.entry(&found(path, 7)).unwrap().completed);
        assert!(journal.same_bytes("aa").is_some() && journal.same_bytes("bb").is_none());
    }

    #[test]
    fn a_file_that_was_changed_is_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = Path::new("/music/a.mp3");
        let mut journal = Journal::open(folder.path(), "http://s", "usr_1").unwrap();
        journal.begin(path, entry("aa")).unwrap();
        assert!(journal.entry(&found(path, 7)).is_some() && journal.entry(&found(path, 8)).is_none());
    }

    #[test]
    fn another_person_or_server_has_another_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = Path::new("/music/a.mp3");
        let mut journal = Journal::open(folder.path(), "http://s", "usr_1").unwrap();
        journal.begin(path, entry("aa")).unwrap();
        for (server, viewer) in [("http://s", "usr_2"), ("http://t", "usr_1")] {
            assert!(Journal::open(folder.path(), server, viewer).unwrap().entry(&found(path, 7)).is_none());
        }
    }

    #[test]
    fn two_imports_of_one_person_do_not_run_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let _first = Journal::open(folder.path(), "http://s", "usr_1").unwrap();
        assert!(Journal::open(folder.path(), "http://s", "usr_1").is_err());
    }
}
