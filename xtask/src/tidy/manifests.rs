//! What a crate's manifest may say: no subgraph depends on another, and versions stand in the root only.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use regex::Regex;

use super::Finding;
use crate::workspace::SUBGRAPHS;

pub(super) fn check(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for name in SUBGRAPHS {
        let file = format!("subgraphs/{name}/Cargo.toml");
        let text = fs::read_to_string(root.join(&file)).with_context(|| format!("read {file}"))?;
        findings.extend(others(name, &text)?.into_iter().map(|line| Finding {
            file: file.clone(),
            line,
            what: "a subgraph depends on no other subgraph; events or the router bring what it must know".to_owned(),
        }));
    }
    Ok(findings)
}

/// Lines that name another subgraph's crate.
fn others(name: &str, manifest: &str) -> anyhow::Result<Vec<usize>> {
    let crates = Regex::new(r"^polyphony-(accounts|catalog|playlists|media)\b").context("build a pattern")?;
    let is_other = |line: &str| crates.captures(line).is_some_and(|found| &found[1] != name);
    Ok(manifest.lines().zip(1..).filter(|(line, _)| is_other(line)).map(|(_, number)| number).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_subgraph_in_a_manifest_is_found() {
        let manifest = "name = \"polyphony-media\"\n[dependencies]\npolyphony-catalog.workspace = true\npolyphony-kit.workspace = true\n";
        assert_eq!(others("media", manifest).unwrap(), [3]);
    }
}
