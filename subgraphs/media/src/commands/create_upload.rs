//! Announces a file and begins its multipart upload in the object store.

use polyphony_events::UploadId;
use polyphony_kit::{
    Role, Viewer, db,
    idempotency::{Claim, Key},
};
use sqlx::PgConnection;

use super::{CommandError, CommandResult};
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
    let asked = Asked { viewer, new: &new, key: key.as_ref() };
    // Looked at before the object store is asked for anything, and again when it has answered: no transaction waits for it.
    let mut tx = app.store.begin().await?;
    let first = asked.admit(app, &mut tx).await?;
    tx.rollback().await?;
    if let Some(first) = first {
        return find(app, first).await;
    }
    let id = UploadId::new();
    let source = keys::source(id);
    let multipart = app.blobs.begin_multipart(&source, None).await?;
    let written = asked.write(app, id, &multipart).await;
    let is_needless = match &written {
        Ok(written) => *written != id,
        // What failed otherwise may have been written all the same.
        Err(error) => matches!(error, CommandError::Refused(_)),
    };
    if is_needless && let Err(error) = app.blobs.abort_multipart(&source, &multipart).await {
        tracing::warn!(upload.id = %id, error = format!("{error:#}"), "an unused multipart upload waits for a sweep");
    }
    let upload = find(app, written?).await?;
    app.upload_changed(viewer.user, upload.id, None);
    Ok(upload)
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

/// What was asked for, and by whom.
struct Asked<'a> {
    viewer: &'a Viewer,
    new: &'a NewUpload,
    key: Option<&'a Key>,
}

impl Asked<'_> {
    /// Refuses what is too much or was asked otherwise before; gives the upload that the same call made before, if it did.
    async fn admit(&self, app: &App, tx: &mut PgConnection) -> CommandResult<Option<UploadId>> {
        if let Some(key) = self.key {
            match key.claim::<UploadId>(tx, &app.clock).await? {
                Claim::Fresh => {}
                Claim::Replay(id) => return Ok(Some(id)),
                Claim::Reused => return Err(reused().into()),
            }
        }
        // In line, so that uploads announced at once cannot pass the quota together.
        db::lock(tx, &format!("uploads of {}", self.viewer.user)).await?;
        let (used, open) = upload::usage(tx, self.viewer.user).await?;
        app.settings.quota.check(used, open, self.new.size_bytes)?;
        Ok(None)
    }

    /// Writes the upload; gives its id, or that of the one that the same call has made meanwhile.
    async fn write(&self, app: &App, id: UploadId, multipart: &str) -> CommandResult<UploadId> {
        let mut tx = app.store.begin().await?;
        if let Some(first) = self.admit(app, &mut tx).await? {
            return Ok(first);
        }
        let now = app.clock.now();
        upload::insert(&mut tx, id, self.viewer.user, self.new, multipart, (now, now + LIFETIME)).await?;
        if let Some(key) = self.key {
            key.record(&mut tx, &app.clock, &id).await?;
        }
        tx.commit().await?;
        Ok(id)
    }
}

async fn find(app: &App, id: UploadId) -> CommandResult<Upload> {
    let upload = app.store.upload(id).await?;
    upload.ok_or_else(|| anyhow::anyhow!("the upload {id} is gone").into())
}

fn reused() -> Refusal {
    let message = "This idempotency key came with other input before.";
    Refusal::new(RefusalCode::IdempotencyKeyReused, message).at(&["idempotencyKey"])
}
