//! One FFmpeg process under way. It writes PCM to us through a pipe: reading it gives progress, and what is measured of the
//! samples; and a slow reader of our events slows FFmpeg down instead of filling the disk.

use std::os::unix::process::ExitStatusExt;
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
use super::segments::Watched;
use super::transcode::Pass;
use super::{Event, Job, PipelineError, Rejection, SourceInfo};

/// How often the disk is looked at; the delay of a segment's report.
const TICK: Duration = Duration::from_millis(100);
/// A progress event at each of so many ticks.
const TICKS_PER_PROGRESS: u32 = 4;

/// Runs FFmpeg to its end; gives what passed, and what it said.
pub(super) async fn run(
    job: Job<'_>,
    pass: Pass,
    watched: Vec<Watched>,
    events: mpsc::Sender<Event>,
    cancel: CancellationToken,
) -> Result<(Run<'_>, Log), PipelineError> {
    let through = job.through();
    let mut command = confined("ffmpeg", job.limits, job.limits.cpu_for(&through));
    if let Some(held) = job.held {
        // FFmpeg reads nothing from its input.
        command.stdin(held.try_clone().map_err(PipelineError::io("sharing a file with FFmpeg"))?);
    }
    let source = std::path::absolute(job.source).map_err(PipelineError::io("reading the source"))?;
    let arguments = arguments(&Job { source: &source, ..job }, pass);
    let mut child = spawn(command.args(arguments).current_dir(job.out_dir))?;
    let stderr = child.stderr.take();
    let depth = job.depth();
    let mut run = Run {
        job,
        through,
        events,
        cancel,
        watched,
        pcm: match pass {
            Pass::Measure => Pcm::new(job.info.sample_rate, job.info.channels, depth),
            Pass::Encode => Pcm::counted(job.info.channels),
        },
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
    Ok((run, log))
}

/// What one process does.
pub(super) struct Run<'a> {
    pub(super) job: Job<'a>,
    /// The source as far as it is decoded.
    through: SourceInfo,
    events: mpsc::Sender<Event>,
    cancel: CancellationToken,
    pub(super) watched: Vec<Watched>,
    pub(super) pcm: Pcm,
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

    /// How much was decoded.
    pub(super) fn seconds(&self) -> f64 {
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

    /// Brings every rendition to so many segments, and tells of the last ones.
    pub(super) async fn settle(&mut self, expected: usize) -> Result<(), PipelineError> {
        for index in 0..self.watched.len() {
            let events = self.watched[index].settle(expected).await?;
            self.send(events).await?;
        }
        let seconds = self.seconds();
        let speed = seconds / self.started.elapsed().as_secs_f64().max(0.001);
        self.send(vec![Event::Progress { encoded_ms: (seconds * 1000.0).round() as u64, speed }]).await
    }
}

/// Reads from the pipe; waits for ever once it has ended, so that the loop waits for the child.
async fn read(pipe: &mut Option<ChildStdout>, chunk: &mut [u8]) -> std::io::Result<usize> {
    match pipe {
        Some(pipe) => pipe.read(chunk).await,
        None => std::future::pending().await,
    }
}
