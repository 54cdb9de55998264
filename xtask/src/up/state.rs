//! What is known of a running platform, kept in `state.json` for `status`, `down`, `--detach` and scripts.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::data::{DataFolder, write_private_json};
use crate::probe::Probe;
use crate::process::ProcessId;

/// The platform as its supervisor last saw it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) phase: Phase,
    /// What is being done while it starts.
    pub(crate) step: String,
    /// Why it failed to start.
    pub(crate) error: Option<String>,
    pub(crate) supervisor: ProcessId,
    pub(crate) data: PathBuf,
    pub(crate) admin: PathBuf,
    /// Addresses for people and scripts, by what they are.
    pub(crate) addresses: BTreeMap<String, String>,
    /// Variables that replaced a part by a real server, without their values: those may hold passwords.
    pub(crate) external: Vec<String>,
    pub(crate) parts: Vec<PartState>,
}

/// How far the platform is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    Starting,
    Ready,
    Failed,
    Stopped,
}

/// One part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PartState {
    pub(crate) name: String,
    pub(crate) process: Option<ProcessId>,
    pub(crate) port: u16,
    pub(crate) url: Option<String>,
    /// How often it ended by itself and was started again.
    pub(crate) restarts: u32,
    /// Kept down by a file in `hold/`.
    pub(crate) held: bool,
    pub(crate) log: PathBuf,
    pub(crate) probe: Probe,
}

impl State {
    /// As last written; `None` when the folder never had a platform.
    pub(crate) fn read(data: &DataFolder) -> anyhow::Result<Option<Self>> {
        let path = data.join("state.json");
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        let state = serde_json::from_str(&text).with_context(|| format!("parse {}", path.display()))?;
        Ok(Some(state))
    }

    pub(crate) fn write(&self, data: &DataFolder) -> anyhow::Result<()> {
        write_private_json(&data.join("state.json"), self)
    }

    /// The port that a part had.
    pub(crate) fn port(&self, part: &str) -> Option<u16> {
        self.parts.iter().find(|state| state.name == part).map(|state| state.port)
    }
}
