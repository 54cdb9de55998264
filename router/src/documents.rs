//! Persisted documents: those of the web player and the operator's, in one file for hive-router.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use polyphony_site::{Options, Site};
use serde_json::{Map, Value};
use tempfile::NamedTempFile;

use crate::config::Config;

/// What a build of the player calls its documents.
const FILE: &str = "persisted_queries.json";

/// The file with all persisted documents.
pub(crate) enum Documents {
    /// A file of somebody else, which hive-router follows when it changes.
    At(PathBuf),
    /// Ours, for as long as this value lives.
    Made(NamedTempFile),
}

impl Documents {
    /// The documents that this process knows; `None` when there are none.
    pub(crate) fn of(config: &Config) -> anyhow::Result<Option<Self>> {
        let in_folder = config.web.folder().map(|folder| folder.join(FILE)).filter(|path| path.is_file());
        let player = || Site::new(Options::from(config)).documents();
        let found = match (config.persisted_documents(), in_folder) {
            (Some(own), _) => Some(match player() {
                None => Self::At(own.to_owned()),
                Some(of_player) => Self::of_both(&of_player, own)?,
            }),
            (None, Some(of_player)) => Some(Self::At(of_player)),
            (None, None) => player().map(|json| Self::made(&json)).transpose()?,
        };
        if found.is_none() && config.persisted_documents_only {
            bail!(
                "PERSISTED_DOCUMENTS_ONLY wants documents: name them in PERSISTED_DOCUMENTS, or build the web player"
            );
        }
        Ok(found)
    }

    /// Where they are.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::At(path) => path,
            Self::Made(file) => file.path(),
        }
    }

    fn of_both(of_player: &[u8], own: &Path) -> anyhow::Result<Self> {
        let mut all = parse(of_player).context("read the web player's documents")?;
        let own_json = fs::read(own).with_context(|| format!("read {}", own.display()))?;
        all.extend(parse(&own_json).with_context(|| format!("read {}", own.display()))?);
        Self::made(&serde_json::to_vec(&all)?)
    }

    fn made(json: &[u8]) -> anyhow::Result<Self> {
        let mut file = NamedTempFile::with_suffix(".json").context("create a file for the persisted documents")?;
        file.write_all(json).context("write the persisted documents")?;
        Ok(Self::Made(file))
    }
}

fn parse(json: &[u8]) -> anyhow::Result<Map<String, Value>> {
    serde_json::from_slice(json).context("parse a JSON object of ids and documents")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn documents(arguments: &[&str]) -> anyhow::Result<Option<Map<String, Value>>> {
        let given = ["router", "--router-secret", "0123456789abcdef"];
        let config = Config::parse_from(given.iter().chain(arguments));
        let found = Documents::of(&config)?;
        found.map(|documents| parse(&fs::read(documents.path())?)).transpose()
    }

    #[test]
    fn the_players_documents_are_known_beside_the_operators() {
        let player = tempfile::tempdir().expect("a folder");
        let folder = player.path().to_str().expect("a path");
        assert!(documents(&["--web-dir", folder]).expect("none").is_none());
        assert!(documents(&["--web-dir", folder, "--persisted-documents-only"]).is_err());

        fs::write(player.path().join(FILE), r#"{"player": "{ a }"}"#).expect("written");
        let own = player.path().join("own.json");
        fs::write(&own, r#"{"own": "{ b }"}"#).expect("written");
        let own = own.to_str().expect("a path");
        let known = documents(&["--web-dir", folder, "--persisted-documents-only"]).expect("documents").expect("some");
        assert_eq!(known.keys().collect::<Vec<_>>(), ["player"]);
        let known = documents(&["--web-dir", folder, "--persisted-documents", own]).expect("documents").expect("some");
        assert_eq!(known.keys().collect::<Vec<_>>(), ["own", "player"]);
    }
}
