//! The data folder of a platform on one machine: which file lies where in it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;

use crate::{DATA, workspace};

/// A log that is larger than this at the start of the platform is set aside.
const LOG_LIMIT: u64 = 16 * 1024 * 1024;

/// The data folder, as an absolute path.
#[derive(Clone, Debug)]
pub(crate) struct DataFolder {
    root: PathBuf,
}

impl DataFolder {
    /// The chosen folder or the default one. It need not exist.
    pub(crate) fn locate(chosen: Option<&Path>) -> anyhow::Result<Self> {
        let root = match chosen {
            Some(folder) => std::path::absolute(folder).context("find the data folder")?,
            None => workspace::root().join(DATA),
        };
        Ok(Self { root })
    }

    /// Makes the folder and those in it. Only its owner can read them; the owner of the database may pass through.
    pub(crate) fn create(&self) -> anyhow::Result<()> {
        for folder in ["", "kafka", "logs", "hold", "mail", "redis", "s3"] {
            let path = self.root.join(folder);
            fs::create_dir_all(&path).with_context(|| format!("create {}", path.display()))?;
        }
        let mode = fs::metadata(&self.root).context("look at the data folder")?.permissions().mode();
        fs::set_permissions(&self.root, fs::Permissions::from_mode(mode | 0o111)).context("open the data folder")?;
        for folder in ["kafka", "logs", "mail", "redis", "s3"] {
            let path = self.root.join(folder);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700))
                .with_context(|| format!("protect {}", path.display()))?;
        }
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn log(&self, part: &str) -> PathBuf {
        self.root.join("logs").join(format!("{part}.log"))
    }

    /// While this file exists the part is not started again. Tests use it to keep a part down.
    pub(crate) fn hold(&self, part: &str) -> PathBuf {
        self.root.join("hold").join(part)
    }

    /// Takes the folder for one supervisor, until the returned file is closed; `None` when another has it.
    pub(crate) fn lock(&self) -> anyhow::Result<Option<File>> {
        let path = self.root.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("lock {}", path.display())),
        }
    }

    /// Empties the workers' folder: a killed worker leaves the files of its job, and another starts it anew.
    pub(crate) fn drop_unfinished_work(&self) -> anyhow::Result<()> {
        let path = self.root.join("work");
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| format!("empty {}", path.display()))?;
        }
        fs::create_dir(&path).with_context(|| format!("create {}", path.display()))
    }

    /// Sets large logs of earlier runs aside, one generation.
    pub(crate) fn rotate_logs(&self) -> anyhow::Result<()> {
        for entry in fs::read_dir(self.root.join("logs")).context("list the logs")? {
            let path = entry.context("list the logs")?.path();
            let large = path.metadata().is_ok_and(|metadata| metadata.len() > LOG_LIMIT);
            if large && path.extension().is_some_and(|extension| extension == "log") {
                fs::rename(&path, path.with_extension("log.old")).context("set a log aside")?;
            }
        }
        Ok(())
    }
}

/// Writes JSON that only the owner can read, in one step, so that a reader never sees half of it.
pub(crate) fn write_private_json(path: &Path, value: &impl Serialize) -> anyhow::Result<()> {
    let write = || -> anyhow::Result<()> {
        let next = path.with_extension("json.next");
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&next)?;
        serde_json::to_writer_pretty(&mut file, value)?;
        file.write_all(b"\n")?;
        fs::rename(&next, path)?;
        Ok(())
    };
    write().with_context(|| format!("write {}", path.display()))
}

/// The last lines of a log, for an error message.
pub(crate) fn tail(log: &Path, lines: usize) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
