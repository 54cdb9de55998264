//! What a worker writes when it begins: that it is at it, and what it is going to make.

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
    for attempt in 1..claimed.attempt {
        discard_attempt(&mut tx, claimed.upload, attempt).await?;
    }
    encoding::remove(&mut tx, claimed.upload).await?;
    move_on(app, tx, claimed, UploadState::Probing).await
}

/// Says what is going to be made, so that the first segment can be played as soon as it is there. False as above.
pub async fn begin_encoding(app: &App, claimed: &Claimed, begin: &Begin, ladder: &Ladder) -> anyhow::Result<bool> {
    let mut tx = app.store.begin().await?;
    if !lease::hold(&mut tx, claimed.lease).await? {
        return Ok(false);
    }
    encoding::begin(&mut tx, begin, ladder).await?;
    move_on(app, tx, claimed, UploadState::Transcoding).await
}

async fn move_on(
    app: &App,
    mut tx: Transaction<'static, Postgres>,
    claimed: &Claimed,
    state: UploadState,
) -> anyhow::Result<bool> {
    upload::set_state(&mut tx, claimed.upload, state).await?;
    tx.commit().await?;
    app.upload_changed(claimed.upload, Some(claimed.lease.job)).await;
    Ok(true)
}
