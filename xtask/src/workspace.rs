//! The repository itself: where it is, where cargo puts what it builds, and how it is built.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde::Deserialize;

/// The crates with a database of their own; the binary, the database and the variable bear the same name.
pub(crate) const WITH_DATABASE: [&str; 5] = ["accounts", "catalog", "playlists", "media", "notifier"];

/// The subgraphs, in the order of the supergraph.
pub(crate) const SUBGRAPHS: [&str; 4] = ["accounts", "catalog", "playlists", "media"];

/// Crates outside the workspace's default members (see the root manifest for why).
pub(crate) const BUILT_BY_NAME: [&str; 2] = ["polyphony-router", "polyphony-devstack"];

/// The folder of a crate with a database.
pub(crate) fn crate_folder(name: &str) -> PathBuf {
    if name == "notifier" { PathBuf::from("workers/notifier") } else { Path::new("subgraphs").join(name) }
}

/// The root of the repository: above the working directory, else where this program was built.
pub(crate) fn root() -> PathBuf {
    let is_root = |folder: &&Path| folder.join("Cargo.toml").exists() && folder.join("xtask/Cargo.toml").exists();
    let here = std::env::current_dir().unwrap_or_default();
    here.ancestors().find(is_root).map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned(),
        Path::to_owned,
    )
}

/// A cargo command that runs in the root.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    // Cargo sets these for the programs that it runs. Passed on, they are a change to build scripts that watch them
    // (ring's does), and half of the dependencies would be built again whenever cargo is run by hand and by us in turn.
    let of_this_program = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(of_this_program) {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// Where cargo puts what it builds, whatever decides it (variable, configuration, default).
pub(crate) fn target_folder() -> anyhow::Result<PathBuf> {
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let output = cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .stderr(Stdio::inherit())
        .output()
        .context("run cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata failed");
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("read cargo metadata")?;
    Ok(metadata.target_directory)
}

/// The folder of the built programs: `POLYPHONY_BIN_DIR` when set, else cargo's.
pub(crate) fn bin_folder(profile: Profile) -> anyhow::Result<PathBuf> {
    if let Some(folder) = std::env::var_os("POLYPHONY_BIN_DIR").filter(|folder| !folder.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    Ok(target_folder()?.join(profile.folder()))
}

/// How programs are built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Built soonest.
    Dev,
    /// Our crates optimised, dependencies as in [`Profile::Dev`]: most of the speed for a tenth of the building.
    Quick,
    /// As in images.
    Release,
}

impl Profile {
    fn folder(self) -> &'static str {
        match self {
            Self::Dev | Self::Quick => "debug",
            Self::Release => "release",
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Dev | Self::Quick => &[],
            Self::Release => &["--release"],
        }
    }

    fn variables(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Dev | Self::Release => &[],
            Self::Quick => &[("CARGO_PROFILE_DEV_OPT_LEVEL", "2")],
        }
    }
}

/// Builds every program of the platform. The output of cargo goes to the terminal.
pub(crate) fn build(profile: Profile) -> anyhow::Result<()> {
    build_selected(profile, &[])?;
    let by_name: Vec<&str> = BUILT_BY_NAME.iter().flat_map(|package| ["-p", package]).collect();
    build_selected(profile, &by_name)
}

/// Builds what the given package flags select; the default members for none.
pub(crate) fn build_selected(profile: Profile, packages: &[&str]) -> anyhow::Result<()> {
    let status = offline_queries(&mut cargo())
        .arg("build")
        .args(profile.flags())
        .args(packages)
        .envs(profile.variables().iter().copied())
        .status()
        .context("run cargo build")?;
    if !status.success() {
        bail!("cargo build failed");
    }
    Ok(())
}

/// Makes sqlx check queries against the committed files: the `DATABASE_URL_*` of a person who runs the platform on
/// their own servers are for running, not for building.
pub(crate) fn offline_queries(cargo: &mut Command) -> &mut Command {
    if std::env::var_os("SQLX_OFFLINE").is_none() {
        cargo.env("SQLX_OFFLINE", "true");
    }
    cargo
}
