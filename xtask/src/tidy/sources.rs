//! The Rust files of the repository, as the rules see them.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// A Rust file.
pub(crate) struct Source {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// Every Rust file that belongs to a crate of the workspace.
    pub(crate) fn all(root: &Path) -> anyhow::Result<Vec<Self>> {
        let mut sources = Vec::new();
        for folder in ["bench", "cli", "crates", "devstack", "e2e", "router", "subgraphs", "workers", "xtask"] {
            collect(root, &root.join(folder), &mut sources)?;
        }
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(sources)
    }

    /// Lines of code that is not a test, numbered from 1. Line comments are cut off, so that prose breaks no rule.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .take_while(|line| *line != "#[cfg(test)]")
            .map(
                |line| if line.trim_start().starts_with("//") { "" } else { line.split(" // ").next().unwrap_or(line) },
            )
            .zip(1..)
            .map(|(line, number)| (number, line))
    }

    /// Whether the file is only compiled for tests or benchmarks.
    pub(crate) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.contains("/benches/")
    }
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<Source>) -> anyhow::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let path = entry.with_context(|| format!("list {}", folder.display()))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && name != "node_modules" && !name.starts_with('.') {
                collect(root, &path, sources)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
            let relative = path.strip_prefix(root).unwrap_or(&path);
            sources.push(Source { path: relative.to_string_lossy().replace('\\', "/"), text });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_ends_at_the_inline_tests_and_has_no_comments() {
        let text = "//! sqlx\nuse a; // sqlx\n#[cfg(test)]\nmod tests {}\n".to_owned();
        let source = Source { path: "x.rs".to_owned(), text };
        let code: Vec<_> = source.code().collect();
        assert_eq!(code, [(1, ""), (2, "use a;")]);
    }
}
