//! Announces a picture and begins its upload in the object store.

use polyphony_events::ids::ImageId;
use polyphony_kit::{
    Viewer, db,
    idempotency::{Claim, Key},
};
use sqlx::PgConnection;

use super::{CommandError, CommandResult};
use crate::{
    app::App,
    domain::{
        image::ImageUpload,
        keys,
        refusal::{Refusal, RefusalCode},
    },
    store::image,
};

/// Announces a picture of so many bytes. With an idempotency key the same call answers the first one again.
pub async fn create_image_upload(
    app: &App,
    viewer: &Viewer,
    size_bytes: i64,
    key: Option<Key>,
) -> CommandResult<ImageUpload> {
    // Looked at before the object store is asked for anything, and again when it has answered: no transaction waits for it.
    let mut tx = app.store.begin().await?;
    let first = admit(app, &mut tx, viewer, key.as_ref()).await?;
    tx.rollback().await?;
    if let Some(first) = first {
        return find(app, first).await;
    }
    let id = ImageId::new();
    let source = keys::image_source(id);
    let multipart = app.blobs.begin_multipart(&source, None).await?;
    let written = write(app, viewer, (id, size_bytes), &multipart, key.as_ref()).await;
    let is_needless = match &written {
        Ok(written) => *written != id,
        // What failed otherwise may have been written all the same.
        Err(error) => matches!(error, CommandError::Refused(_)),
    };
    if is_needless && let Err(error) = app.blobs.abort_multipart(&source, &multipart).await {
        tracing::warn!(image.id = %id, error = format!("{error:#}"), "an unused multipart upload waits for a sweep");
    }
    find(app, written?).await
}

/// Refuses what is too much or was asked otherwise before; gives the picture that the same call made before, if it did.
async fn admit(app: &App, tx: &mut PgConnection, viewer: &Viewer, key: Option<&Key>) -> CommandResult<Option<ImageId>> {
    if let Some(key) = key {
        match key.claim::<ImageId>(tx, &app.clock).await? {
            Claim::Fresh => {}
            Claim::Replay(id) => return Ok(Some(id)),
            Claim::Reused => {
                let message = "This idempotency key came with other input before.";
                return Err(Refusal::new(RefusalCode::IdempotencyKeyReused, message).at(&["idempotencyKey"]).into());
            }
        }
    }
    // In line, so that pictures announced at once cannot pass the quota together.
    db::lock(tx, &format!("images of {}", viewer.user)).await?;
    let (all, open) = image::usage(tx, viewer.user).await?;
    ImageUpload::check_quota(all, open)?;
    Ok(None)
}

/// Writes the picture; gives its id, or that of the one that the same call has made meanwhile.
async fn write(
    app: &App,
    viewer: &Viewer,
    (id, size_bytes): (ImageId, i64),
    multipart: &str,
    key: Option<&Key>,
) -> CommandResult<ImageId> {
    let mut tx = app.store.begin().await?;
    if let Some(first) = admit(app, &mut tx, viewer, key).await? {
        return Ok(first);
    }
    image::insert(&mut tx, id, viewer.user, size_bytes, multipart, app.clock.now()).await?;
    if let Some(key) = key {
        key.record(&mut tx, &app.clock, &id).await?;
    }
    tx.commit().await?;
    Ok(id)
}

async fn find(app: &App, id: ImageId) -> CommandResult<ImageUpload> {
    let found = app.store.image_upload(id).await?;
    let gone = || Refusal::new(RefusalCode::NotFound, "The picture was deleted since.").at(&["idempotencyKey"]);
    Ok(found.ok_or_else(gone)?)
}
