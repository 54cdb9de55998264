//! Gives up uploads whose bytes never came.

use std::time::Duration;

use polyphony_events::UploadId;
use sqlx::PgConnection;

use crate::{
    app::App,
    domain::{
        keys,
        upload::{Upload, UploadState},
    },
    store::{garbage, upload},
};

/// What a worker that does not know yet that it lost its job may still write is deleted by then.
const WORKERS_LAST_WORD: Duration = Duration::from_secs(60);

/// Gives up an upload that still awaits bytes and is overdue.
pub async fn expire_upload(app: &App, id: UploadId) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    let now = app.clock.now();
    let found = upload::lock(&mut tx, id).await?;
    let overdue = found.filter(|upload| upload.state == UploadState::AwaitingBytes && upload.expires_at <= now);
    let Some(upload) = overdue else { return Ok(()) };
    upload::set_state(&mut tx, id, UploadState::Expired).await?;
    discard_all(&mut tx, &upload, 0, Duration::ZERO).await?;
    tx.commit().await?;
    app.upload_changed(id, None).await;
    Ok(())
}

/// Has everything deleted that the object store holds of an upload.
pub(super) async fn discard_all(
    tx: &mut PgConnection,
    upload: &Upload,
    attempts: i32,
    after: Duration,
) -> Result<(), sqlx::Error> {
    garbage::discard(tx, &keys::source(upload.id), upload.multipart_id.as_deref(), after).await?;
    for attempt in 1..=attempts {
        discard_attempt(tx, upload.id, attempt).await?;
    }
    Ok(())
}

/// Has what an attempt made deleted, now and once more when a worker that was cut off has stopped writing.
pub(super) async fn discard_attempt(tx: &mut PgConnection, id: UploadId, attempt: i32) -> Result<(), sqlx::Error> {
    let prefix = keys::attempt(id, attempt);
    garbage::discard(tx, &prefix, None, Duration::ZERO).await?;
    garbage::discard(tx, &prefix, None, WORKERS_LAST_WORD).await
}
