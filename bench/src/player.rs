//! `bench player`: how soon a real browser sounds, from our URLs and from a plain file server with a ladder of bare FFmpeg.

use std::{fmt::Write as _, path::Path};

use anyhow::{Context, ensure};
use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece, ffmpeg},
    browser::Browser,
    upload,
};
use serde_json::{Value, json};

use crate::plot::{self, Bar};

const AIM_MS: f64 = 300.0;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often each player plays from each place, in turn.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let browser = Browser::find();
    let folder = tempfile::tempdir().context("make a folder")?;
    let source = audio::make(folder.path(), &Piece { seconds: 60, hertz: 311, ..Piece::default() });
    let plain = folder.path().join("plain");
    ladder(&source, &plain)?;
    let platform = Platform::start();
    let client = Client::creator(&platform).await;
    let ready = upload::ready(&client, &source).await;
    let mut report = "# bench player\n\nFrom the click to the first sound in Chromium, ms.\n\n\
                      | player | plain files: median | least | most | ours: median | least | most | ratio of medians |\n\
                      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        .to_owned();
    let mut bars = Vec::new();
    for (player, name) in [("hls", "hls.js"), ("shaka", "shaka-player")] {
        let (mut theirs, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..args.rounds.max(1) {
            theirs.push(first_sound(&browser, player, json!({ "folder": plain })).await?);
            // A plan is asked for each time, as clients do; that is not in the time.
            let query = "query($id: ID!) { track(id: $id) { playbackPlan { url } } }";
            let data = client.query(query, json!({ "id": ready["track"]["id"] })).await;
            let url = &data["track"]["playbackPlan"]["url"];
            ours.push(first_sound(&browser, player, json!({ "url": url })).await?);
        }
        let (theirs, ours) = (Spread::of(theirs), Spread::of(ours));
        let _ = writeln!(report, "| {name} | {theirs} | {ours} | {:.2} |", ours.median / theirs.median);
        bars.push(Bar { name, value: ours.median, aim: AIM_MS, less_is_better: true, unit: " ms" });
    }
    let _ = writeln!(report, "\nAim: <= {AIM_MS} ms. Both places are on this machine.");
    plot::keep("player", &report, &plot::bars("First sound in a real browser, from our URLs", &bars))
}

async fn first_sound(browser: &Browser, player: &str, mut options: Value) -> anyhow::Result<f64> {
    options["player"] = player.into();
    options["onlyFirstSound"] = true.into();
    let seen = browser.play(options).await;
    ensure!(seen["error"].is_null() && seen["failures"] == json!([]), "{player}: {seen:#}");
    seen["firstAudioMs"].as_f64().context("the page tells the time")
}

struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        Self { median: times[times.len() / 2], least: times[0], most: times[times.len() - 1] }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.0} | {:.0} | {:.0}", self.median, self.least, self.most)
    }
}

/// Four AAC rungs as FFmpeg makes them by itself, with the master playlist that it writes.
fn ladder(source: &Path, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).context("make a folder")?;
    let rungs = "-map 0:a -map 0:a -map 0:a -map 0:a -c:a aac -b:a:0 64k -b:a:1 128k -b:a:2 192k -b:a:3 320k \
                 -f hls -hls_time 6 -hls_list_size 0 -hls_segment_type fmp4 -master_pl_name master.m3u8 \
                 -hls_fmp4_init_filename init.mp4 -var_stream_map";
    let mut arguments = vec!["-i".to_owned(), source.to_string_lossy().into_owned()];
    arguments.extend(rungs.split_whitespace().map(str::to_owned));
    arguments.push("a:0 a:1 a:2 a:3".to_owned());
    arguments.extend(["-hls_segment_filename".to_owned(), folder.join("%v-%d.m4s").to_string_lossy().into_owned()]);
    arguments.push(folder.join("%v.m3u8").to_string_lossy().into_owned());
    ffmpeg(&arguments);
    Ok(())
}
