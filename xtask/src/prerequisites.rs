//! What this machine must have installed, and how it gets what it lacks.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, bail};

use crate::process::{find_program, is_root};
use crate::servers::postgres::Installation;
use crate::up::display;
use crate::web;

/// Something that must be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    PostgreSql,
    Redis,
    FFmpeg,
    CCompiler,
    Node,
    Chromium,
    Firefox,
}

/// What Chromium is called on different systems.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// What Firefox is called, Debian's first.
const FIREFOX: [&str; 2] = ["firefox-esr", "firefox"];

/// What the tests play music with, in a real browser.
pub(crate) const FOR_BROWSER_TESTS: [Need; 2] = [Need::Node, Need::Chromium];

/// What the platform needs to be built and run.
pub(crate) const FOR_PLATFORM: [Need; 4] = [Need::PostgreSql, Need::Redis, Need::FFmpeg, Need::CCompiler];

impl Need {
    fn name(self) -> &'static str {
        match self {
            Self::PostgreSql => "PostgreSQL with its contrib extensions",
            Self::Redis => "Redis",
            Self::FFmpeg => "FFmpeg",
            Self::CCompiler => "a C compiler and make",
            Self::Node => "Node.js with npm",
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox, with PulseAudio for machines without an audio device",
        }
    }

    fn is_met(self) -> bool {
        let all = |programs: &[&str]| programs.iter().all(|program| find_program(program).is_some());
        match self {
            Self::PostgreSql => Installation::find().is_some_and(|installation| installation.has_extensions()),
            Self::Redis => all(&["redis-server"]),
            Self::FFmpeg => all(&["ffmpeg", "ffprobe"]),
            Self::CCompiler => all(&["cc", "c++", "make"]),
            Self::Node => all(&["node", "npm"]),
            Self::Chromium => chromium().is_some(),
            Self::Firefox => firefox().is_some() && (cfg!(target_os = "macos") || all(&["pulseaudio"])),
        }
    }

    fn apt_packages(self) -> &'static [&'static str] {
        match self {
            Self::PostgreSql => &["postgresql", "postgresql-contrib"],
            Self::Redis => &["redis-server"],
            Self::FFmpeg => &["ffmpeg"],
            Self::CCompiler => &["build-essential"],
            Self::Node => &["nodejs", "npm"],
            Self::Chromium => &["chromium"],
            Self::Firefox => &["firefox-esr", "pulseaudio"],
        }
    }

    fn brew_formulas(self) -> &'static [&'static str] {
        match self {
            Self::PostgreSql => &["postgresql@17"],
            Self::Redis => &["redis"],
            Self::FFmpeg => &["ffmpeg"],
            Self::CCompiler => &["gcc", "make"],
            Self::Node => &["node"],
            Self::Chromium => &["chromium"],
            Self::Firefox => &["firefox"],
        }
    }
}

/// The Chromium of this machine, if there is one.
pub(crate) fn chromium() -> Option<PathBuf> {
    CHROMIUM.iter().find_map(|name| find_program(name))
}

/// The Firefox of this machine, if there is one.
pub(crate) fn firefox() -> Option<PathBuf> {
    FIREFOX.iter().find_map(|name| find_program(name))
}

/// Sees to it that every need is met, for a machine that shall do everything with this repository.
pub(crate) fn prepare() -> anyhow::Result<ExitCode> {
    let needs: Vec<Need> = FOR_PLATFORM.into_iter().chain([Need::Node]).collect();
    ensure(&needs)?;
    web::prepare()?;
    println!("Everything is installed: {}.", needs.iter().map(|need| need.name()).collect::<Vec<_>>().join(", "));
    Ok(ExitCode::SUCCESS)
}

/// Sees to it that all of the needs are met: installs what is missing when it may, else says how.
pub(crate) fn ensure(needs: &[Need]) -> anyhow::Result<()> {
    let missing: Vec<Need> = needs.iter().copied().filter(|need| !need.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|need| need.name()).collect();
    let by_hand = by_hand(&missing, cfg!(target_os = "macos"));
    let may_install = !cfg!(target_os = "macos") && find_program("apt-get").is_some();
    let Some(prefix) = may_install.then(root_prefix).flatten() else {
        bail!("missing on this machine: {}. Install it with\n\n    {by_hand}\n", names.join(", "));
    };
    let step = display::step(&format!("Installing {}", names.join(", ")));
    step.end_with(install(prefix, &missing))
        .with_context(|| format!("install {}; by hand it is\n\n    {by_hand}\n", names.join(", ")))?;
    match missing.iter().find(|need| !need.is_met()) {
        Some(need) => bail!("{} is still missing after its installation", need.name()),
        None => Ok(()),
    }
}

/// The one line that a person can run.
fn by_hand(missing: &[Need], macos: bool) -> String {
    if macos {
        let formulas: Vec<&str> = missing.iter().flat_map(|need| need.brew_formulas()).copied().collect();
        format!("brew install {}", formulas.join(" "))
    } else {
        format!("sudo apt-get update && sudo apt-get install -y {}", packages(missing).join(" "))
    }
}

fn packages(missing: &[Need]) -> Vec<&'static str> {
    missing.iter().flat_map(|need| need.apt_packages()).copied().collect()
}

/// What must stand before a command that only root may run; `None` when we may not.
fn root_prefix() -> Option<&'static [&'static str]> {
    if is_root() {
        return Some(&[]);
    }
    let without_password = Command::new("sudo")
        .args(["-n", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    without_password.is_ok_and(|status| status.success()).then_some(&["sudo", "-n"])
}

fn install(prefix: &[&str], missing: &[Need]) -> anyhow::Result<()> {
    // A list that cannot be refreshed may still be good enough; the installation says it when it is not.
    let _ = apt(prefix, &["update"]);
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(packages(missing));
    apt(prefix, &args)
}

fn apt(prefix: &[&str], args: &[&str]) -> anyhow::Result<()> {
    let words: Vec<&str> =
        prefix.iter().chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]).chain(args).copied().collect();
    let (program, rest) = words.split_first().context("build the apt-get command")?;
    let output =
        Command::new(program).args(rest).stdin(Stdio::null()).output().with_context(|| format!("run {program}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("apt-get {} failed: {}", args[0], errors.trim());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_to_run_by_hand_names_every_package() {
        let missing = [Need::Redis, Need::FFmpeg];
        assert_eq!(by_hand(&missing, false), "sudo apt-get update && sudo apt-get install -y redis-server ffmpeg");
        assert_eq!(by_hand(&missing, true), "brew install redis ffmpeg");
    }
}
