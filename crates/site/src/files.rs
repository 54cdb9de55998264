//! Where files are read: in the program itself, or in a folder.

use std::{borrow::Cow, fs, path::PathBuf};

use rust_embed::RustEmbed;
use serde::Deserialize;

use crate::{Bytes, encoding::Encoding};

/// What the build of the player says about its pages; never served.
pub(crate) const FACTS: &str = "csp.json";

/// The player's documents by their ids, for the API; never served.
pub(crate) const DOCUMENTS: &str = "persisted_queries.json";

/// The built player. It may be missing, so that everything else builds without Node.js. Programs that are not optimised read the
/// files when they are asked for.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Embedded;

/// Where the files of a site are.
#[derive(Debug)]
pub(crate) enum Files {
    Embedded,
    Folder(PathBuf),
}

/// A file as it is sent.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub(crate) bytes: Bytes,
    pub(crate) encoding: Option<Encoding>,
}

/// Contents of `csp.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Facts {
    style_hashes: Vec<String>,
}

impl Files {
    /// A file in the smallest form that the client accepts; `None` when there is no such file.
    pub(crate) fn encoded(&self, name: &str, accepted: &str) -> Option<Encoded> {
        for encoding in Encoding::ALL.into_iter().filter(|encoding| encoding.is_accepted(accepted)) {
            if let Some(bytes) = self.read(&format!("{name}{}", encoding.suffix())) {
                return Some(Encoded { bytes, encoding: Some(encoding) });
            }
        }
        self.read(name).map(|bytes| Encoded { bytes, encoding: None })
    }

    /// The player's documents by their ids.
    pub(crate) fn documents(&self) -> Option<Bytes> {
        self.read(DOCUMENTS)
    }

    /// Hashes of the inline styles that pages need, as a policy names them (`sha256-…`).
    pub(crate) fn style_hashes(&self) -> Vec<String> {
        let facts = self.read(FACTS).and_then(|bytes| serde_json::from_slice::<Facts>(&bytes).ok()).unwrap_or_default();
        // Nothing but hashes goes into a header.
        let is_hash = |hash: &String| {
            hash.starts_with("sha256-")
                && hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-".contains(&byte))
        };
        facts.style_hashes.into_iter().filter(is_hash).collect()
    }

    /// A file. The name has been checked: it leads nowhere out of the folder.
    fn read(&self, name: &str) -> Option<Bytes> {
        match self {
            Self::Embedded => Embedded::get(name).map(|file| file.data),
            Self::Folder(folder) => fs::read(folder.join(name)).ok().map(Cow::Owned),
        }
    }
}
