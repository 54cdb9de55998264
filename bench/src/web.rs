//! `bench web`: the web player in a real Chromium, on a platform with the demo library: how soon it is there, how soon it sounds,
//! and what long lists cost. The script that measures is the player's own (`web/scripts/bench.mjs`).

use std::{fmt::Write as _, process::Command};

use anyhow::{Context, ensure};
use polyphony_e2e::Platform;
use serde_json::Value;

use crate::plot::{self, Bar};

/// What is measured: the name in the script's figures, what it is, and what it should be at most.
const FIGURES: [(&str, &str, f64, &str); 16] = [
    ("scriptKib", "scripts before home works, as sent", 200.0, " KiB"),
    ("styleKib", "style sheets before home works, as sent", 20.0, " KiB"),
    ("shell", "frame of the page, nothing cached", 300.0, " ms"),
    ("home", "home with data, nothing cached", 1000.0, " ms"),
    ("again", "frame of the page, repeat visit", 400.0, " ms"),
    ("firstSound", "play to first sound, median", 300.0, " ms"),
    ("seek", "seek inside of the buffer, median", 50.0, " ms"),
    ("interaction", "key or click to next frame, p95", 100.0, " ms"),
    ("command", "pause as seen on another tab, p95", 150.0, " ms"),
    ("handOver", "play here, to first sound there", 400.0, " ms"),
    ("firstRows", "10,000 rows: first rows after data", 200.0, " ms"),
    ("scrollTask", "10,000 rows: longest task", 50.0, " ms"),
    ("nodes", "10,000 rows: DOM nodes", 1500.0, ""),
    ("heapMib", "10,000 rows: more heap", 60.0, " MiB"),
    ("firstSoundMost", "play to first sound, most", 600.0, " ms"),
    ("bareFirstSound", "a bare element and file, median", 300.0, " ms"),
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often what takes little time is measured.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let platform = Platform::start_with(&[("RATE_LIMIT_USER", "off")]);
    add_demo(&platform)?;
    let figures = measure(args, &platform)?;
    let mut report = "# bench web\n\nThe web player in Chromium, on this machine with the platform.\n\n\
                      | figure | measured | aim |\n| --- | ---: | ---: |\n"
        .to_owned();
    let mut bars = Vec::new();
    for (key, name, aim, unit) in FIGURES {
        let value = figures[key].as_f64().with_context(|| format!("the script does not tell {key}"))?;
        let _ = writeln!(report, "| {name} | {value:.0}{unit} | <= {aim}{unit} |");
        bars.push(Bar { name, value, aim, less_is_better: true, unit });
    }
    report.push_str(
        "\nThe bare element plays a WAV file of a server in the script's own process: the least that Chromium takes. \
         Times of keys and clicks are told by the browser in steps of 8 ms.\n",
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
        .output()
        .context("run node")?;
    ensure!(output.status.success(), "the script failed:\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("read the figures")
}
