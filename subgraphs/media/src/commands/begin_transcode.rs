//! What a worker writes when it begins: that it is at it, and what it is going to make. An upload that is encoded anew stays
//! READY and plays what it did until the new encoding is complete.

use std::time::Duration;

use sqlx::{Postgres, Transaction};

use super::discard::discard_attempt;
use crate::{
    app::App,
    domain::upload::UploadState,
    pipeline::Ladder,
    store::{
        encoding::{self, Begin},
        lease::{self, Claimed},
        upload,
    },
};

/// Says that the file is being looked at. What earlier attempts left is deleted. False when the job is not the worker's own
/// any more; then nothing has changed.
pub async fn begin_probing(app: &App, claimed: &Claimed) -> anyhow::Result<bool> {
    let mut tx = app.store.begin().await?;
    if !lease::hold(&mut tx, claimed.lease).await? {
        return Ok(false);
    }
    let kept = encoding::kept(&mut tx, claimed.upload).await?;
    for attempt in (1..claimed.attempt).filter(|attempt| Some(*attempt) != kept) {
        discard_attempt(&mut tx, claimed.upload, attempt).await?;
    }
    encoding::remove_unfinished(&mut tx, claimed.upload).await?;
    if kept.is_none() {
        upload::set_state(&mut tx, claimed.upload, UploadState::Probing).await?;
    }
    tell(app, tx, claimed).await
}

/// Says how long the audio is and what is going to be made, so that the first segment can be played as soon as it is there.
/// False as above.
pub async fn begin_encoding(app: &App, claimed: &Claimed, begin: &Begin, ladder: &Ladder) -> anyhow::Result<bool> {
    let mut tx = app.store.begin().await?;
    if !lease::hold(&mut tx, claimed.lease).await? {
        return Ok(false);
    }
    lease::note_audio(&mut tx, claimed.lease.job, Duration::from_millis(begin.duration_ms as u64)).await?;
    if encoding::kept(&mut tx, claimed.upload).await?.is_none() {
        encoding::begin(&mut tx, begin, ladder).await?;
        upload::set_state(&mut tx, claimed.upload, UploadState::Transcoding).await?;
    }
    tell(app, tx, claimed).await
}

async fn tell(app: &App, tx: Transaction<'static, Postgres>, claimed: &Claimed) -> anyhow::Result<bool> {
    tx.commit().await?;
    app.upload_changed(claimed.owner, claimed.upload, Some(claimed.lease.job));
    Ok(true)
}
