//! `bench media`: the transcoding pipeline beside one bare FFmpeg command that makes the same files.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use futures::StreamExt;
use polyphony_e2e::{Client, Platform, eventually, upload};
use serde_json::json;

use crate::{
    plot::{self, Bar},
    processes,
};

const AIM_RATIO: f64 = 1.15;
const AIM_FIRST_SEGMENT: f64 = 3.0;
const AIM_JOBS: f64 = 0.9;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Length of the track.
    #[arg(long, default_value_t = 240)]
    seconds: u32,
    /// How often both are measured, in turn; the table shows each and the medians.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// How many tracks of a minute wait at once when jobs per hour are measured.
    #[arg(long, default_value_t = 12)]
    jobs: u32,
}

struct Round {
    bare_cpu: f64,
    worker_cpu: f64,
    first_segment: f64,
    ready: f64,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("make a folder")?;
    let at_once = (cores() / 2).max(2);
    let platform = Platform::start_with(&[("WORKER_CONCURRENCY", &at_once.to_string())]);
    let client = Client::creator(&platform).await;
    let mut table = "| round | bare FFmpeg, CPU s | worker, CPU s | ratio | first segment playable, s | READY, s |\n\
                     | --- | ---: | ---: | ---: | ---: | ---: |\n"
        .to_owned();
    let mut rounds = Vec::new();
    for number in 1..=args.rounds {
        // Another seed each round: the platform would notice the same audio and not encode it again.
        let source = folder.path().join(format!("{number}.flac"));
        make(&source, args.seconds, number)?;
        let bare_cpu = bare(&source, &folder.path().join("bare"))?;
        let round = Round { bare_cpu, ..ours(&platform, &client, &source).await? };
        table.push_str(&row(&number.to_string(), &round));
        rounds.push(round);
    }
    let median = medians(&rounds);
    table.push_str(&row("**median**", &median));
    let (bare_rate, our_rate) = jobs_per_hour(&client, folder.path(), args.jobs, at_once).await?;
    let report = format!(
        "# bench media\n\n{table}\nA track of {} s, stereo FLAC. Aims: ratio <= {AIM_RATIO}, first segment < {AIM_FIRST_SEGMENT} s.\n\n\
         | {} tracks of 60 s | jobs per hour and core | ratio |\n| --- | ---: | ---: |\n\
         | bare FFmpeg, {at_once} at once as a worker has them | {bare_rate:.0} | 1 |\n| Polyphony | {our_rate:.0} | {:.3} |\n\nAim: ratio >= {AIM_JOBS}.\n",
        args.seconds,
        args.jobs,
        our_rate / bare_rate,
    );
    let bar = |name, value, aim, less_is_better, unit| Bar { name, value, aim, less_is_better, unit };
    let picture = plot::bars(
        "Transcoding beside bare FFmpeg in the same run",
        &[
            bar("CPU over bare FFmpeg's", median.worker_cpu / median.bare_cpu, AIM_RATIO, true, ""),
            bar("first playable segment", median.first_segment, AIM_FIRST_SEGMENT, true, " s"),
            bar("jobs per hour and core over bare FFmpeg's", our_rate / bare_rate, AIM_JOBS, false, ""),
        ],
    );
    plot::keep("media", &report, &picture)
}

fn medians(rounds: &[Round]) -> Round {
    let median = |field: fn(&Round) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(field).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Round {
        bare_cpu: median(|round| round.bare_cpu),
        worker_cpu: median(|round| round.worker_cpu),
        first_segment: median(|round| round.first_segment),
        ready: median(|round| round.ready),
    }
}

pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Jobs per hour and core: bare FFmpeg on a few files, as many at once as a worker has, then the platform on the same.
async fn jobs_per_hour(client: &Client, folder: &Path, jobs: u32, at_once: usize) -> anyhow::Result<(f64, f64)> {
    let mut sources = Vec::new();
    for number in 0..jobs {
        let source = folder.join(format!("job-{number}.flac"));
        make(&source, 60, 1000 + number)?;
        sources.push(source);
    }
    let rate = |began: Instant| f64::from(jobs) * 3600.0 / began.elapsed().as_secs_f64() / cores() as f64;
    let began = Instant::now();
    bare_all(&sources, &folder.join("bare-jobs"), at_once)?;
    let bare_rate = rate(began);
    // The bytes are put before the clock runs; a worker takes the first job as soon as it is complete.
    let mut announced = Vec::new();
    for source in &sources {
        let bytes = tokio::fs::read(source).await.context("read a source")?;
        announced.push(upload::begin(client, "job.flac", &bytes, json!({})).await);
    }
    let began = Instant::now();
    for upload in &announced {
        upload::complete(client, upload).await;
    }
    for upload in &announced {
        let state = || async {
            let state = upload::get(client, &upload.id).await["state"].take();
            (state == "READY" || state == "REJECTED").then_some(state)
        };
        let state = eventually("a job", Duration::from_mins(30), state).await;
        ensure!(state == "READY", "a job ended {state}");
    }
    Ok((bare_rate, rate(began)))
}

/// The bare command on each of these files, so many at once; what it makes is left in `out`.
pub(crate) fn bare_all(sources: &[PathBuf], out: &Path, at_once: usize) -> anyhow::Result<()> {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let lane = || -> anyhow::Result<()> {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(source) = sources.get(number) else { return Ok(()) };
                bare(source, &out.join(number.to_string()))?;
            }
        };
        let lanes: Vec<_> = (0..at_once).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().try_for_each(|lane| lane.join().map_err(|_| anyhow::anyhow!("a lane panicked"))?)
    })
}

fn row(name: &str, round: &Round) -> String {
    let ratio = round.worker_cpu / round.bare_cpu;
    let Round { bare_cpu, worker_cpu, first_segment, ready } = round;
    format!("| {name} | {bare_cpu:.2} | {worker_cpu:.2} | {ratio:.3} | {first_segment:.2} | {ready:.1} |\n")
}

/// Something between a tone and noise, as costly to encode as music.
pub(crate) fn make(path: &Path, seconds: u32, seed: u32) -> anyhow::Result<()> {
    let noise = format!("anoisesrc=c=pink:r=44100:a=0.2:s={seed}:d={seconds}");
    let tones =
        format!("aevalsrc=0.2*sin(2*PI*{}*t)+0.1*sin(660*PI*t)|0.2*sin(440*PI*t):s=44100:d={seconds}", 200 + seed);
    let arguments = ["-f", "lavfi", "-i", &tones, "-f", "lavfi", "-i", &noise, "-filter_complex", "amix=inputs=2"];
    ffmpeg(&[&arguments[..], &["-ac", "2", &path.to_string_lossy()]].concat())
}

fn ffmpeg(arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new("ffmpeg").args(["-v", "error", "-nostdin", "-y"]).args(arguments).status();
    ensure!(status.context("start ffmpeg")?.success(), "ffmpeg failed");
    Ok(())
}

/// CPU seconds of the bare command: three AAC rungs and FLAC as fMP4 HLS, and an MP3, from one decode.
fn bare(source: &Path, out: &Path) -> anyhow::Result<f64> {
    let source = source.to_string_lossy();
    let mut arguments = vec!["-i".to_owned(), source.into_owned()];
    let rungs = ["aac -b:a 64k", "aac -b:a 128k", "aac -b:a 256k", "flac -strict -2"];
    for (number, codec) in rungs.iter().enumerate() {
        let folder = out.join(number.to_string());
        std::fs::create_dir_all(&folder).context("make a folder")?;
        let more = format!(
            "-map 0:a:0 -c:a {codec} -f hls -hls_time 6 -hls_list_size 0 -hls_playlist_type event -hls_segment_type fmp4"
        );
        arguments.extend(more.split(' ').map(str::to_owned));
        arguments.extend(["-hls_segment_filename".to_owned(), folder.join("%05d.m4s").to_string_lossy().into_owned()]);
        arguments.push(folder.join("list.m3u8").to_string_lossy().into_owned());
    }
    arguments.extend("-map 0:a:0 -c:a libmp3lame -q:a 0".split(' ').map(str::to_owned));
    arguments.push(out.join("audio.mp3").to_string_lossy().into_owned());
    let before = processes::cpu_seconds(std::process::id())?;
    ffmpeg(&arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
    Ok(processes::cpu_seconds(std::process::id())? - before)
}

async fn ours(platform: &Platform, client: &Client, source: &Path) -> anyhow::Result<Round> {
    let worker = platform.pid("media-worker-1");
    let before = processes::cpu_seconds(worker)?;
    let id = upload::start(client, source).await;
    let completed = Instant::now();
    let find_job = || async { upload::get(client, &id).await["job"]["id"].as_str().map(str::to_owned) };
    let job = eventually("the job", Duration::from_secs(10), find_job).await;
    let query = "subscription($job: ID!) { transcodeProgress(jobId: $job) { state playableUntilMs } }";
    let mut frames = client.subscribe(query, json!({ "job": job })).await;
    let mut first_segment = None;
    let mut state = String::new();
    while let Some(frame) = frames.next().await {
        let job = &frame["data"]["transcodeProgress"];
        if job["playableUntilMs"].as_i64().unwrap_or(0) > 0 {
            first_segment.get_or_insert(completed.elapsed());
        }
        job["state"].as_str().unwrap_or_default().clone_into(&mut state);
    }
    ensure!(state == "READY", "the job ended {state}");
    let ready = completed.elapsed().as_secs_f64();
    // The worker waits for its children before it says READY, so their time is counted.
    let worker_cpu = processes::cpu_seconds(worker)? - before;
    let first_segment = first_segment.context("no segment became playable")?.as_secs_f64();
    Ok(Round { bare_cpu: 0.0, worker_cpu, first_segment, ready })
}
