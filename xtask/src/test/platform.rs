//! Platforms that tests share: on free ports, with servers and data of their own, stopped when they are dropped.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::OF_PLATFORMS;
use crate::process::this_program;

/// A platform of the tests.
pub(super) struct Platform {
    /// Its data folder.
    pub(super) data: PathBuf,
    /// Whether it runs, with its demo library when that was asked for.
    pub(super) started: bool,
}

/// Flags of `up` and variables beyond those that every platform of tests has.
#[derive(Default)]
pub(super) struct Extra<'a> {
    pub(super) flags: &'a [&'a str],
    pub(super) variables: &'a [(&'a str, &'a str)],
}

impl Platform {
    /// Starts it. When that fails the other tests still have something to say, so they are run all the same.
    pub(super) fn start(data: &Path, bin: &Path, extra: &Extra) -> anyhow::Result<Self> {
        let status = Command::new(this_program()?)
            .args(["up", "--detach", "--no-build", "--private", "--free-ports", "--data"])
            .arg(data)
            .args(extra.flags)
            .env("POLYPHONY_BIN_DIR", bin)
            .envs(OF_PLATFORMS)
            .envs(extra.variables.iter().copied())
            .status()
            .context("start the platform")?;
        Ok(Self { data: data.to_owned(), started: status.success() })
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        let down = this_program()
            .and_then(|program| Ok(Command::new(program).args(["down", "--data"]).arg(&self.data).status()?));
        if let Err(error) = down {
            eprintln!("the platform of the tests was not stopped: {error:#}");
        }
    }
}
