//! Ends a job well: the upload is ready, and says so in the same transaction.

use chrono::TimeDelta;
use polyphony_events::{
    TrackId, UploadId,
    ids::ImageId,
    media::{AudioQuality, Loudness, MediaReady, RenditionRef, Tags},
};
use polyphony_kit::{db, outbox};
use sqlx::PgConnection;

use super::discard::discard_all;
use crate::{
    app::App,
    domain::{chapter::Chapter, keys, signature::Validity, upload::Upload},
    pipeline::{Codec, Ladder, Output},
    store::{
        chapter, cut,
        encoding::{self, Begin},
        garbage,
        lease::{self, Claimed},
        upload,
    },
};

/// The catalog has made the track of an upload by then, if it ever does.
const CATALOG_TAKES: TimeDelta = TimeDelta::minutes(1);

/// What a worker has made of an upload.
#[derive(Debug)]
pub struct Finished {
    /// The measured files.
    pub output: Output,
    /// How it began.
    pub begin: Begin,
    /// What was asked for.
    pub ladder: Ladder,
    /// What the file says of itself.
    pub tags: Tags,
    /// How good the audio is.
    pub quality: AudioQuality,
    /// Delay and padding of the MP3.
    pub mp3_gapless: (i32, i32),
    /// Why its cue sheet was not followed.
    pub not_split_because: Option<String>,
    /// What the file names of its parts.
    pub chapters: Vec<Chapter>,
}

/// What was found of other uploads with the same audio.
struct Found {
    /// The upload that this one plays from, and a track of it that the owner may be shown.
    original: Option<(UploadId, Option<TrackId>)>,
    /// The owner's upload of an earlier state of the file, with the same audio.
    replaces: Option<UploadId>,
    /// Whether there is a cover: in the file, or in what it plays from.
    has_cover: bool,
}

/// Ends the job. Gives false when the job is not the worker's own any more; then nothing has changed.
///
/// Invariant: an upload becomes READY and its `MediaReady` is written once, by the worker that holds the lease. One that was
/// READY and is encoded anew is announced to nobody, and its new encoding takes the place of the old one as a whole.
pub async fn finish_transcode(
    app: &App,
    claimed: &Claimed,
    upload: &Upload,
    finished: &Finished,
) -> anyhow::Result<bool> {
    let mut tx = app.store.begin().await?;
    if !lease::hold(&mut tx, claimed.lease).await? {
        return Ok(false);
    }
    let hash = finished.output.audio_hash;
    // Of two uploads of one recording that end at once, the second sees the first.
    db::lock(&mut tx, &format!("audio {}", hash.to_hex())).await?;
    let kept = encoding::kept(&mut tx, upload.id).await?;
    let found = find(app, &mut tx, upload, finished, kept.is_none()).await?;
    if found.original.is_some() {
        encoding::remove(&mut tx, upload.id).await?;
        discard_all(&mut tx, upload, claimed.attempt).await?;
    } else {
        if let Some(kept) = kept {
            encoding::begin(&mut tx, &finished.begin, &finished.ladder).await?;
            // Who plays it now has its URLs.
            let now = app.clock.now();
            let waits = (Validity::of(finished.output.duration_ms as i64, now).expires_at - now).to_std()?;
            garbage::discard(&mut tx, &keys::attempt(upload.id, kept), None, waits).await?;
        }
        let made = (upload.id, claimed.attempt);
        let written = encoding::finish(&mut tx, made, &finished.output, finished.mp3_gapless).await?;
        anyhow::ensure!(written, "the encoding that the attempt began is not there");
    }
    let event = kept.is_none().then(|| media_ready(app, claimed, upload, finished, &found));
    upload::finish(&mut tx, upload.id, found.original.map(|(upload, _)| upload), event.as_ref()).await?;
    if !finished.chapters.is_empty() {
        chapter::keep(&mut tx, upload.id, &finished.chapters).await?;
    }
    if let Some(because) = &finished.not_split_because {
        cut::note_not_split(&mut tx, upload.id, because).await?;
    }
    lease::finish(&mut tx, claimed.lease.job, finished.output.duration_ms as i64, app.clock.now()).await?;
    if let Some(event) = &event {
        outbox::push(&mut tx, &app.clock, event).await?;
    }
    tx.commit().await?;
    app.upload_changed(upload.owner, upload.id, Some(claimed.lease.job));
    Ok(true)
}

/// Looks for other uploads of the same audio. One that is encoded anew has its own.
async fn find(
    app: &App,
    tx: &mut PgConnection,
    upload: &Upload,
    finished: &Finished,
    is_first: bool,
) -> anyhow::Result<Found> {
    let hash = finished.output.audio_hash.0;
    let since = app.clock.now() - CATALOG_TAKES;
    let original = if is_first { encoding::same_audio(tx, upload.id, &hash, since).await? } else { None };
    let replaces = match upload.replaces {
        Some(replaced) if encoding::has_audio(tx, replaced, upload.owner, &hash).await? => Some(replaced),
        _ => None,
    };
    let has_cover = match original {
        // The cover of a duplicate is not kept: it shows that of what it plays from.
        Some((original, _)) => encoding::has_cover(tx, original).await?,
        None => !finished.begin.covers.is_empty(),
    };
    Ok(Found { original, replaces, has_cover })
}

fn media_ready(app: &App, claimed: &Claimed, upload: &Upload, finished: &Finished, found: &Found) -> MediaReady {
    let output = &finished.output;
    let is_distinctive = output.is_distinctive();
    // What was encoded anew has its own track, perhaps edited since.
    let reads_tags = upload.catalog_from_tags && upload.track.is_none();
    let loudness = Loudness {
        integrated_lufs: output.loudness.integrated_lufs,
        true_peak_dbtp: output.loudness.true_peak_dbtp,
        track_gain_db: output.loudness.track_gain_db,
    };
    MediaReady {
        upload_id: upload.id,
        job_id: claimed.lease.job,
        owner_id: upload.owner,
        filename: upload.filename.clone(),
        track_id: upload.for_track,
        catalog_from_tags: reads_tags,
        duplicate_of: found.original.and_then(|(_, track)| track),
        retags: found.original.filter(|_| is_distinctive && reads_tags).map(|(upload, _)| upload),
        replaces: found.replaces,
        recording: is_distinctive.then(|| output.audio_hash.to_hex()),
        quality: Some(finished.quality.clone()),
        folder: upload.folder.clone(),
        tags: finished.tags.clone(),
        duration_ms: output.duration_ms as i64,
        loudness: Some(loudness),
        renditions: renditions(output),
        cover_url: found.has_cover.then(|| app.settings.image_url(ImageId(upload.id.0))),
    }
}

fn renditions(output: &Output) -> Vec<RenditionRef> {
    let hls = output.renditions.iter().map(|rendition| RenditionRef {
        codec: if rendition.rung.is_lossless() { "FLAC" } else { "AAC" }.to_owned(),
        bitrate_kbps: match rendition.rung.codec {
            Codec::Aac { kbps } => Some(kbps as i32),
            Codec::Flac { .. } => None,
        },
        lossless: rendition.rung.is_lossless(),
        size_bytes: rendition.bytes as i64,
    });
    let mp3 = RenditionRef {
        codec: "MP3".to_owned(),
        bitrate_kbps: Some(output.mp3.bitrate_kbps as i32),
        lossless: false,
        size_bytes: output.mp3.bytes as i64,
    };
    hls.chain([mp3]).collect()
}
