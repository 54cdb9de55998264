//! `bench uploads`: many uploads of many people at once, while a worker is killed now and then.

use std::{
    collections::HashSet,
    fmt::Write as _,
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece},
    eventually, processes, upload,
};
use serde_json::json;
use tokio::sync::Mutex;

use crate::plot::{self, Bar};

/// How much longer a query may take meanwhile than when idle.
const AIM_RATIO: f64 = 2.0;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many people upload.
    #[arg(long, default_value_t = 20)]
    people: u32,
    /// How many files each uploads.
    #[arg(long, default_value_t = 10)]
    each: u32,
    /// Length of each file.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// How many workers share the jobs.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    workers: u16,
    /// One of them, drawn at random, is killed this often, in seconds; 0 kills none.
    #[arg(long, default_value_t = 10)]
    kill_every: u64,
}

/// The admin, who signs in again before the access token is over: there is more to wait for than the ten minutes that it lives.
struct Admin<'a> {
    platform: &'a Platform,
    signed_in: Mutex<(Instant, Client)>,
}

impl<'a> Admin<'a> {
    async fn of(platform: &'a Platform) -> Self {
        let client = Client::login(platform, platform.admin()).await;
        Self { platform, signed_in: Mutex::new((Instant::now(), client)) }
    }

    async fn client(&self) -> Client {
        let mut signed_in = self.signed_in.lock().await;
        if signed_in.0.elapsed() > Duration::from_mins(5) {
            *signed_in = (Instant::now(), Client::login(self.platform, self.platform.admin()).await);
        }
        signed_in.1.clone()
    }
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("make a folder")?;
    let platform = Platform::start_with(&[("POLYPHONY_WORKERS", &args.workers.to_string())]);
    let admin = Admin::of(&platform).await;
    let idle = latencies(&admin, Duration::from_secs(10), &AtomicBool::new(false)).await;
    let announced = announce(args, &platform, folder.path()).await;
    let began = Instant::now();
    for (client, upload) in &announced {
        upload::complete(client, upload).await;
    }
    let (over, most, kills) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let wait = async {
        let ready = wait(&admin, &announced).await;
        over.store(true, Ordering::Relaxed);
        ready
    };
    let harm = harm(args, &platform, (&over, &most, &kills));
    let queries = latencies(&admin, Duration::from_hours(2), &over);
    let (ready, (), busy) = tokio::join!(wait, harm, queries);
    let (ready, took) = (ready?, began.elapsed().as_secs_f64());
    let attempts: i64 = ready.iter().map(|upload| upload["job"]["attempt"].as_i64().unwrap_or(0)).sum();
    let tracks: HashSet<String> = ready.iter().map(|upload| upload["track"]["id"].to_string()).collect();
    let (most, kills) = (most.into_inner(), kills.into_inner());
    let (idle, busy) = (p95(idle), p95(busy));
    let mut report = "# bench uploads\n\n| what | figure |\n| --- | ---: |\n".to_owned();
    for (what, figure) in [
        (format!("uploads of {} people, {} s each", args.people, args.seconds), announced.len().to_string()),
        ("READY".to_owned(), ready.len().to_string()),
        ("tracks (as many as uploads: none doubled)".to_owned(), tracks.len().to_string()),
        ("until all were READY, s".to_owned(), format!("{took:.0}")),
        (format!("kills, one of {} workers every {} s", args.workers, args.kill_every), kills.to_string()),
        ("attempts in all".to_owned(), attempts.to_string()),
        ("FFmpeg processes at once, at most".to_owned(), most.to_string()),
        ("a query's p95 when idle, ms".to_owned(), format!("{idle:.1}")),
        ("a query's p95 meanwhile, ms".to_owned(), format!("{busy:.1}")),
        (format!("ratio (aim <= {AIM_RATIO})"), format!("{:.2}", busy / idle)),
    ] {
        let _ = writeln!(report, "| {what} | {figure} |");
    }
    let bar = Bar {
        name: "a query's p95 over that when idle",
        value: busy / idle,
        aim: AIM_RATIO,
        less_is_better: true,
        unit: "",
    };
    plot::keep(
        "uploads",
        &report,
        &plot::bars("Queries while many uploads are encoded and workers are killed", &[bar]),
    )?;
    ensure!(tracks.len() == announced.len(), "{} tracks of {} uploads", tracks.len(), announced.len());
    Ok(())
}

/// Makes and announces all files; their bytes are in the object store then.
async fn announce(args: &Args, platform: &Platform, folder: &Path) -> Vec<(Client, upload::Begun)> {
    let mut announced = Vec::new();
    for person in 0..args.people {
        let client = Client::creator(platform).await;
        for number in 0..args.each {
            let (hertz, title) = (150 + person * args.each + number, format!("Piece {person} {number}"));
            let tags = [("title", title), ("artist", format!("Band {person}"))];
            let path = audio::make(folder, &Piece { seconds: args.seconds, hertz, tags: &tags, ..Piece::default() });
            let bytes = std::fs::read(path).expect("the file was just made");
            announced.push((client.clone(), upload::begin(&client, "piece.flac", &bytes, json!({})).await));
        }
    }
    announced
}

async fn wait(admin: &Admin<'_>, announced: &[(Client, upload::Begun)]) -> anyhow::Result<Vec<serde_json::Value>> {
    let mut ready = Vec::new();
    for (_, announced) in announced {
        let is_over = || async {
            let upload = upload::get(&admin.client().await, &announced.id).await;
            let has_track = !upload["track"].is_null() || !upload["duplicateOf"].is_null();
            (upload["state"] == "READY" && has_track || upload["job"]["state"] == "FAILED").then_some(upload)
        };
        let upload = eventually("an upload", Duration::from_hours(1), is_over).await;
        ensure!(upload["state"] == "READY", "{upload:#}");
        ready.push(upload);
    }
    Ok(ready)
}

/// Counts the machine's FFmpeg processes, and kills workers again and again.
async fn harm(args: &Args, platform: &Platform, (over, most, kills): (&AtomicBool, &AtomicUsize, &AtomicUsize)) {
    let mut killed = Instant::now();
    while !over.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(200)).await;
        most.fetch_max(processes::named("ffmpeg"), Ordering::Relaxed);
        if args.kill_every > 0 && killed.elapsed() >= Duration::from_secs(args.kill_every) {
            let drawn = uuid::Uuid::new_v4().as_u128() % u128::from(args.workers) + 1;
            let worker = format!("media-worker-{drawn}");
            platform.kill(&worker);
            platform.ready(&worker).await;
            kills.fetch_add(1, Ordering::Relaxed);
            killed = Instant::now();
        }
    }
}

/// How long a query over all subgraphs takes, ten times a second.
async fn latencies(admin: &Admin<'_>, longest: Duration, over: &AtomicBool) -> Vec<f64> {
    let query = "{ viewer { id uploads(first: 5) { edges { node { id state } } } } tracks(first: 20) { edges { node { id title playable } } } }";
    let (began, mut all) = (Instant::now(), Vec::new());
    while began.elapsed() < longest && !over.load(Ordering::Relaxed) {
        let client = admin.client().await;
        let asked = Instant::now();
        client.query(query, json!({})).await;
        all.push(asked.elapsed().as_secs_f64() * 1000.0);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    all
}

fn p95(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() * 95 / 100).copied().unwrap_or(f64::NAN)
}
