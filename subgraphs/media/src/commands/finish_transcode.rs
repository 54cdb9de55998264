//! Ends a job well: the renditions of an upload are there.

use polyphony_kit::db;
use sqlx::PgConnection;

use super::measure_upload::Found;
use crate::{
    app::App,
    domain::{keys, signature::Validity, upload::Upload},
    pipeline::Output,
    store::{
        chapter, encoding, garbage,
        lease::{self, Claimed},
    },
};

/// What a worker has made of an upload.
#[derive(Debug)]
pub struct Finished {
    /// The files.
    pub output: Output,
    /// Delay and padding of the MP3.
    pub mp3_gapless: (i32, i32),
    /// How long it plays.
    pub duration_ms: i64,
    /// What was found anew of an upload whose renditions were there before: it takes the place of what was known.
    pub found: Option<Box<Found>>,
}

/// Ends the job. Gives false when the job is not the worker's own any more; then nothing has changed.
///
/// Invariant: an upload that is encoded anew is announced to nobody, and its new encoding takes the place of the old one as a
/// whole.
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
    let made = (upload.id, claimed.attempt);
    if let Some(found) = &finished.found {
        db::lock(&mut tx, &format!("audio {}", found.measured.audio_hash.to_hex())).await?;
        encoding::begin(&mut tx, &found.begin, &found.ladder).await?;
        encoding::measure(&mut tx, made, &found.measured, &found.quality, app.clock.now()).await?;
        chapter::keep(&mut tx, upload.id, &found.chapters).await?;
    }
    let written = encoding::finish(&mut tx, made, &finished.output, finished.mp3_gapless).await?;
    anyhow::ensure!(written, "the encoding of the upload is not there");
    leave_others(app, &mut tx, claimed, finished).await?;
    lease::finish(&mut tx, claimed.lease.job, finished.duration_ms, app.clock.now()).await?;
    tx.commit().await?;
    app.upload_changed(upload.owner, upload.id, Some(claimed.lease.job));
    Ok(true)
}

/// Has what other attempts made deleted when nobody has URLs of it any more. The cover stays with the attempt that made it.
async fn leave_others(app: &App, tx: &mut PgConnection, claimed: &Claimed, finished: &Finished) -> anyhow::Result<()> {
    let now = app.clock.now();
    let waits = (Validity::of(finished.duration_ms, now).expires_at - now).to_std()?;
    let Some(standing) = encoding::standing(tx, claimed.upload).await? else { return Ok(()) };
    let mut prefixes = Vec::new();
    for attempt in 1..claimed.attempt {
        if attempt != standing.attempt {
            prefixes.push(keys::attempt(claimed.upload, attempt));
            continue;
        }
        let names = finished.output.renditions.iter().map(|rendition| &rendition.rung.name);
        prefixes.extend(names.map(|name| keys::rendition(claimed.upload, attempt, name)));
        prefixes.push(keys::mp3(claimed.upload, attempt));
    }
    for prefix in prefixes {
        garbage::discard(tx, &prefix, None, waits).await?;
    }
    Ok(())
}
