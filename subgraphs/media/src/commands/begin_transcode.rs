//! What a worker writes when it begins: that it is at it, and what it is going to make. An upload that is measured stays READY
//! whatever becomes of it; one that is encoded anew plays what it did until the new encoding is complete.

use std::time::Duration;

use sqlx::{Postgres, Transaction};

use super::discard::discard_attempt;
use crate::{
    app::App,
    domain::upload::UploadState,
    pipeline::Ladder,
    store::{
        encoding::{self, Begin, Standing},
        lease::{self, Claimed},
        upload,
    },
};

/// Says that somebody is at it. What earlier attempts left and nobody plays is deleted. False when the job is not the worker's
/// own any more; then nothing has changed. With it comes how far earlier attempts were.
pub async fn begin_attempt(app: &App, claimed: &Claimed) -> anyhow::Result<Option<Option<Standing>>> {
    let mut tx = app.store.begin().await?;
    if !lease::hold(&mut tx, claimed.lease).await? {
        return Ok(None);
    }
    encoding::remove_unmeasured(&mut tx, claimed.upload).await?;
    let standing = encoding::standing(&mut tx, claimed.upload).await?;
    let played = standing.as_ref().map_or(&[][..], |standing| &standing.attempts);
    for attempt in (1..claimed.attempt).filter(|attempt| !played.contains(attempt)) {
        discard_attempt(&mut tx, claimed.upload, attempt).await?;
    }
    if standing.is_none() {
        upload::set_state(&mut tx, claimed.upload, UploadState::Probing).await?;
    }
    tell(app, tx, claimed).await?;
    Ok(Some(standing))
}

/// Says how long the audio is and what is going to be made of it. What plays already goes on as it is. False as above.
pub async fn begin_measuring(
    app: &App,
    claimed: &Claimed,
    begin: &Begin,
    ladder: &Ladder,
    plays: bool,
) -> anyhow::Result<bool> {
    let mut tx = app.store.begin().await?;
    if !lease::hold(&mut tx, claimed.lease).await? {
        return Ok(false);
    }
    lease::note_audio(&mut tx, claimed.lease.job, Duration::from_millis(begin.duration_ms as u64)).await?;
    if !plays {
        encoding::begin(&mut tx, begin, ladder).await?;
        upload::set_state(&mut tx, claimed.upload, UploadState::Transcoding).await?;
    }
    tell(app, tx, claimed).await?;
    Ok(true)
}

/// Says which renditions are going to be made of what was measured before. False as above.
pub async fn begin_renditions(app: &App, claimed: &Claimed, ladder: &Ladder) -> anyhow::Result<bool> {
    let mut tx = app.store.begin().await?;
    if !lease::hold(&mut tx, claimed.lease).await? {
        return Ok(false);
    }
    encoding::begin_renditions(&mut tx, (claimed.upload, claimed.attempt), ladder).await?;
    tell(app, tx, claimed).await?;
    Ok(true)
}

async fn tell(app: &App, tx: Transaction<'static, Postgres>, claimed: &Claimed) -> anyhow::Result<()> {
    tx.commit().await?;
    app.upload_changed(claimed.owner, claimed.upload, Some(claimed.lease.job));
    Ok(())
}
