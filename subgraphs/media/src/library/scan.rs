//! Goes through a folder once: folder by folder in it, so that a large library needs no more memory than its largest folder.

use std::{
    ffi::OsString,
    io::{Error, ErrorKind, Read},
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use chrono::TimeDelta;
use polyphony_events::UserId;
use polyphony_folders::{Walk, name_of, read_folder};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::open::{self, open};
use crate::{
    app::App,
    commands::{
        miss_library_files::miss_library_folder,
        take_library_files::{Destination, Taken, take_library_files},
    },
    domain::{
        library_folder::{Differences, FOLDER_LEASE, FoundFile, KnownFile, LibraryFile, LibraryFolder, Stamp},
        upload::MAX_BYTES,
    },
};

/// How often a scan says that it goes on, when it writes nothing.
const RENEWAL: Duration = Duration::from_secs(10);
/// What was changed less than this ago may still be written to.
pub(super) const QUIET: Duration = Duration::from_secs(2);
/// What failed for no fault of the file is tried again after so long.
const RETRY_AFTER: TimeDelta = TimeDelta::hours(1);
/// How many files are written down in one transaction.
const BATCH: usize = 50;

/// What a scan did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Files that became uploads: new ones, and those with other bytes than before.
    pub taken: usize,
    /// Files that were moved within the folder, or are there again.
    pub found_again: usize,
    /// Files that are gone.
    pub vanished: usize,
    /// Files and folders that could not be read.
    pub unreadable: usize,
    /// The first of them, and why.
    pub problem: Option<String>,
    /// Whether files are still being written.
    pub has_young: bool,
}

/// A scan that is under way.
pub(super) struct Scan<'a> {
    pub(super) app: &'a App,
    pub(super) folder: &'a LibraryFolder,
    pub(super) owner: UserId,
    pub(super) token: Uuid,
    pub(super) done: Scanned,
}

impl Scan<'_> {
    /// Goes through the folder. An error is the database's, or that the folder itself cannot be read; then nothing is gone.
    pub(super) async fn run(mut self) -> anyhow::Result<Scanned> {
        let (mut pending, mut renewed) = (vec![PathBuf::new()], Instant::now());
        while let Some(parent) = pending.pop() {
            if renewed.elapsed() > RENEWAL {
                let holds = self.app.store.hold_folder(self.folder.key(), self.token, FOLDER_LEASE).await?;
                anyhow::ensure!(holds, "another worker looks after the folder by now");
                renewed = Instant::now();
            }
            let (root, path) = (self.folder.path.clone(), self.folder.path.join(&parent));
            match blocking(move || read_folder(&path, &root)).await {
                Ok((walk, folders)) => {
                    pending.extend(folders.iter().rev().filter_map(|path| self.within(path)));
                    self.look(&parent, walk).await?;
                }
                Err(error) if parent.as_os_str().is_empty() => return Err(error).context("it cannot be read"),
                // It went while we came.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => self.cannot_read(&parent.display(), &error),
            }
        }
        self.find_gone_folders().await?;
        Ok(self.done)
    }

    fn within(&self, path: &Path) -> Option<PathBuf> {
        path.strip_prefix(&self.folder.path).ok().map(Path::to_owned)
    }

    fn cannot_read(&mut self, label: &dyn std::fmt::Display, why: &dyn std::fmt::Display) {
        tracing::info!(folder = self.folder.key(), file = %label, error = %why, "a file of a folder cannot be read");
        self.done.unreadable += 1;
        self.done.problem.get_or_insert_with(|| format!("{label}: {why}"));
    }

    /// Looks at what is in one folder.
    async fn look(&mut self, parent: &Path, walk: Walk) -> anyhow::Result<()> {
        let tried = self.app.clock.now() - RETRY_AFTER;
        let known = self.app.store.known_files(self.folder.key(), parent, tried).await?;
        let unreadable: Vec<OsString> =
            walk.unreadable.iter().map(|(label, _)| name_of(Path::new(label)).into()).collect();
        for (label, why) in &walk.unreadable {
            self.cannot_read(label, why);
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as i64;
        let found = walk.files.into_iter().filter_map(|file| {
            Some(FoundFile {
                name: file.path.file_name()?.to_owned(),
                stamp: Stamp { size_bytes: i64::try_from(file.size).ok()?, modified_ns: file.modified },
                cue_sheet: file.sheet.map(|sheet| sheet.text.clone()),
                is_young: (now - file.modified).abs() < QUIET.as_nanos() as i64,
            })
        });
        let differences = Differences::between(known, found.collect(), &unreadable);
        self.done.has_young |= differences.has_young;
        if differences.is_empty() {
            return Ok(());
        }
        let Differences { new, changed, returned, vanished, .. } = differences;
        let mut taken = Taken { returned, vanished, ..Taken::default() };
        for file in new {
            self.take_new(parent, file, &mut taken).await?;
            self.write_if_full(parent, &mut taken, BATCH).await?;
        }
        for (file, before) in changed {
            self.take_changed(parent, file, before, &mut taken).await?;
            self.write_if_full(parent, &mut taken, BATCH).await?;
        }
        self.write_if_full(parent, &mut taken, 0).await
    }

    /// Writes down what was found once it is more than so much.
    async fn write_if_full(&mut self, parent: &Path, taken: &mut Taken, more_than: usize) -> anyhow::Result<()> {
        if taken.len() <= more_than {
            return Ok(());
        }
        let taken = std::mem::take(taken);
        self.done.taken += taken.new.len() + taken.changed.len();
        self.done.found_again += taken.returned.len() + taken.moved.len();
        self.done.vanished += taken.vanished.len();
        let to = Destination { folder: self.folder, token: self.token, owner: self.owner };
        take_library_files(self.app, to, parent, taken).await
    }

    /// A file that was not here before: it is new, or was moved, or cannot be read and is left for the next scan.
    async fn take_new(&mut self, parent: &Path, file: FoundFile, taken: &mut Taken) -> anyhow::Result<()> {
        let path = parent.join(&file.name);
        if let Err(error) = self.check(&path, file.stamp).await {
            self.cannot_read(&path.display(), &error);
            return Ok(());
        }
        for (before, sha256) in self.app.store.files_with_stamp(self.folder.key(), file.stamp).await? {
            let at = self.folder.path.join(&before);
            let is_taken = taken.moved.iter().any(|(from, _)| *from == before);
            if is_taken || !blocking(move || at.symlink_metadata()).await.is_err_and(|error| is_gone(&error)) {
                continue;
            }
            // Copying programs and file systems give others the same size and time; what nobody has read yet is read here.
            if sha256.is_none() || self.sha256(&path).await.ok() == sha256 {
                taken.moved.push((before, file.name));
                return Ok(());
            }
        }
        taken.new.push(file);
        Ok(())
    }

    /// A file that has changed: with the same bytes it was only touched.
    async fn take_changed(
        &mut self,
        parent: &Path,
        file: FoundFile,
        before: KnownFile,
        taken: &mut Taken,
    ) -> anyhow::Result<()> {
        let path = parent.join(&file.name);
        if let Err(error) = self.check(&path, file.stamp).await {
            self.cannot_read(&path.display(), &error);
            return Ok(());
        }
        let may_be_the_same = before.sha256.is_some() && file.stamp.size_bytes == before.stamp.size_bytes;
        if may_be_the_same && self.sha256(&path).await.ok() == before.sha256 {
            taken.returned.push(KnownFile { stamp: file.stamp, ..before });
        } else {
            taken.changed.push((file, before));
        }
        Ok(())
    }

    fn file(&self, path: &Path) -> LibraryFile {
        LibraryFile { folder: self.folder.path.clone(), path: path.to_owned(), mode: self.folder.mode }
    }

    /// Whether a file can be read and is neither empty nor too large.
    async fn check(&self, path: &Path, stamp: Stamp) -> std::io::Result<()> {
        if !(1..=MAX_BYTES).contains(&stamp.size_bytes) {
            return Err(Error::other(format!("it has {} bytes, not 1 to {MAX_BYTES}", stamp.size_bytes)));
        }
        let (folders, file) = (self.app.settings.library_folders.clone(), self.file(path));
        blocking(move || open(&folders, &file).map(drop)).await
    }

    async fn sha256(&self, path: &Path) -> std::io::Result<String> {
        let (folders, file) = (self.app.settings.library_folders.clone(), self.file(path));
        blocking(move || {
            let (mut file, mut hasher, mut chunk) = (open(&folders, &file)?, Sha256::new(), vec![0; 256 << 10]);
            let before = open::stamp(&file)?;
            loop {
                let read = file.read(&mut chunk)?;
                if read == 0 {
                    break;
                }
                hasher.update(&chunk[..read]);
            }
            if open::stamp(&file)? != before {
                return Err(Error::other("it changes while it is read"));
            }
            Ok(hex::encode(hasher.finalize()))
        })
        .await
    }

    /// Folders in which files were seen and that are gone now, with all in them.
    async fn find_gone_folders(&mut self) -> anyhow::Result<()> {
        let mut after: Option<PathBuf> = None;
        loop {
            let page = self.app.store.known_parents(self.folder.key(), after.as_deref()).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.clone());
            for parent in page {
                let at = self.folder.path.join(&parent);
                if blocking(move || at.symlink_metadata()).await.is_err_and(|error| is_gone(&error)) {
                    self.done.vanished += miss_library_folder(self.app, self.folder, self.token, &parent).await?;
                }
            }
        }
    }
}

fn is_gone(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::other)?
}
