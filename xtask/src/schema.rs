//! `cargo xtask schema`: what each subgraph's code says becomes `schema/<name>.graphql`, and all of them together
//! become `schema/supergraph.graphql`, which the router reads, and `schema/api.graphql`, which clients generate code from.
//! All are committed, so that running needs no Node.js.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::prerequisites::{self, Need};
use crate::up::display::{loud_step, step};
use crate::workspace::{self, Profile, SUBGRAPHS};

/// The composition tool and its lock file, pinned in the repository.
const TOOL: &str = "xtask/composition";
const TOOL_FILES: [&str; 3] = ["package.json", "package-lock.json", "compose.mjs"];

/// `supergraph.yaml`, of which the router reads more than composition does.
#[derive(Deserialize)]
struct Supergraph {
    subgraphs: BTreeMap<String, Subgraph>,
}

#[derive(Deserialize)]
struct Subgraph {
    routing_url: String,
    schema: SchemaFile,
}

#[derive(Deserialize)]
struct SchemaFile {
    file: PathBuf,
}

/// What the composition tool reads.
#[derive(Serialize)]
struct Service<'a> {
    name: &'a str,
    url: &'a str,
    sdl: &'a str,
}

/// What the composition tool answers.
#[derive(Deserialize)]
struct Composition {
    supergraph: Option<String>,
    api: Option<String>,
    errors: Vec<CompositionError>,
}

/// The two texts that all subgraphs together make.
struct Composed {
    supergraph: String,
    api: String,
}

#[derive(Deserialize)]
struct CompositionError {
    code: Option<String>,
    message: String,
}

pub(crate) fn run(check: bool) -> anyhow::Result<ExitCode> {
    prerequisites::ensure(&[Need::CCompiler, Need::Node])?;
    // Not everything: the command-line client cannot be built while the composed schema lacks what it asks for.
    let packages = SUBGRAPHS.map(|name| format!("-ppolyphony-{name}"));
    let packages = packages.each_ref().map(String::as_str);
    loud_step("Building the subgraphs").end_with(workspace::build_selected(Profile::Dev, &packages))?;
    let root = workspace::root();
    let path = root.join("supergraph.yaml");
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let supergraph: Supergraph = serde_yaml_ng::from_str(&text).with_context(|| format!("parse {}", path.display()))?;

    let mut stale = Vec::new();
    let mut exported: Vec<(&str, &str, String)> = Vec::new();
    for (name, subgraph) in &supergraph.subgraphs {
        let sdl = export(name)?;
        keep(&root.join(&subgraph.schema.file), &sdl, check, &mut stale)?;
        exported.push((name, &subgraph.routing_url, sdl));
    }
    let services: Vec<Service> = exported.iter().map(|(name, url, sdl)| Service { name, url, sdl }).collect();
    let composed = step("Composing the supergraph").end_with(compose(&services))?;
    keep(&root.join("schema/supergraph.graphql"), &composed.supergraph, check, &mut stale)?;
    keep(&root.join("schema/api.graphql"), &composed.api, check, &mut stale)?;
    if stale.is_empty() {
        Ok(ExitCode::SUCCESS)
    } else {
        bail!("not what the code says: {}; run `cargo xtask schema`", stale.join(", "))
    }
}

/// Writes the file when it differs, or only notes its name.
fn keep(path: &Path, fresh: &str, check: bool, stale: &mut Vec<String>) -> anyhow::Result<()> {
    if fs::read_to_string(path).is_ok_and(|kept| kept == fresh) {
        return Ok(());
    }
    if check {
        stale.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        return Ok(());
    }
    fs::write(path, fresh).with_context(|| format!("write {}", path.display()))
}

/// The schema as the subgraph's program prints it.
fn export(name: &str) -> anyhow::Result<String> {
    let program = workspace::bin_folder(Profile::Dev)?.join(name);
    let output = Command::new(&program)
        .arg("schema")
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("run {} schema", program.display()))?;
    let sdl = String::from_utf8(output.stdout).with_context(|| format!("read the schema of {name}"))?;
    if !output.status.success() || sdl.trim().is_empty() {
        bail!("{name} schema failed ({})", output.status);
    }
    Ok(format!("{}\n", sdl.trim_end()))
}

fn compose(services: &[Service]) -> anyhow::Result<Composed> {
    let tool = install_tool()?;
    let mut node = Command::new("node")
        .arg(tool.join("compose.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("run node")?;
    let mut input = node.stdin.take().context("talk to node")?;
    input.write_all(&serde_json::to_vec(services)?).context("send the schemas to node")?;
    drop(input);
    let output = node.wait_with_output().context("wait for node")?;
    if !output.status.success() {
        bail!("the composition tool failed ({})", output.status);
    }
    let composition: Composition = serde_json::from_slice(&output.stdout).context("read the composition")?;
    let lines = |text: String| format!("{}\n", text.trim_end());
    match (composition.supergraph, composition.api) {
        (Some(supergraph), Some(api)) if composition.errors.is_empty() => {
            Ok(Composed { supergraph: lines(supergraph), api: lines(api) })
        }
        _ => bail!("the subgraphs do not compose:\n{}", explain(&composition.errors)),
    }
}

fn explain(errors: &[CompositionError]) -> String {
    let lines: Vec<String> = errors
        .iter()
        .map(|error| format!("  {}: {}", error.code.as_deref().unwrap_or("ERROR"), error.message))
        .collect();
    lines.join("\n")
}

/// The folder with the installed tool, below cargo's target folder and so outside of git.
fn install_tool() -> anyhow::Result<PathBuf> {
    let source = workspace::root().join(TOOL);
    let folder = workspace::target_folder()?.join("composition");
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let mut changed = !folder.join("node_modules").is_dir();
    for name in TOOL_FILES {
        let pinned = fs::read(source.join(name)).with_context(|| format!("read {TOOL}/{name}"))?;
        if fs::read(folder.join(name)).ok().as_ref() != Some(&pinned) {
            changed |= name == "package-lock.json";
            fs::write(folder.join(name), pinned).with_context(|| format!("copy {TOOL}/{name}"))?;
        }
    }
    if changed {
        let output = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
            .current_dir(&folder)
            .output()
            .context("run npm")?;
        if !output.status.success() {
            // A half-installed tool must not be taken for an installed one the next time.
            let _ = fs::remove_dir_all(folder.join("node_modules"));
            bail!("npm ci failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composition_errors_are_one_readable_line_each() {
        let answer = r#"{"supergraph":null,"api":null,"errors":[{"code":"FIELD_TYPE_MISMATCH","message":"[catalog] Track.title"},{"code":null,"message":"other"}]}"#;
        let composition: Composition = serde_json::from_str(answer).unwrap();
        let explained = explain(&composition.errors);
        assert_eq!(explained, "  FIELD_TYPE_MISMATCH: [catalog] Track.title\n  ERROR: other");
    }
}
