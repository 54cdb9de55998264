//! Measures; encodes, and stores each piece as soon as it is finished. A few pieces are on their way at once; when the object store
//! is slow, FFmpeg waits.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use futures::{StreamExt, stream::FuturesUnordered};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    Worker,
    files::{WorkFiles, store_file},
    patience::patiently,
    probe::Source,
    progress::{ENCODING, MEASURING, Piece, Progress},
    run::Stopped,
};
use crate::{
    app::App,
    domain::{keys, mp3},
    pipeline::{self, Event, Job, Ladder, Measured, Output},
    store::lease::Claimed,
};

/// Pieces on their way at once.
const IN_FLIGHT: usize = 6;
/// Where LAME's figures stand in an MP3: behind the tags, in the first frame.
const MP3_HEAD: usize = 1 << 20;

/// What is done with a file.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) worker: &'a Worker,
    pub(super) claimed: &'a Claimed,
    pub(super) files: &'a WorkFiles,
    pub(super) source: &'a Source,
    pub(super) ladder: &'a Ladder,
}

impl Task<'_> {
    /// Finds out what the audio is. Stops when `goes_on` says so, which hears how much there was so far: headers may lie or say
    /// nothing.
    pub(super) async fn measure(
        self,
        goes_on: impl FnMut(Duration) -> Result<(), Stopped>,
    ) -> Result<Measured, Stopped> {
        let (app, duration_ms) = (&self.worker.app, self.source.info.duration_ms);
        let progress = Progress::new(app, self.claimed, duration_ms, &[], MEASURING);
        let (sender, events) = mpsc::channel(16);
        let out_dir = self.out_dir().await?;
        let path = self.files.source();
        let measure = async {
            let job = self.job(&path, &out_dir);
            pipeline::measure(job, sender, CancellationToken::new()).await.map_err(Stopped::from)
        };
        // What ends one of the two drops, and so ends, the other.
        let (measured, ()) = tokio::try_join!(measure, store(app, self.claimed, progress, goes_on, events))?;
        Ok(measured)
    }

    /// Makes everything that the ladder says, and stores the renditions. Stops as above. `duration_ms` is how long the audio is.
    pub(super) async fn transcode(
        self,
        duration_ms: i64,
        goes_on: impl FnMut(Duration) -> Result<(), Stopped>,
    ) -> Result<Output, Stopped> {
        let (app, duration_ms) = (&self.worker.app, u64::try_from(duration_ms).ok());
        let progress = Progress::new(app, self.claimed, duration_ms, &self.ladder.rungs, ENCODING);
        let (sender, events) = mpsc::channel(16);
        let out_dir = self.out_dir().await?;
        let path = self.files.source();
        let encode = async {
            let job = self.job(&path, &out_dir);
            pipeline::transcode(job, sender, CancellationToken::new()).await.map_err(Stopped::from)
        };
        let (output, ()) = tokio::try_join!(encode, store(app, self.claimed, progress, goes_on, events))?;
        Ok(output)
    }

    /// How much is decoded at least: a cut is decoded from the file's beginning.
    pub(super) fn audio(self) -> Duration {
        let info = &self.source.info;
        let skipped = self.source.cut.map_or(0, |cut| cut.start * 1_000 / u64::from(info.sample_rate.max(1)));
        self.claimed.audio.max(Duration::from_millis(skipped + info.duration_ms.unwrap_or(0)))
    }

    async fn out_dir(self) -> anyhow::Result<PathBuf> {
        let out_dir = self.files.output();
        tokio::fs::create_dir_all(&out_dir).await.context("make the folder for outputs")?;
        Ok(out_dir)
    }

    fn job<'b>(&'b self, path: &'b Path, out_dir: &'b Path) -> Job<'b> {
        Job {
            source: path,
            info: &self.source.info,
            ladder: self.ladder,
            cut: self.source.cut,
            tags: Some(&self.source.tags),
            out_dir,
            limits: &self.worker.limits,
            held: Some(&self.files.place),
        }
    }
}

/// Stores pieces and keeps the job's progress until the encoder has no more to say.
async fn store(
    app: &App,
    claimed: &Claimed,
    mut progress: Progress<'_>,
    mut goes_on: impl FnMut(Duration) -> Result<(), Stopped>,
    mut events: mpsc::Receiver<Event>,
) -> Result<(), Stopped> {
    let mut flying = FuturesUnordered::new();
    loop {
        tokio::select! {
            event = events.recv(), if flying.len() < IN_FLIGHT => match event {
                None => break,
                Some(Event::Progress { encoded_ms, speed }) => {
                    goes_on(Duration::from_millis(encoded_ms))?;
                    progress.encoded(encoded_ms, speed);
                }
                Some(Event::InitReady { rung, init }) => {
                    flying.push(put(app, claimed, Piece { rung, segment: None }, init.path));
                }
                Some(Event::SegmentReady { rung, segment }) => {
                    let piece = Piece { rung, segment: Some((segment.index, segment.duration_s)) };
                    flying.push(put(app, claimed, piece, segment.path));
                }
            },
            Some(stored) = flying.next() => progress.stored(&stored?),
        }
        progress.write_if_due().await?;
    }
    while let Some(stored) = flying.next().await {
        progress.stored(&stored?);
        progress.write_if_due().await?;
    }
    progress.write().await
}

async fn put(app: &App, claimed: &Claimed, piece: Piece, path: PathBuf) -> anyhow::Result<Piece> {
    let (upload, attempt) = (claimed.upload, claimed.attempt);
    let key = match piece.segment {
        None => keys::init(upload, attempt, &piece.rung),
        Some((index, _)) => keys::segment(upload, attempt, &piece.rung, index),
    };
    patiently("store a piece", || app.blobs.upload_file(&key, &path, "audio/mp4")).await?;
    tokio::fs::remove_file(&path).await.context("remove a piece that is stored")?;
    Ok(piece)
}

/// Stores the MP3; gives its delay and padding.
pub(super) async fn store_mp3(app: &App, claimed: &Claimed, output: &Output) -> Result<(i32, i32), Stopped> {
    let path = &output.mp3.path;
    let key = keys::mp3(claimed.upload, claimed.attempt);
    store_file(&app.blobs, &key, path, "audio/mpeg").await?;
    let mut head = vec![0; MP3_HEAD.min(output.mp3.bytes as usize)];
    let mut file = tokio::fs::File::open(path).await.context("open the MP3")?;
    tokio::io::AsyncReadExt::read_exact(&mut file, &mut head).await.context("read the MP3")?;
    Ok(mp3::gapless(&head).unwrap_or_default())
}
