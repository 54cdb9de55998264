//! An npm package of the repository: installed when its lock says something else than what is installed, built when its sources
//! are others than at the last build.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde_json::Value;

use super::{json, node::Node};
use crate::up::display::step;

/// The file in a build that says what it was built from.
pub(super) const STAMP: &str = ".stamp";

/// Folders that are made, not written.
const MADE: [&str; 3] = ["node_modules", "dist", "__generated__"];

/// What a build depends on.
pub(super) struct Sources {
    /// Beside the package's own files.
    pub(super) beside: Vec<PathBuf>,
    /// Files and folders at the top of the package that it does not depend on.
    pub(super) without: &'static [&'static str],
}

/// An npm package.
pub(super) struct Package {
    pub(super) name: &'static str,
    pub(super) folder: PathBuf,
    /// What `npm run` builds it with, into the folder `dist`.
    pub(super) script: &'static str,
    pub(super) sources: Sources,
}

impl Package {
    /// Whether the build is one of the sources as they are.
    pub(super) fn is_fresh(&self) -> anyhow::Result<bool> {
        let stamp = fs::read_to_string(self.stamp()).unwrap_or_default();
        Ok(stamp == self.fingerprint()?)
    }

    /// Builds it.
    pub(super) fn build(&self, node: &Node) -> anyhow::Result<()> {
        // Before, so that what is changed meanwhile is built the next time.
        let fingerprint = self.fingerprint()?;
        self.install(node)?;
        let output = node
            .npm(&self.folder)
            .args(["run", "--silent", self.script])
            .output()
            .with_context(|| format!("build {}", self.name))?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            bail!("{} was not built:\n{}", self.name, String::from_utf8_lossy(&said).trim());
        }
        fs::write(self.stamp(), fingerprint).with_context(|| format!("note what {} was built from", self.name))
    }

    /// Installs what the lock names, unless that is what is installed.
    pub(super) fn install(&self, node: &Node) -> anyhow::Result<()> {
        if self.is_installed() {
            return Ok(());
        }
        let installing = step(&format!("Installing the packages of {}", self.name));
        let output = node
            .npm(&self.folder)
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
            .output()
            .context("run npm");
        let installed = output.and_then(|output| {
            ensure!(output.status.success(), "npm ci failed: {}", String::from_utf8_lossy(&output.stderr).trim());
            Ok(())
        });
        installing.end_with(installed)
    }

    /// npm notes in the folder of the installed packages what it has installed.
    fn is_installed(&self) -> bool {
        let (Some(wanted), Some(installed)) =
            (json(&self.folder.join("package-lock.json")), json(&self.folder.join("node_modules/.package-lock.json")))
        else {
            return false;
        };
        holds_all(&wanted, &installed)
    }

    fn stamp(&self) -> PathBuf {
        self.folder.join("dist").join(STAMP)
    }

    /// A number that is another when any source is.
    fn fingerprint(&self) -> anyhow::Result<String> {
        let mut files = self.sources.beside.clone();
        for entry in fs::read_dir(&self.folder).with_context(|| format!("list {}", self.folder.display()))? {
            let entry = entry.with_context(|| format!("list {}", self.folder.display()))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let is_made = MADE.contains(&&*name) || name.ends_with(".tsbuildinfo");
            if !is_made && !self.sources.without.contains(&&*name) {
                collect(&entry.path(), &mut files)?;
            }
        }
        files.sort();
        let mut hasher = DefaultHasher::new();
        for file in &files {
            (file, fs::read(file).ok()).hash(&mut hasher);
        }
        Ok(format!("{:016x}\n", hasher.finish()))
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).with_context(|| format!("list {}", path.display()))? {
        let entry = entry.with_context(|| format!("list {}", path.display()))?;
        if !MADE.iter().any(|made| entry.file_name() == *made) {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

/// Whether each package of the lock is installed in its version. Those for other systems need not be.
fn holds_all(wanted: &Value, installed: &Value) -> bool {
    let (Some(wanted), Some(installed)) = (wanted["packages"].as_object(), installed["packages"].as_object()) else {
        return false;
    };
    wanted.iter().filter(|(path, _)| !path.is_empty()).all(|(path, package)| match installed.get(path) {
        Some(there) => there["version"] == package["version"],
        None => package["optional"] == true || package["devOptional"] == true || package["peer"] == true,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn packages_are_installed_when_all_of_the_lock_are_there() {
        let lock = json!({ "packages": {
            "": { "name": "x" },
            "node_modules/a": { "version": "1.0.0" },
            "node_modules/b": { "version": "1.0.0", "optional": true },
        } });
        let with = |packages: Value| holds_all(&lock, &json!({ "packages": packages }));
        assert!(with(json!({ "node_modules/a": { "version": "1.0.0" } })));
        assert!(!with(json!({ "node_modules/a": { "version": "1.0.1" } })));
        assert!(!with(json!({ "node_modules/b": { "version": "1.0.0" } })));
        assert!(!holds_all(&lock, &Value::Null));
    }

    #[test]
    fn a_build_is_fresh_until_a_source_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_owned();
        for name in ["src", "dist", "node_modules", "skipped"] {
            fs::create_dir(path.join(name)).expect("a folder");
        }
        fs::write(path.join("src/a.ts"), "a").expect("a file");
        let sources = Sources { beside: Vec::new(), without: &["skipped"] };
        let package = Package { name: "x", folder: path.clone(), script: "build", sources };
        assert!(!package.is_fresh().expect("looked"));
        fs::write(package.stamp(), package.fingerprint().expect("a number")).expect("a file");
        assert!(package.is_fresh().expect("looked"));
        for unrelated in ["dist/a.js", "node_modules/a.js", "skipped/a"] {
            fs::write(path.join(unrelated), "a").expect("a file");
        }
        assert!(package.is_fresh().expect("looked"));
        fs::write(path.join("src/a.ts"), "b").expect("a file");
        assert!(!package.is_fresh().expect("looked"));
    }
}
