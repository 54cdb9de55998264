//! Lets go of an upload that a track played from and none does any more: the track was deleted, or plays another one.

use chrono::TimeDelta;
use polyphony_events::UploadId;

use super::discard::discard_whole;
use crate::{app::App, store::retention};

/// How long an upload is kept after its last track left it, so that it can be given to another one.
pub const KEPT_UNUSED: TimeDelta = TimeDelta::hours(1);

/// Lets go of an upload that has been unused for long enough.
pub async fn retire_upload(app: &App, id: UploadId) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    let Some(owner) = retention::retire(&mut tx, id, app.clock.now() - KEPT_UNUSED).await? else { return Ok(()) };
    discard_whole(&mut tx, id, None).await?;
    tx.commit().await?;
    app.upload_changed(owner, id, None).await;
    Ok(())
}
