//! Forgets an upload of a picture whose bytes did not come in time, or that was rejected as long ago.

use polyphony_events::ids::ImageId;

use super::discard::discard_image;
use crate::{app::App, domain::image::ImageState, store::image};

/// Forgets an upload of a picture that is overdue.
pub async fn expire_image(app: &App, id: ImageId) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    let now = app.clock.now();
    let found = image::lock(&mut tx, id).await?;
    let overdue = found.filter(|upload| upload.state != ImageState::Ready && upload.expires_at <= now);
    let Some(upload) = overdue else { return Ok(()) };
    image::remove(&mut tx, id).await?;
    discard_image(&mut tx, id, upload.multipart_id.as_deref()).await?;
    tx.commit().await?;
    Ok(())
}
