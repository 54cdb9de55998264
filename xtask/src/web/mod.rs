//! The web player and GraphiQL: built when their sources have changed, tested, and served for development. What is in them is
//! none of this program's business.

mod node;
mod package;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::data::DataFolder;
use crate::up::display::step;
use crate::up::state::State;
use crate::workspace;
use package::{Package, Sources};

/// Where the built player lies.
const BUILT: &str = "web/dist";

/// The variable that tells the development server where the API is.
pub(crate) const API: &str = "POLYPHONY_URL";

#[derive(Args)]
pub(crate) struct WebArgs {
    /// The data folder of the platform that the page talks to; `.polyphony` of the repository by default.
    #[arg(long, env = "POLYPHONY_DATA")]
    data: Option<PathBuf>,
    /// Passed on to Vite, like `--port 5174` or `--host`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

fn player(root: &Path) -> Package {
    Package {
        name: "the web player",
        folder: root.join("web"),
        script: "bundle",
        sources: Sources {
            // The API decides which queries are valid, and GraphiQL is copied into the build.
            beside: vec![root.join("schema/api.graphql"), root.join("web/graphiql/dist").join(package::STAMP)],
            without: &["graphiql", "persisted_queries.json", "test-results", "playwright-report"],
        },
    }
}

fn graphiql(root: &Path) -> Package {
    Package {
        name: "GraphiQL",
        folder: root.join("web/graphiql"),
        script: "build",
        sources: Sources {
            beside: vec![root.join("schema/api.graphql"), root.join("web/scripts/compress.mjs")],
            without: &[],
        },
    }
}

/// Builds what has changed since it was last built.
pub(crate) fn build() -> anyhow::Result<()> {
    let root = workspace::root();
    let packages = [graphiql(&root), player(&root)];
    for package in &packages {
        if package.is_fresh()? {
            continue;
        }
        let node = node::find_or_install()?;
        step(&format!("Building {}", package.name)).end_with(package.build(&node))?;
    }
    Ok(())
}

/// The folder of the built player, if it is built.
pub(crate) fn built() -> Option<PathBuf> {
    let folder = workspace::root().join(BUILT);
    folder.join("index.html").is_file().then_some(folder)
}

/// Installs what building needs.
pub(crate) fn prepare() -> anyhow::Result<()> {
    node::find_or_install().map(drop)
}

/// Checks the player's types, style and texts, runs its unit tests, and compares the size of its build with its budget; says
/// whether all is well.
pub(crate) fn test() -> anyhow::Result<bool> {
    for script in ["check", "test", "size"] {
        if !run(script, &[])? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Runs a script of the player's package, with variables beside ours; says whether it ended well. Its output goes to the
/// terminal.
pub(crate) fn run(script: &str, variables: &[(&str, OsString)]) -> anyhow::Result<bool> {
    let package = player(&workspace::root());
    let node = node::find_or_install()?;
    package.install(&node)?;
    let status = node
        .npm(&package.folder)
        .args(["run", script])
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .status()
        .with_context(|| format!("run npm run {script}"))?;
    Ok(status.success())
}

/// Serves the player for development, with the API of a running platform.
pub(crate) fn serve(args: &WebArgs) -> anyhow::Result<ExitCode> {
    let data = DataFolder::locate(args.data.as_deref())?;
    let state = State::read(&data)?.filter(|state| state.supervisor.is_alive());
    let Some(router) = state.and_then(|state| state.port("router").map(|port| format!("http://127.0.0.1:{port}")))
    else {
        bail!("no platform runs on {}; start one with `cargo xtask up`", data.path().display());
    };
    let package = player(&workspace::root());
    let node = node::find_or_install()?;
    package.install(&node)?;
    let status = node
        .npm(&package.folder)
        .args(["run", "dev", "--"])
        .args(&args.args)
        .env(API, router)
        .status()
        .context("run the development server")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads a file as JSON; `None` when there is none or it is no JSON.
fn json(path: &Path) -> Option<serde_json::Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
