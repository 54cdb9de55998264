//! The file that keeps sessions, one per server: readable by its owner only, replaced whole, locked while it is changed.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use url::Url;

use super::Tokens;

const FILE: &str = "sessions.json";
const LOCK: &str = "sessions.lock";

/// Sessions by the URL of their endpoint.
type Sessions = BTreeMap<String, Tokens>;

/// The folder that sessions are kept in.
#[derive(Clone, Debug)]
pub(crate) struct SessionStore {
    folder: PathBuf,
}

impl SessionStore {
    /// The given folder, or the user's.
    pub(crate) fn new(folder: Option<PathBuf>) -> anyhow::Result<Self> {
        Ok(Self { folder: user_folder(folder, "XDG_CONFIG_HOME", ".config")? })
    }

    /// Waits until nobody else changes the sessions.
    pub(crate) async fn lock(&self) -> anyhow::Result<Locked> {
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)
                .with_context(|| format!("make the folder {}", folder.display()))?;
            let path = folder.join(LOCK);
            let lock = OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .mode(0o600)
                .open(&path)
                .with_context(|| format!("open {}", path.display()))?;
            lock.lock().with_context(|| format!("lock {}", path.display()))?;
            Ok(Locked { folder, _lock: lock })
        })
        .await
        .context("wait for the lock on the sessions")?
    }
}

/// The sessions, ours alone until this is dropped.
pub(crate) struct Locked {
    folder: PathBuf,
    _lock: File,
}

impl Locked {
    /// The session on the server with this endpoint.
    pub(crate) fn read(&self, endpoint: &Url) -> anyhow::Result<Option<Tokens>> {
        Ok(self.all()?.remove(endpoint.as_str()))
    }

    /// Keeps the session on the server with this endpoint, or forgets it.
    pub(crate) fn write(&self, endpoint: &Url, tokens: Option<&Tokens>) -> anyhow::Result<()> {
        let mut sessions = self.all()?;
        match tokens {
            Some(tokens) => sessions.insert(endpoint.to_string(), tokens.clone()),
            None => sessions.remove(endpoint.as_str()),
        };
        write_private(&self.folder.join(FILE), &serde_json::to_vec_pretty(&sessions)?)
    }

    fn all(&self) -> anyhow::Result<Sessions> {
        let path = self.folder.join(FILE);
        match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("{} is damaged; delete it and sign in again", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Sessions::new()),
            Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
        }
    }
}

/// Replaces a file whole; nobody but its owner can read it at any time.
fn write_private(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let written = (|| {
        // One that an earlier process left behind may have other permissions.
        let _ = fs::remove_file(&unfinished);
        let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&unfinished)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    })();
    written.with_context(|| format!("write {}", path.display()))
}

/// The given folder, or `polyphony` in the folder that `variable` names, or in that of the user's home.
pub(crate) fn user_folder(given: Option<PathBuf>, variable: &str, in_home: &str) -> anyhow::Result<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    given
        .or_else(|| absolute(variable).map(|folder| folder.join("polyphony")))
        .or_else(|| absolute("HOME").map(|home| home.join(in_home).join("polyphony")))
        .with_context(|| format!("neither {variable} nor HOME is set"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn tokens(name: &str) -> Tokens {
        Tokens {
            access_token: name.to_owned(),
            access_token_expires_at: chrono::DateTime::UNIX_EPOCH,
            refresh_token: name.to_owned(),
        }
    }

    #[tokio::test]
    async fn sessions_of_two_servers_are_kept_apart_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let store = SessionStore::new(Some(folder.path().join("deep/down"))).unwrap();
        let (one, two): (Url, Url) = ("http://one/graphql".parse().unwrap(), "http://two/graphql".parse().unwrap());
        let lock = store.lock().await.unwrap();
        lock.write(&one, Some(&tokens("1"))).unwrap();
        lock.write(&two, Some(&tokens("2"))).unwrap();
        lock.write(&two, None).unwrap();
        assert_eq!(lock.read(&one).unwrap().unwrap().access_token, "1");
        assert!(lock.read(&two).unwrap().is_none());
        let mode = fs::metadata(folder.path().join("deep/down").join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
