//! `bench web`: the web player in a real Chromium, on a platform with the demo library: how soon it is there, how soon it sounds,
//! and what long lists cost. The script that measures is the player's own (`web/scripts/bench.mjs`).

use std::{fmt::Write as _, process::Command};

use anyhow::{Context, ensure};
use polyphony_e2e::Platform;
use serde_json::Value;

use crate::plot::{self, Bar};

/// A figure of the script.
struct Figure {
    /// Its key in what the script prints.
    key: &'static str,
    name: &'static str,
    aim: f64,
    less_is_better: bool,
    unit: &'static str,
}

const fn most(key: &'static str, name: &'static str, aim: f64, unit: &'static str) -> Figure {
    Figure { key, name, aim, less_is_better: true, unit }
}

const fn least(key: &'static str, name: &'static str, aim: f64, unit: &'static str) -> Figure {
    Figure { key, name, aim, less_is_better: false, unit }
}

/// What is measured, with the budgets of the player's design.
const FIGURES: [Figure; 22] = [
    most("scriptKib", "scripts before home works, gzip", 230.0, " KiB"),
    most("styleKib", "style sheets before home works, gzip", 20.0, " KiB"),
    most("shell", "frame of the page, nothing cached", 300.0, " ms"),
    most("home", "home with data, nothing cached", 1000.0, " ms"),
    most("again", "frame of the page, repeat visit", 400.0, " ms"),
    most("offlineStart", "saved songs without a network", 1500.0, " ms"),
    most("firstSound", "play to first sound, median", 300.0, " ms"),
    most("firstSoundMost", "play to first sound, most", 600.0, " ms"),
    most("bareFirstSound", "a bare element and file, median", 300.0, " ms"),
    most("seek", "seek inside of the buffer, median", 50.0, " ms"),
    most("interaction", "key or click to next frame, p95", 100.0, " ms"),
    most("command", "pause as seen on another tab, p95", 150.0, " ms"),
    most("handOver", "play here, to first sound there", 400.0, " ms"),
    most("firstRows", "10,000 rows: first rows after data", 200.0, " ms"),
    most("scrollTask", "10,000 rows: longest task", 50.0, " ms"),
    most("nodes", "10,000 rows: DOM nodes", 1500.0, ""),
    most("heapMib", "10,000 rows: more heap", 60.0, " MiB"),
    least("lighthousePerformance", "Lighthouse, phone: performance", 90.0, ""),
    least("lighthouseAccessibility", "Lighthouse, phone: accessibility", 100.0, ""),
    most("largestPaint", "Lighthouse, phone: largest paint", 2500.0, " ms"),
    most("blockingTime", "Lighthouse, phone: blocking time", 200.0, " ms"),
    most("layoutShift", "Lighthouse, phone: layout shift", 0.05, ""),
];

/// Without these the others still say something: Lighthouse comes from npm.
const MAY_BE_MISSING: [&str; 5] =
    ["lighthousePerformance", "lighthouseAccessibility", "largestPaint", "blockingTime", "layoutShift"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often what takes little time is measured.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// The data folder of a running platform with the demo library; without it one is started.
    #[arg(long)]
    data: Option<std::path::PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let platform = if let Some(data) = &args.data {
        Platform::at(data)
    } else {
        let platform = Platform::start_with(&[("RATE_LIMIT_USER", "off")]);
        add_demo(&platform)?;
        platform
    };
    let figures = measure(args, &platform)?;
    let mut report = "# bench web\n\nThe web player in Chromium, on this machine with the platform.\n\n\
                      | figure | measured | aim |\n| --- | ---: | ---: |\n"
        .to_owned();
    let mut bars = Vec::new();
    for Figure { key, name, aim, less_is_better, unit } in FIGURES {
        let sign = if less_is_better { "<=" } else { ">=" };
        let Some(value) = figures[key].as_f64() else {
            ensure!(MAY_BE_MISSING.contains(&key), "the script does not tell {key}");
            let _ = writeln!(report, "| {name} | not measured | {sign} {aim}{unit} |");
            continue;
        };
        let digits = if aim < 1.0 { 3 } else { 0 };
        let _ = writeln!(report, "| {name} | {value:.digits$}{unit} | {sign} {aim}{unit} |");
        bars.push(Bar { name, value, aim, less_is_better, unit });
    }
    report.push_str(
        "\nThe bare element plays a WAV file of a server in the script's own process: the least that Chromium takes. \
         Times of keys and clicks end when the frame that follows is made. Lighthouse looks at the page for signing in. \
         Seams, drift in a party and a lost network are measured by the player's tests.\n",
    );
    plot::keep("web", &report, &plot::bars("The web player in Chromium", &bars))
}

/// Imports the demo library into a platform that runs.
fn add_demo(platform: &Platform) -> anyhow::Result<()> {
    let xtask = std::env::var_os("XTASK_BIN").context("find xtask: run this by `cargo xtask bench`")?;
    let status = Command::new(xtask)
        .args(["up", "--demo", "--no-build", "--data"])
        .arg(platform.data())
        .status()
        .context("import the demo library")?;
    ensure!(status.success(), "the demo library was not imported");
    Ok(())
}

/// What the script measures, by name.
fn measure(args: &Args, platform: &Platform) -> anyhow::Result<Value> {
    let output = Command::new("node")
        .arg("scripts/bench.mjs")
        .current_dir("web")
        .env("POLYPHONY_URL", platform.address("player"))
        .env("POLYPHONY_DATA", platform.data())
        .env("ROUNDS", args.rounds.to_string())
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("run node")?;
    ensure!(output.status.success(), "the script failed");
    serde_json::from_slice(&output.stdout).context("read the figures")
}
