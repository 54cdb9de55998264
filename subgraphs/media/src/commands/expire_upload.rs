//! Gives up uploads whose bytes never came.

use polyphony_events::UploadId;

use super::discard::discard_all;
use crate::{
    app::App,
    domain::{
        refusal::{Refusal, RefusalCode},
        upload::UploadState,
    },
    store::upload,
};

/// Gives up an upload that still awaits bytes and is overdue.
pub async fn expire_upload(app: &App, id: UploadId) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    let now = app.clock.now();
    let found = upload::lock(&mut tx, id).await?;
    let overdue = found.filter(|upload| upload.state == UploadState::AwaitingBytes && upload.expires_at <= now);
    let Some(upload) = overdue else { return Ok(()) };
    let reason = Refusal::new(RefusalCode::UploadIncomplete, "The bytes did not arrive in time.");
    upload::expire(&mut tx, id, &reason).await?;
    discard_all(&mut tx, &upload, 0).await?;
    tx.commit().await?;
    app.upload_changed(upload.owner, id, None);
    Ok(())
}
