//! Refuses a file that cannot become a track, with the reason; its bytes are deleted.

use polyphony_events::media::TranscodeFailed;
use polyphony_kit::outbox;

use super::discard::{discard_all, discard_attempt};
use crate::{
    app::App,
    domain::{refusal::Refusal, upload::Upload},
    store::{
        encoding,
        lease::{self, Claimed},
        upload,
    },
};

/// Ends the job and rejects the upload; does nothing when the job is not the worker's own any more.
pub async fn reject_upload(app: &App, claimed: &Claimed, upload: &Upload, refusal: &Refusal) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    if !lease::hold(&mut tx, claimed.lease).await? {
        return Ok(());
    }
    lease::fail(&mut tx, claimed.lease.job, &refusal.message, app.clock.now()).await?;
    let standing = encoding::standing(&mut tx, upload.id).await?;
    if let Some(standing) = standing.filter(|standing| standing.is_measured) {
        // It played until now and goes on; only its renditions cannot be made.
        if !standing.attempts.contains(&claimed.attempt) {
            discard_attempt(&mut tx, upload.id, claimed.attempt).await?;
        }
        tx.commit().await?;
        app.upload_changed(upload.owner, upload.id, Some(claimed.lease.job));
        return Ok(());
    }
    upload::reject(&mut tx, upload.id, refusal).await?;
    encoding::remove(&mut tx, upload.id).await?;
    discard_all(&mut tx, upload, claimed.attempt).await?;
    let event = TranscodeFailed {
        upload_id: upload.id,
        job_id: claimed.lease.job,
        owner_id: upload.owner,
        filename: upload.filename.clone(),
        rejected: true,
        reason: refusal.message.clone(),
    };
    outbox::push(&mut tx, &app.clock, &event).await?;
    tx.commit().await?;
    app.upload_changed(upload.owner, upload.id, Some(claimed.lease.job));
    Ok(())
}
