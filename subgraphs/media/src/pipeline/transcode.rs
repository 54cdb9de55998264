//! What is done to a source by FFmpeg, one process for each: [`measure`] decodes it once and finds what it is, [`transcode`]
//! makes everything that the ladder says.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::arguments::MP3_FILE;
use super::run::run;
use super::segments::{Watched, expected_segments};
use super::{
    Codec, InitFile, Ladder, Limits, Measured, Mp3File, Output, PipelineError, Rejection, Rendition, Rung, Segment,
    SourceInfo, Tags,
};

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

/// What happens meanwhile. Events of one rung come in order: init, then segments from 0.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Sent at least twice a second.
    Progress {
        /// How much audio is decoded, and handed to the encoders if there are any.
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

/// What one run of FFmpeg is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// What the audio is.
    Measure,
    /// The files that are made of it.
    Encode,
}

/// Decodes the source once: how long, how loud and which audio it is. Nothing is written. When it fails or is dropped FFmpeg is
/// gone.
pub async fn measure(
    job: Job<'_>,
    events: mpsc::Sender<Event>,
    cancel: CancellationToken,
) -> Result<Measured, PipelineError> {
    let (run, log) = run(job, Pass::Measure, Vec::new(), events, cancel).await?;
    // What the meter says is of the end alone then, and encoders would have a clock that jumped.
    if log.loudness.was_cut() {
        return Err(changed_midway());
    }
    let (duration_ms, sample_rate) = ((run.seconds() * 1000.0).round() as u64, run.job.info.sample_rate);
    let total_samples = run.pcm.frames();
    let (audio_hash, waveform) = run.pcm.finish(WAVEFORM_POINTS);
    Ok(Measured {
        duration_ms,
        total_samples,
        sample_rate,
        loudness: log.loudness.loudness(),
        surround_loudness: log.loudness.surround(),
        loudness_histogram: log.loudness.histogram().clone(),
        waveform,
        audio_hash,
    })
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
    let (mut run, _) = run(job, Pass::Encode, watched, events, cancel).await?;
    let seconds = run.seconds();
    run.settle(expected_segments(seconds)).await?;
    let mp3 = mp3(&job, seconds).await?;
    let renditions: Option<Vec<Rendition>> = run.watched.into_iter().map(Watched::finish).collect();
    let renditions = renditions.unwrap_or_default();
    // Streams that change their format midway can leave an encoder with a clock that jumped.
    if renditions.is_empty() || renditions.iter().any(|r| (r.gapless.seconds() - seconds).abs() > TOLERANCE_SECONDS) {
        return Err(changed_midway());
    }
    Ok(Output { renditions, mp3 })
}

fn changed_midway() -> PipelineError {
    Rejection::unsupported("The audio is broken or changes its format midway.").into()
}

async fn mp3(job: &Job<'_>, seconds: f64) -> Result<Mp3File, PipelineError> {
    let path = job.out_dir.join(MP3_FILE);
    let bytes = tokio::fs::metadata(&path).await.map_err(PipelineError::io("reading the MP3"))?.len();
    let plan = job.ladder.mp3;
    Ok(Mp3File {
        path,
        bytes,
        bitrate_kbps: (bytes as f64 * 8.0 / seconds / 1000.0).round() as u32,
        sample_rate: plan.sample_rate,
        channels: plan.channels,
    })
}

impl Job<'_> {
    /// The source as far as it is decoded: a part takes what is before it too.
    pub(super) fn through(&self) -> SourceInfo {
        let skipped = self.skipped().as_millis() as u64;
        SourceInfo { duration_ms: self.info.duration_ms.map(|ms| ms + skipped), ..self.info.clone() }
    }

    /// How much is decoded before the part begins.
    pub(super) fn skipped(&self) -> Duration {
        let start = self.cut.map_or(0, |cut| cut.start);
        Duration::from_secs_f64(start as f64 / f64::from(self.info.sample_rate))
    }

    /// The significant bits of a lossless source; 16 of a lossy one, which has no such notion.
    pub(super) fn depth(&self) -> u16 {
        let bits = |rung: &Rung| match rung.codec {
            Codec::Flac { bits } => Some(bits),
            Codec::Aac { .. } => None,
        };
        self.ladder.rungs.iter().find_map(bits).unwrap_or(16)
    }
}
