//! The folder of a job on this machine, and the source in it.

use std::{
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;
use polyphony_kit::blobs::{Blobs, Download};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;

use super::{
    Worker,
    patience::{patiently, while_it_goes_on},
};
use crate::{
    app::App,
    domain::{keys, library_folder::LibraryFile, upload::Upload},
    library,
};

/// Free space that a job leaves to others.
const RESERVE: u64 = 512 << 20;

/// The folder of a job is called this, and something random.
const PREFIX: &str = "polyphony-job-";

/// The file in it that is locked while its worker lives, on whichever machine that has the folder.
const LOCK: &str = "lock";

/// Files up to this size are stored at once, larger ones in parts of this size.
const PART: u64 = 16 << 20;

/// Removes the folders of workers that were killed.
fn sweep(work_dir: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(work_dir)? {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX)) {
            continue;
        }
        // A folder without its lock is being made, or removed.
        let Ok(lock) = File::open(entry.path().join(LOCK)) else { continue };
        if lock.try_lock().is_ok() {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Makes the folder of a job, which `sweep` leaves alone as long as the lock is held.
fn make_folder(work_dir: &Path) -> std::io::Result<(TempDir, File)> {
    let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(work_dir)?;
    // Locked under another name: whoever sees the lock sees it held.
    let (new, lock) = (folder.path().join("new"), folder.path().join(LOCK));
    let file = File::create(&new)?;
    file.try_lock().map_err(std::io::Error::from)?;
    std::fs::rename(new, lock)?;
    Ok((folder, file))
}

/// The files of a job; they go when this is dropped.
pub(super) struct WorkFiles {
    folder: TempDir,
    _lock: File,
    /// The place of the job on this machine.
    pub(super) place: File,
    /// SHA-256 of the source in hexadecimal.
    pub(super) sha256: String,
}

impl WorkFiles {
    /// Makes the folder and fetches the source into it: the bytes of this upload.
    pub(super) async fn fetch(worker: &Worker, upload: &Upload, place: File) -> anyhow::Result<Self> {
        tokio::fs::create_dir_all(&worker.slots.folder).await.context("make the folder for jobs")?;
        if let Err(error) = sweep(&worker.slots.folder) {
            tracing::debug!(%error, "the folder for jobs was not swept");
        }
        check_space(&worker.slots.folder, upload.size_bytes as u64)?;
        let (folder, lock) = make_folder(&worker.slots.folder).context("make a folder")?;
        let mut files = Self { folder, _lock: lock, place, sha256: String::new() };
        let (blobs, key) = (&worker.app.blobs, keys::source(upload.id));
        if let Some(file) = upload.reference() {
            files.sha256 = copy(&worker.app, file, upload, &files.source()).await?;
            return Ok(files);
        }
        let is_stored = patiently("ask for the source", || blobs.head(&key)).await?.is_some();
        if let Some(file) = upload.library.as_ref().filter(|_| !is_stored) {
            files.sha256 = copy(&worker.app, file, upload, &files.source()).await?;
            store_file(blobs, &key, &files.source(), "application/octet-stream").await?;
            return Ok(files);
        }
        if !is_stored {
            let multipart =
                upload.multipart_id.as_deref().context("the uploaded file is gone from the object store")?;
            patiently("join the parts", || join(blobs, &key, multipart)).await?;
        }
        let download = Download::new(key, files.source());
        while_it_goes_on("fetch the source", || download.done(), || blobs.download(&download)).await?;
        let (size, announced) = (download.done(), upload.size_bytes as u64);
        anyhow::ensure!(size == announced, "the uploaded file has {size} bytes, not {announced}");
        files.sha256 = sha256(&files.source()).await?;
        Ok(files)
    }

    pub(super) fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    pub(super) fn output(&self) -> PathBuf {
        self.folder.path().join("output")
    }
}

/// Copies a file of a folder on the server into the folder of the job, so that what FFmpeg reads changes no more; gives its
/// SHA-256. A file that is written to meanwhile, or was since it was found, is left for the next scan.
async fn copy(app: &App, file: &LibraryFile, upload: &Upload, to: &Path) -> anyhow::Result<String> {
    let (folders, file, to) = (app.settings.library_folders.clone(), file.clone(), to.to_owned());
    let size = upload.size_bytes;
    let copied = tokio::task::spawn_blocking(move || -> anyhow::Result<String> {
        let mut from = library::open(&folders, &file)
            .with_context(|| format!("the file cannot be read in its folder: {}", file.absolute().display()))?;
        let before = library::stamp(&from)?;
        anyhow::ensure!(before.size_bytes == size, "the file has {} bytes by now, not {size}", before.size_bytes);
        let (mut to, mut hasher, mut chunk) = (File::create(to)?, Sha256::new(), vec![0; 256 << 10]);
        loop {
            let read = from.read(&mut chunk).context("read the file in its folder")?;
            if read == 0 {
                break;
            }
            hasher.update(&chunk[..read]);
            to.write_all(&chunk[..read]).context("copy the file")?;
        }
        anyhow::ensure!(library::stamp(&from)? == before, "the file changes while it is read");
        Ok(hex::encode(hasher.finalize()))
    });
    let sha256 = copied.await.context("copy a file")??;
    app.store.note_sha256(upload.id, &sha256).await?;
    Ok(sha256)
}

/// Has the object store join the parts of a source. Another worker may do the same, or have done it.
async fn join(blobs: &Blobs, key: &str, multipart: &str) -> anyhow::Result<()> {
    let joined = match blobs.list_parts(key, multipart).await? {
        Some(parts) => {
            let parts: Vec<_> = parts.into_iter().map(|(number, etag, _)| (number, etag)).collect();
            blobs.complete_multipart(key, multipart, &parts).await
        }
        None => Err(anyhow::anyhow!("neither the uploaded file nor its parts are there")),
    };
    // The answer may have been lost.
    if blobs.head(key).await?.is_some() { Ok(()) } else { joined }
}

/// Copies a file to an object, a large one in parts: none of them takes so long that it breaks off again and again.
pub(super) async fn store_file(blobs: &Blobs, key: &str, path: &Path, content_type: &str) -> anyhow::Result<()> {
    let size = tokio::fs::metadata(path).await.context("ask for the size of a file")?.len();
    if size <= PART {
        return patiently("store a file", || blobs.upload_file(key, path, content_type)).await;
    }
    let upload = patiently("begin to store a file", || blobs.begin_multipart(key, Some(content_type))).await?;
    for (number, offset) in (1..).zip((0..size).step_by(PART as usize)) {
        let piece = (offset, PART.min(size - offset));
        patiently("store a part", || blobs.upload_part((key, &upload, number), path, piece)).await?;
    }
    patiently("join the parts of a file", || join(blobs, key, &upload)).await
}

/// A source needs its own size, and what is made of it seldom as much again: segments go as soon as they are stored.
fn check_space(folder: &Path, size: u64) -> anyhow::Result<()> {
    let disk = rustix::fs::statvfs(folder).context("ask for free disk space")?;
    let free = disk.f_bavail * disk.f_frsize;
    let needed = size * 2 + RESERVE;
    anyhow::ensure!(free >= needed, "{} has {free} bytes free, and {needed} are needed", folder.display());
    Ok(())
}

async fn sha256(path: &Path) -> anyhow::Result<String> {
    let mut file = tokio::fs::File::open(path).await.context("open the source")?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; 256 << 10];
    loop {
        let read = file.read(&mut chunk).await.context("read the source")?;
        if read == 0 {
            return Ok(hex::encode(hasher.finalize()));
        }
        hasher.update(&chunk[..read]);
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use polyphony_testkit::servers;

    use super::*;

    #[tokio::test]
    async fn a_large_file_is_stored_in_parts_and_is_the_same_again() {
        let (blobs, folder) = (Blobs::new(&servers::s3().await), tempfile::tempdir().unwrap());
        let (path, copy) = (folder.path().join("large"), folder.path().join("copy"));
        let bytes: Vec<u8> = (0..2 * PART as u32 + 1000).map(|number| (number >> 10) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        store_file(&blobs, "large", &path, "audio/mpeg").await.unwrap();
        blobs.download(&Download::new("large".to_owned(), copy.clone())).await.unwrap();
        assert!(std::fs::read(copy).unwrap() == bytes);
        assert_eq!(blobs.list_open_uploads(None).await.unwrap().unwrap().uploads, []);
    }

    #[test]
    fn a_folder_is_left_alone_while_its_worker_lives_and_removed_afterwards() {
        let work_dir = tempfile::tempdir().unwrap();
        let (folder, lock) = make_folder(work_dir.path()).unwrap();
        // Another program's, and one that is just being made.
        let others = ["music", "polyphony-job-new"].map(|name| work_dir.path().join(name));
        for folder in &others {
            std::fs::create_dir(folder).unwrap();
        }
        sweep(work_dir.path()).unwrap();
        assert!(folder.path().exists());
        let left = folder.keep();
        drop(lock);
        sweep(work_dir.path()).unwrap();
        assert!(!left.exists());
        assert!(others.iter().all(|folder| folder.exists()));
    }
}
