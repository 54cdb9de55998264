//! Encodes, and stores each piece as soon as it is finished. A few pieces are on their way at once; when the object store
//! is slow, FFmpeg waits.

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use futures::{StreamExt, stream::FuturesUnordered};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    Worker,
    files::{WorkFiles, store_file},
    patience::patiently,
    probe::Source,
    progress::{Piece, Progress},
    run::Stopped,
};
use crate::{
    app::App,
    domain::{keys, mp3},
    pipeline::{self, Event, Job, Ladder, Output},
    store::lease::Claimed,
};

/// Pieces on their way at once.
const IN_FLIGHT: usize = 6;
/// Where LAME's figures stand in an MP3: behind the tags, in the first frame.
const MP3_HEAD: usize = 1 << 20;

/// Makes everything that the ladder says, and stores the renditions. Stops when `goes_on` says so, which hears how much audio
/// there was so far: headers may lie or say nothing.
pub(super) async fn transcode(
    worker: &Worker,
    claimed: &Claimed,
    files: &WorkFiles,
    source: &Source,
    ladder: &Ladder,
    goes_on: impl FnMut(Duration) -> Result<(), Stopped>,
) -> Result<Output, Stopped> {
    let (path, out_dir) = (files.source(), files.output());
    tokio::fs::create_dir_all(&out_dir).await.context("make the folder for outputs")?;
    let job = Job {
        source: &path,
        info: &source.info,
        ladder,
        cut: source.cut,
        tags: Some(&source.tags),
        out_dir: &out_dir,
        limits: &worker.limits,
        held: Some(&files.place),
    };
    let (sender, events) = mpsc::channel(16);
    // What ends one of the two drops, and so ends, the other.
    let encode = async { pipeline::transcode(job, sender, CancellationToken::new()).await.map_err(Stopped::from) };
    let progress = Progress::new(&worker.app, claimed, source.info.duration_ms, ladder);
    let store = store(&worker.app, claimed, progress, goes_on, events);
    let (output, ()) = tokio::try_join!(encode, store)?;
    Ok(output)
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
