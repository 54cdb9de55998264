//! Secrets of one data folder: made up once, kept in `secrets.json`, readable by the owner alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::data::{DataFolder, write_private_json};

/// The names of all secrets. A new one is added to older folders at their next start.
const NAMES: [&str; 7] = [
    "mail_sealing_key",
    "postgres_password",
    "redis_password",
    "router_secret",
    "s3_access_key_id",
    "s3_secret_access_key",
    "url_signing_key",
];

/// The secrets by name.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secrets(BTreeMap<String, String>);

impl Secrets {
    /// New secrets, kept nowhere.
    pub(crate) fn invent() -> anyhow::Result<Self> {
        let mut secrets = Self::default();
        secrets.complete()?;
        Ok(secrets)
    }

    /// The folder's secrets; the missing ones are made up and kept.
    pub(crate) fn of(data: &DataFolder) -> anyhow::Result<Self> {
        let path = data.join("secrets.json");
        let mut secrets = Self::read(&path)?;
        if secrets.complete()? {
            write_private_json(&path, &secrets)?;
        }
        Ok(secrets)
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("parse {}", path.display()))
    }

    fn complete(&mut self) -> anyhow::Result<bool> {
        let mut changed = false;
        for name in NAMES {
            if !self.0.contains_key(name) {
                self.0.insert(name.to_owned(), random_hex(24)?);
                changed = true;
            }
        }
        Ok(changed)
    }

    /// A secret; empty for a name that is not one.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

/// The first administrator, kept in `admin.json`.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Admin {
    pub(crate) email: String,
    pub(crate) password: String,
}

impl Admin {
    /// From `POLYPHONY_ADMIN_EMAIL` and `POLYPHONY_ADMIN_PASSWORD`, else as kept, else made up. Kept in any case.
    pub(crate) fn of(data: &DataFolder) -> anyhow::Result<Self> {
        let path = data.join("admin.json");
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let kept: Option<Self> = match fs::read_to_string(&path) {
            Ok(text) => Some(serde_json::from_str(&text).with_context(|| format!("parse {}", path.display()))?),
            Err(_) => None,
        };
        let (kept_email, kept_password) = kept.map(|admin| (admin.email, admin.password)).unzip();
        let admin = Self {
            email: set("POLYPHONY_ADMIN_EMAIL").or(kept_email).unwrap_or_else(|| "admin@polyphony.local".to_owned()),
            password: match set("POLYPHONY_ADMIN_PASSWORD").or(kept_password) {
                Some(password) => password,
                None => random_hex(10)?,
            },
        };
        write_private_json(&path, &admin)?;
        Ok(admin)
    }
}

/// Random bytes of the operating system, as hexadecimal digits.
pub(crate) fn random_hex(bytes: usize) -> anyhow::Result<String> {
    let mut random = vec![0_u8; bytes];
    File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut random)).context("read random bytes")?;
    let mut text = String::with_capacity(2 * bytes);
    for byte in random {
        write!(text, "{byte:02x}").context("write random bytes")?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn secrets_stay_the_same_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataFolder::locate(Some(folder.path())).unwrap();
        let first = Secrets::of(&data).unwrap();
        let second = Secrets::of(&data).unwrap();
        assert_eq!(first.get("router_secret"), second.get("router_secret"));
        assert_eq!(first.get("router_secret").len(), 48);
        let mode = fs::metadata(data.join("secrets.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
