//! What was uploaded, kept on disk so that an interrupted import goes on where it stopped: a log of JSON lines that is on
//! disk before the next step is taken. One process writes it at a time.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    io::{Seek, SeekFrom, Write},
    path::Path,
};

use anyhow::{Context, bail};
use polyphony_folders::Found;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::log::{Known, Line, compacted, replay};

/// What became of a file, for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// It can be played.
    Imported {
        /// The track that it became, if the catalog has told in time.
        track: Option<String>,
    },
    /// It is a whole album, and each of its tracks can be played.
    Divided {
        /// The tracks, as far as the catalog has told in time.
        tracks: Vec<String>,
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
    /// The upload that the file at this path was before it was changed.
    #[serde(default)]
    pub(crate) replaces: Option<String>,
}

/// What is known of a file beside music: a picture, lyrics or a playlist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extra {
    /// Size and time of change when it was looked at.
    pub(crate) size: u64,
    pub(crate) modified: i64,
    /// What it became on the server, if that has an id.
    pub(crate) id: Option<String>,
    /// Whether nothing is left to do with it.
    pub(crate) done: bool,
}

/// The log and what it says.
pub(crate) struct Journal {
    file: File,
    known: Known,
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
        let known = replay(&text);
        let mut file = compacted(&path, &known).with_context(|| format!("write {}", path.display()))?;
        file.seek(SeekFrom::End(0)).context("find the journal's end")?;
        Ok(Self { file, known, _lock: lock })
    }

    /// What is known of this very file: of its path, as long as it has not changed.
    pub(crate) fn entry(&self, file: &Found) -> Option<&Entry> {
        let entry = self.known.entries.get(&path_key(&file.path))?;
        (entry.size == file.size && entry.modified == file.modified).then_some(entry)
    }

    /// The upload that the file at this path was before it was changed.
    pub(crate) fn former_upload(&self, path: &Path) -> Option<String> {
        let entry = self.known.entries.get(&path_key(path))?;
        let sent = entry.upload.clone().filter(|_| entry.completed || entry.outcome.is_some());
        sent.or_else(|| entry.replaces.clone())
    }

    /// How a file with these bytes ended, wherever it was then.
    pub(crate) fn same_bytes(&self, sha256: &str) -> Option<&Entry> {
        self.with_bytes(sha256).map(|(_, entry)| entry).find(|entry| entry.outcome.is_some())
    }

    /// The upload that this entry's bytes became: its own, or that of another file with the same bytes.
    pub(crate) fn upload_of<'a>(&'a self, entry: &'a Entry) -> Option<&'a str> {
        let of_others = || self.with_bytes(&entry.sha256).find_map(|(_, other)| other.upload.as_deref());
        entry.upload.as_deref().or_else(of_others)
    }

    /// The track that the file of this path became, if it is known.
    pub(crate) fn track_of(&self, path: &Path) -> Option<&str> {
        match self.known.entries.get(&path_key(path))?.outcome.as_ref()? {
            Outcome::Imported { track } | Outcome::Duplicate { track } => track.as_deref(),
            Outcome::Divided { tracks } => tracks.first().map(String::as_str),
            Outcome::Rejected { .. } => None,
        }
    }

    /// Forgets all files with these bytes: the server has them no more.
    pub(crate) fn forget(&mut self, sha256: &str) -> anyhow::Result<()> {
        let paths: Vec<_> = self.with_bytes(sha256).map(|(path, _)| path.clone()).collect();
        paths.into_iter().try_for_each(|path| self.append(Line::Forgotten { path }))
    }

    /// What is known of this file beside music, as long as it has not changed.
    pub(crate) fn extra(&self, path: &Path, (size, modified): (u64, i64)) -> Option<&Extra> {
        let extra = self.known.extras.get(&path_key(path))?;
        (extra.size == size && extra.modified == modified).then_some(extra)
    }

    /// Whether something was made of the file of this path once, whatever it is now.
    pub(crate) fn was_done(&self, path: &Path) -> bool {
        self.known.extras.get(&path_key(path)).is_some_and(|extra| extra.done)
    }

    /// Notes what has become of a file beside music.
    pub(crate) fn note_extra(&mut self, path: &Path, extra: Extra) -> anyhow::Result<()> {
        self.append(Line::Extra { path: path_key(path), extra })
    }

    fn with_bytes(&self, sha256: &str) -> impl Iterator<Item = (&String, &Entry)> {
        let paths = self.known.paths.get(sha256).into_iter().flatten();
        let entries = paths.filter_map(|path| self.known.entries.get_key_value(path));
        entries.filter(move |(_, entry)| entry.sha256 == sha256)
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
        self.known.apply(line);
        Ok(())
    }
}

fn path_key(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::{fs::OpenOptions, path::PathBuf};

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
            replaces: None,
        }
    }

    fn found(path: &Path, modified: i64) -> Found {
        Found { path: path.to_owned(), label: "x".to_owned(), size: 3, modified, sheet: None }
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
    fn what_the_server_has_no_more_is_forgotten_with_all_its_copies() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (Path::new("/music/a.mp3"), Path::new("/music/copy of a.mp3"));
        let mut journal = Journal::open(folder.path(), "http://s", "usr_1").unwrap();
        let outcome = Some(Outcome::Imported { track: Some("trk_1".into()) });
        journal.begin(one, Entry { upload: Some("upl_1".into()), outcome: outcome.clone(), ..entry("aa") }).unwrap();
        journal.begin(two, Entry { outcome, ..entry("aa") }).unwrap();
        assert_eq!(journal.upload_of(journal.entry(&found(two, 7)).unwrap()), Some("upl_1"));
        assert_eq!(journal.track_of(two), Some("trk_1"));
        journal.forget("aa").unwrap();
        drop(journal);
        let journal = Journal::open(folder.path(), "http://s", "usr_1").unwrap();
        assert!(journal.same_bytes("aa").is_none() && journal.entry(&found(two, 7)).is_none());
    }

    #[test]
    fn what_was_made_of_other_files_is_known_as_long_as_they_stay_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = Path::new("/music/cover.jpg");
        let mut journal = Journal::open(folder.path(), "http://s", "usr_1").unwrap();
        let extra = Extra { size: 3, modified: 7, id: Some("img_1".into()), done: true };
        journal.note_extra(path, extra.clone()).unwrap();
        drop(journal);
        let journal = Journal::open(folder.path(), "http://s", "usr_1").unwrap();
        assert_eq!(journal.extra(path, (3, 7)), Some(&extra));
        assert!(journal.extra(path, (3, 8)).is_none() && journal.was_done(path));
    }

    #[test]
    fn a_file_that_was_changed_is_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = Path::new("/music/a.mp3");
        let mut journal = Journal::open(folder.path(), "http://s", "usr_1").unwrap();
        journal.begin(path, entry("aa")).unwrap();
        assert!(journal.entry(&found(path, 7)).is_some() && journal.entry(&found(path, 8)).is_none());
        // Once it was sent, the new file tells the server which it was.
        journal.created(path, "upl_1").unwrap();
        assert_eq!(journal.former_upload(path), None);
        journal.completed(path).unwrap();
        assert_eq!(journal.former_upload(path).as_deref(), Some("upl_1"));
        journal.begin(path, Entry { replaces: Some("upl_1".to_owned()), ..entry("bb") }).unwrap();
        assert_eq!(journal.former_upload(path).as_deref(), Some("upl_1"), "it was not sent yet");
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
