//! Runs the one FFmpeg process that makes everything, and reports while it works. The process writes PCM to us through
//! a pipe: reading it gives progress, length, hash and waveform, and a slow reader of our events slows FFmpeg down
//! instead of filling the disk.

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStdout};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::arguments::{MP3_FILE, arguments};
use super::log::Log;
use super::pcm::Pcm;
use super::process::{SIGXCPU, confined, is_ours, spawn, step_back};
use super::segments::{Watched, expected_segments};
use super::{
    Codec, InitFile, Ladder, Limits, Mp3File, Output, PipelineError, Rejection, Rendition, Rung, Segment, SourceInfo,
    Tags,
};

/// How often the disk is looked at; the delay of a segment's report.
const TICK: Duration = Duration::from_millis(100);
/// A progress event at each of so many ticks.
const TICKS_PER_PROGRESS: u32 = 4;
const WAVEFORM_POINTS: usize = 1000;
/// By how much a rendition may differ from the decoded audio.
const TOLERANCE_SECONDS: f64 = 0.05;

/// What to make of which file.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The source; only its content counts.
    pub source: &'a Path,
    /// What [`super::probe()`] found.
    pub info: &'a SourceInfo,
    /// What to make.
    pub ladder: &'a Ladder,
    /// Which part of the source; all of it when absent.
    pub cut: Option<Cut>,
    /// What the MP3 says about itself.
    pub tags: Option<&'a Tags>,
    /// Where the files go: a folder for each rung (emptied first) and `audio.mp3`.
    pub out_dir: &'a Path,
    /// What it may cost.
    pub limits: &'a Limits,
    /// A file that FFmpeg holds open for as long as it lives, also when we are killed: a lock on it tells others.
    pub held: Option<&'a File>,
}

/// A part of a source, in samples of the decoded audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The first one.
    pub start: u64,
    /// The first one that is not of it; all to the end when absent.
    pub end: Option<u64>,
}

impl Cut {
    /// Counts samples, whatever the container's clock says: what one part ends with, the next begins behind.
    pub(super) fn filter(self) -> String {
        let end = self.end.map(|end| format!(":end_sample={end}")).unwrap_or_default();
        format!("atrim=start_sample={}{end},", self.start)
    }
}

/// What happens during a transcode. Events of one rung come in order: init, then segments from 0.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Sent at least twice a second.
    Progress {
        /// How much audio is decoded and handed to the encoders.
        encoded_ms: u64,
        /// Against real time.
        speed: f64,
    },
    /// A rendition's initialization segment is complete.
    InitReady {
        /// The rung's name.
        rung: String,
        /// The file.
        init: InitFile,
    },
    /// A media segment is complete and will not change.
    SegmentReady {
        /// The rung's name.
        rung: String,
        /// The file.
        segment: Segment,
    },
}

/// Makes all outputs. When it fails or is dropped FFmpeg is gone, and what lies in `out_dir` is of no use.
pub async fn transcode(
    job: Job<'_>,
    events: mpsc::Sender<Event>,
    cancel: CancellationToken,
) -> Result<Output, PipelineError> {
    let mut watched = Vec::new();
    for rung in &job.ladder.rungs {
        watched.push(Watched::begin(rung, job.out_dir).await.map_err(PipelineError::io("making the output folders"))?);
    }
    let absolute = std::path::absolute(job.source).map_err(PipelineError::io("reading the source"))?;
    let job = Job { source: &absolute, ..job };
    let through = job.through();
    let mut command = confined("ffmpeg", job.limits, job.limits.cpu_for(&through));
    if let Some(held) = job.held {
        // FFmpeg reads nothing from its input.
        command.stdin(held.try_clone().map_err(PipelineError::io("sharing a file with FFmpeg"))?);
    }
    let mut child = spawn(command.args(arguments(&job)).current_dir(job.out_dir))?;
    let stderr = child.stderr.take();
    let mut run = Run {
        job,
        through,
        events,
        cancel,
        watched,
        pcm: Pcm::new(job.info.sample_rate, job.info.channels, depth(job.ladder)),
        started: Instant::now(),
        busy: Instant::now(),
        moved: (0, Instant::now()),
    };
    let follow = async {
        let status = run.follow(&mut child).await;
        if status.is_err() {
            // Only so that the log ends too; the reason of the failure is known already.
            let _already_gone = child.kill().await;
        }
        status
    };
    let (log, status) = tokio::join!(Log::read(stderr), follow);
    run.judge(status?, &log)?;
    run.finish(&log).await
}

impl Job<'_> {
    /// The source as far as it is decoded: a part takes what is before it too.
    fn through(&self) -> SourceInfo {
        let skipped = self.skipped().as_millis() as u64;
        SourceInfo { duration_ms: self.info.duration_ms.map(|ms| ms + skipped), ..self.info.clone() }
    }

    /// How much is decoded before the part begins.
    fn skipped(&self) -> Duration {
        let start = self.cut.map_or(0, |cut| cut.start);
        Duration::from_secs_f64(start as f64 / f64::from(self.info.sample_rate))
    }
}

/// A transcode under way.
struct Run<'a> {
    job: Job<'a>,
    /// The source as far as it is decoded.
    through: SourceInfo,
    events: mpsc::Sender<Event>,
    cancel: CancellationToken,
    watched: Vec<Watched>,
    pcm: Pcm,
    started: Instant,
    /// The same, moved by the time that the receiver of our events took.
    busy: Instant,
    /// The count of PCM frames at the last look and since when it stands there.
    moved: (u64, Instant),
}

impl Run<'_> {
    /// Reads PCM and looks at the disk until FFmpeg ends.
    async fn follow(&mut self, child: &mut Child) -> Result<ExitStatus, PipelineError> {
        let mut stdout = child.stdout.take();
        let mut chunk = vec![0; 64 * 1024];
        let mut clock = tokio::time::interval(TICK);
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let cancel = self.cancel.clone();
        let (mut ticks, mut stands_back) = (0, false);
        loop {
            tokio::select! {
                () = cancel.cancelled() => return Err(PipelineError::Cancelled),
                _ = clock.tick() => {
                    stands_back = stands_back || step_back(child, self.job.limits);
                    self.look(ticks).await?;
                    ticks += 1;
                }
                read = read(&mut stdout, &mut chunk) => match read.map_err(PipelineError::io("reading PCM"))? {
                    0 => stdout = None,
                    bytes => self.pcm.feed(&chunk[..bytes]),
                },
                status = child.wait(), if stdout.is_none() => {
                    return status.map_err(PipelineError::io("waiting for FFmpeg"));
                }
            }
        }
    }

    /// One tick: new segments, limits, progress.
    async fn look(&mut self, tick: u32) -> Result<(), PipelineError> {
        let decoded = self.seconds();
        for index in 0..self.watched.len() {
            let found = self.watched[index].scan(decoded).await.map_err(PipelineError::io("reading segments"))?;
            self.send(found).await?;
        }
        self.check_limits().await?;
        if tick.is_multiple_of(TICKS_PER_PROGRESS) {
            let seconds = self.seconds();
            let speed = seconds / self.started.elapsed().as_secs_f64().max(0.001);
            self.send(vec![Event::Progress { encoded_ms: (seconds * 1000.0) as u64, speed }]).await?;
        }
        Ok(())
    }

    async fn check_limits(&mut self) -> Result<(), PipelineError> {
        let limits = self.job.limits;
        limits.check(self.seconds(), (self.job.info.sample_rate, self.job.info.channels))?;
        let mp3 = tokio::fs::metadata(self.job.out_dir.join(MP3_FILE)).await.map_or(0, |file| file.len());
        if self.watched.iter().map(Watched::bytes).sum::<u64>() + mp3 > limits.output_bytes {
            return Err(Rejection::too_large("The audio becomes too large.").into());
        }
        if self.pcm.frames() != self.moved.0 {
            self.moved = (self.pcm.frames(), Instant::now());
        }
        // Nothing is heard of what is decoded before the part begins.
        let stall = if self.pcm.frames() == 0 { limits.stall + self.job.skipped() } else { limits.stall };
        if self.moved.1.elapsed() > stall || self.busy.elapsed() > limits.wall_for(&self.through, self.seconds()) {
            return Err(PipelineError::TimedOut("transcoding"));
        }
        Ok(())
    }

    /// Sends events at the receiver's pace. The time that the receiver takes is not held against FFmpeg; a receiver
    /// that has gone away only means that nobody watches.
    async fn send(&mut self, events: Vec<Event>) -> Result<(), PipelineError> {
        let before = Instant::now();
        for event in events {
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Err(PipelineError::Cancelled),
                _unwatched = self.events.send(event) => {}
            }
        }
        self.moved.1 += before.elapsed();
        self.busy += before.elapsed();
        Ok(())
    }

    fn seconds(&self) -> f64 {
        self.pcm.frames() as f64 / f64::from(self.job.info.sample_rate)
    }

    /// Tells the file's fault from ours.
    fn judge(&self, status: ExitStatus, log: &Log) -> Result<(), PipelineError> {
        if log.cpu_exceeded || status.signal() == Some(SIGXCPU) {
            return Err(Rejection::too_large("The file takes too much computing time.").into());
        }
        if log.has_no_numbers && !status.success() {
            return Err(Rejection::unsupported("The audio has values in it that are no numbers.").into());
        }
        let is_silent = self.pcm.frames() == 0;
        if !status.success() && (!is_silent || is_ours(status, log)) {
            return Err(PipelineError::Tool { program: "ffmpeg", message: format!("{} ({status})", log.reason()) });
        }
        if is_silent {
            let because = format!("No audio could be decoded: {}.", log.reason().trim_end_matches('.'));
            return Err(Rejection::unsupported(because).into());
        }
        Ok(())
    }

    async fn finish(mut self, log: &Log) -> Result<Output, PipelineError> {
        let expected = expected_segments(self.seconds());
        for index in 0..self.watched.len() {
            let events = self.watched[index].settle(expected).await?;
            self.send(events).await?;
        }
        let seconds = self.seconds();
        let encoded_ms = (seconds * 1000.0).round() as u64;
        let speed = seconds / self.started.elapsed().as_secs_f64().max(0.001);
        self.send(vec![Event::Progress { encoded_ms, speed }]).await?;
        let mp3 = self.mp3(seconds).await?;
        let renditions: Option<Vec<Rendition>> = self.watched.into_iter().map(Watched::finish).collect();
        let renditions = renditions.unwrap_or_default();
        // Streams that change their format midway can leave an encoder with a clock that jumped.
        if renditions.is_empty() || renditions.iter().any(|r| (r.gapless.seconds() - seconds).abs() > TOLERANCE_SECONDS)
        {
            return Err(Rejection::unsupported("The audio is broken or changes its format midway.").into());
        }
        let total_samples = self.pcm.frames();
        let (audio_hash, waveform) = self.pcm.finish(WAVEFORM_POINTS);
        Ok(Output {
            renditions,
            mp3,
            duration_ms: encoded_ms,
            total_samples,
            sample_rate: self.job.info.sample_rate,
            loudness: log.loudness.loudness(),
            surround_loudness: log.loudness.surround(),
            loudness_histogram: log.loudness.histogram().clone(),
            waveform,
            audio_hash,
        })
    }

    async fn mp3(&self, seconds: f64) -> Result<Mp3File, PipelineError> {
        let path = self.job.out_dir.join(MP3_FILE);
        let bytes = tokio::fs::metadata(&path).await.map_err(PipelineError::io("reading the MP3"))?.len();
        let plan = self.job.ladder.mp3;
        Ok(Mp3File {
            path,
            bytes,
            bitrate_kbps: (bytes as f64 * 8.0 / seconds / 1000.0).round() as u32,
            sample_rate: plan.sample_rate,
            channels: plan.channels,
        })
    }
}

/// The significant bits of a lossless source; 16 of a lossy one, which has no such notion.
fn depth(ladder: &Ladder) -> u16 {
    let bits = |rung: &Rung| match rung.codec {
        Codec::Flac { bits } => Some(bits),
        Codec::Aac { .. } => None,
    };
    ladder.rungs.iter().find_map(bits).unwrap_or(16)
}

/// Reads from the pipe; waits for ever once it has ended, so that the loop waits for the child.
async fn read(pipe: &mut Option<ChildStdout>, chunk: &mut [u8]) -> std::io::Result<usize> {
    match pipe {
        Some(pipe) => pipe.read(chunk).await,
        None => std::future::pending().await,
    }
}
