//! Announces a file and begins its multipart upload in the object store.

use polyphony_events::{UploadId, UserId};
use polyphony_kit::{
    Role, Viewer, db,
    idempotency::{Claim, Key},
};
use sqlx::PgConnection;

use super::CommandResult;
use crate::{
    app::App,
    domain::{
        keys,
        refusal::{Refusal, RefusalCode},
        upload::{LIFETIME, NewUpload, Upload},
    },
    store::upload,
};

/// Announces a file. With an idempotency key the same call answers the first upload again.
pub async fn create_upload(app: &App, viewer: &Viewer, new: NewUpload, key: Option<Key>) -> CommandResult<Upload> {
    viewer.require(Role::Creator)?;
    check_track(app, viewer, &new).await?;
    let mut tx = app.store.begin().await?;
    if let Some(key) = &key {
        match key.claim::<UploadId>(&mut tx, &app.clock).await? {
            Claim::Fresh => {}
            Claim::Replay(id) => return find(app, id).await,
            Claim::Reused => return Err(reused().into()),
        }
    }
    // In line, so that uploads announced at once cannot pass the quota together.
    db::lock(&mut tx, &format!("uploads of {}", viewer.user)).await?;
    let (used, open) = upload::usage(&mut tx, viewer.user).await?;
    app.settings.quota.check(used, open, new.size_bytes)?;
    let id = UploadId::new();
    let source = keys::source(id);
    let multipart = app.blobs.begin_multipart(&source).await?;
    let written = write(app, &mut tx, (id, viewer.user), &new, &multipart, key.as_ref()).await;
    let committed = match written {
        Ok(()) => tx.commit().await.map_err(Into::into),
        Err(error) => Err(error),
    };
    if committed.is_err()
        && let Err(error) = app.blobs.abort_multipart(&source, &multipart).await
    {
        tracing::warn!(upload.id = %id, error = format!("{error:#}"), "an unused multipart upload stays behind");
    }
    committed?;
    find(app, id).await
}

/// A file for a track is for one that the viewer manages, as far as we have heard of the track.
async fn check_track(app: &App, viewer: &Viewer, new: &NewUpload) -> CommandResult<()> {
    let Some(track) = new.track else { return Ok(()) };
    match app.store.track_owner(track).await? {
        Some(owner) if owner != viewer.user && !viewer.is_admin() => {
            Err(Refusal::new(RefusalCode::NotAllowed, "The track is not yours.").at(&["input", "trackId"]).into())
        }
        _ => Ok(()),
    }
}

async fn write(
    app: &App,
    tx: &mut PgConnection,
    (id, owner): (UploadId, UserId),
    new: &NewUpload,
    multipart: &str,
    key: Option<&Key>,
) -> anyhow::Result<()> {
    let now = app.clock.now();
    upload::insert(tx, id, owner, new, multipart, (now, now + LIFETIME)).await?;
    if let Some(key) = key {
        key.record(tx, &app.clock, &id).await?;
    }
    Ok(())
}

async fn find(app: &App, id: UploadId) -> CommandResult<Upload> {
    let upload = app.store.upload(id).await?;
    upload.ok_or_else(|| anyhow::anyhow!("the upload {id} is gone").into())
}

fn reused() -> Refusal {
    let message = "This idempotency key came with other input before.";
    Refusal::new(RefusalCode::IdempotencyKeyReused, message).at(&["idempotencyKey"])
}
