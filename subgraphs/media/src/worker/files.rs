//! The folder of a job on this machine, and the source in it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;

use super::{Worker, patience::patiently};
use crate::domain::{keys, upload::Upload};

/// Free space that a job leaves to others.
const RESERVE: u64 = 512 << 20;

/// The folder of a job is called this, the id of its process, and something random.
const PREFIX: &str = "polyphony-job-";

/// Removes the folders of workers that were killed.
fn sweep(work_dir: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(work_dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('-').next()?.parse().ok());
        let Some(process) = process.and_then(rustix::process::Pid::from_raw) else { continue };
        if rustix::process::test_kill_process(process) == Err(rustix::io::Errno::SRCH) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// The files of a job; they go when this is dropped.
pub(super) struct WorkFiles {
    folder: TempDir,
    /// SHA-256 of the source in hexadecimal.
    pub(super) sha256: String,
}

impl WorkFiles {
    /// Makes the folder and fetches the source into it.
    pub(super) async fn fetch(worker: &Worker, upload: &Upload) -> anyhow::Result<Self> {
        tokio::fs::create_dir_all(&worker.slots.folder).await.context("make the folder for jobs")?;
        if let Err(error) = sweep(&worker.slots.folder) {
            tracing::debug!(%error, "the folder for jobs was not swept");
        }
        check_space(&worker.slots.folder, upload.size_bytes as u64)?;
        let prefix = format!("{PREFIX}{}-", std::process::id());
        let folder =
            tempfile::Builder::new().prefix(&prefix).tempdir_in(&worker.slots.folder).context("make a folder")?;
        let mut files = Self { folder, sha256: String::new() };
        let (blobs, key, path) = (&worker.app.blobs, keys::source(upload.id), files.source());
        let size = patiently("ask for the source", || blobs.head(&key)).await?;
        anyhow::ensure!(size.is_some(), "the uploaded file is gone from the object store");
        patiently("fetch the source", || blobs.download(&key, &path)).await?;
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
