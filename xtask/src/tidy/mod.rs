//! `cargo xtask tidy`: rules that no compiler checks, each reported with file, line and reason.

mod compose;
mod layers;
mod manifests;
mod shape;
mod sources;

use std::process::ExitCode;

use anyhow::Context as _;

use crate::workspace;
use sources::Source;

/// One broken rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) file: String,
    /// 0 for the file as a whole.
    pub(crate) line: usize,
    pub(crate) what: String,
}

/// Files that may break a rule, each with the reason. The rule is a part of its message.
const EXCEPTIONS: [(&str, &str, &str); 0] = [];

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let root = workspace::root();
    let sources = Source::all(&root)?;
    let mut findings: Vec<Finding> = Vec::new();
    for source in &sources {
        findings.extend(layers::check(source));
        findings.extend(shape::check(source));
    }
    findings.extend(manifests::check(&root)?);
    findings.extend(compose::check(&root, &sources).context("check docker-compose.yml")?);
    findings.retain(|finding| !is_excepted(finding));
    findings.sort();
    for finding in &findings {
        println!("{}:{}: {}", finding.file, finding.line, finding.what);
    }
    println!("{} files, {} findings", sources.len(), findings.len());
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn is_excepted(finding: &Finding) -> bool {
    EXCEPTIONS.iter().any(|(file, rule, _reason)| finding.file == *file && finding.what.contains(rule))
}
