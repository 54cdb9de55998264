//! An upload is measured: it is known what the audio is. From then on it is ready and its file can be played, whenever its
//! renditions come; says so in the same transaction.

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
    domain::{chapter::Chapter, upload::Upload},
    pipeline::{Codec, Ladder, Measured, Rung},
    store::{
        chapter, cut,
        encoding::{self, Begin},
        lease::{self, Claimed},
        upload,
    },
};

/// The catalog has made the track of an upload by then, if it ever does.
const CATALOG_TAKES: TimeDelta = TimeDelta::minutes(1);

/// What a worker has found out about an upload.
#[derive(Debug)]
pub struct Found {
    /// What one decode said.
    pub measured: Measured,
    /// How it began.
    pub begin: Begin,
    /// What is going to be made.
    pub ladder: Ladder,
    /// What the file says of itself.
    pub tags: Tags,
    /// How good the audio is.
    pub quality: AudioQuality,
    /// Why its cue sheet was not followed.
    pub not_split_because: Option<String>,
    /// What the file names of its parts.
    pub chapters: Vec<Chapter>,
}

/// How it goes on with an upload that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Its renditions are to be made.
    Encode,
    /// Nothing more is to be done: it plays from an upload of the same audio.
    Nothing,
    /// The job is not the worker's own any more; nothing has changed.
    Lost,
}

/// What was found of other uploads with the same audio.
struct Same {
    /// The upload that this one plays from, and a track of it that the owner may be shown.
    original: Option<(UploadId, Option<TrackId>)>,
    /// The owner's upload of an earlier state of the file, with the same audio.
    replaces: Option<UploadId>,
    /// Whether there is a cover: in the file, or in what it plays from.
    has_cover: bool,
}

/// Makes an upload ready.
///
/// Invariant: an upload becomes READY and its `MediaReady` is written once, by the worker that holds the lease.
pub async fn measure_upload(app: &App, claimed: &Claimed, upload: &Upload, found: &Found) -> anyhow::Result<Next> {
    let mut tx = app.store.begin().await?;
    if !lease::hold(&mut tx, claimed.lease).await? {
        return Ok(Next::Lost);
    }
    let (hash, now) = (found.measured.audio_hash, app.clock.now());
    // Of two uploads of one recording that end at once, the second sees the first.
    db::lock(&mut tx, &format!("audio {}", hash.to_hex())).await?;
    let same = same(app, &mut tx, upload, found).await?;
    if same.original.is_some() {
        encoding::remove(&mut tx, upload.id).await?;
        discard_all(&mut tx, upload, claimed.attempt).await?;
        lease::finish(&mut tx, claimed.lease.job, found.measured.duration_ms as i64, now).await?;
    } else {
        let made = (upload.id, claimed.attempt);
        let written = encoding::measure(&mut tx, made, &found.measured, &found.quality, now).await?;
        anyhow::ensure!(written, "the encoding that the attempt began is not there");
    }
    let event = media_ready(app, claimed, upload, found, &same);
    upload::finish(&mut tx, upload.id, same.original.map(|(upload, _)| upload), Some(&event)).await?;
    if !found.chapters.is_empty() {
        chapter::keep(&mut tx, upload.id, &found.chapters).await?;
    }
    if let Some(because) = &found.not_split_because {
        cut::note_not_split(&mut tx, upload.id, because).await?;
    }
    outbox::push(&mut tx, &app.clock, &event).await?;
    tx.commit().await?;
    app.upload_changed(upload.owner, upload.id, Some(claimed.lease.job));
    Ok(if same.original.is_some() { Next::Nothing } else { Next::Encode })
}

/// Looks for other uploads of the same audio.
async fn same(app: &App, tx: &mut PgConnection, upload: &Upload, found: &Found) -> anyhow::Result<Same> {
    let hash = found.measured.audio_hash.0;
    let since = app.clock.now() - CATALOG_TAKES;
    let original = encoding::same_audio(tx, upload.id, &hash, since).await?;
    let replaces = match upload.replaces {
        Some(replaced) if encoding::has_audio(tx, replaced, upload.owner, &hash).await? => Some(replaced),
        _ => None,
    };
    let has_cover = match original {
        // The cover of a duplicate is not kept: it shows that of what it plays from.
        Some((original, _)) => encoding::has_cover(tx, original).await?,
        None => !found.begin.covers.is_empty(),
    };
    Ok(Same { original, replaces, has_cover })
}

fn media_ready(app: &App, claimed: &Claimed, upload: &Upload, found: &Found, same: &Same) -> MediaReady {
    let measured = &found.measured;
    let is_distinctive = measured.is_distinctive();
    // What was encoded anew has its own track, perhaps edited since.
    let reads_tags = upload.catalog_from_tags && upload.track.is_none();
    let loudness = Loudness {
        integrated_lufs: measured.loudness.integrated_lufs,
        true_peak_dbtp: measured.loudness.true_peak_dbtp,
        track_gain_db: measured.loudness.track_gain_db,
    };
    MediaReady {
        upload_id: upload.id,
        job_id: claimed.lease.job,
        owner_id: upload.owner,
        filename: upload.filename.clone(),
        track_id: upload.for_track,
        catalog_from_tags: reads_tags,
        duplicate_of: same.original.and_then(|(_, track)| track),
        retags: same.original.filter(|_| is_distinctive && reads_tags).map(|(upload, _)| upload),
        replaces: same.replaces,
        recording: is_distinctive.then(|| measured.audio_hash.to_hex()),
        quality: Some(found.quality.clone()),
        folder: upload.folder.clone(),
        tags: found.tags.clone(),
        duration_ms: measured.duration_ms as i64,
        loudness: Some(loudness),
        renditions: found.ladder.rungs.iter().map(rendition).collect(),
        cover_url: same.has_cover.then(|| app.settings.image_url(ImageId(upload.id.0))),
    }
}

/// What is going to be made: how large it becomes is not known yet.
fn rendition(rung: &Rung) -> RenditionRef {
    let (codec, bitrate_kbps) = match rung.codec {
        Codec::Aac { kbps } => ("AAC", Some(kbps as i32)),
        Codec::Flac { .. } => ("FLAC", None),
    };
    RenditionRef { codec: codec.to_owned(), bitrate_kbps, lossless: rung.is_lossless(), size_bytes: 0 }
}
