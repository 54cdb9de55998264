//! What has become of a file that was divided, by what has become of its cuts. Its bytes live as long as one of them does.

use polyphony_events::{UploadId, media::TranscodeFailed};
use polyphony_kit::outbox;
use sqlx::PgConnection;

use super::discard::{discard_source, discard_whole};
use crate::{
    app::App,
    domain::{
        cut::Whole,
        job::{Job, JobState},
        refusal::Refusal,
        upload::{Upload, UploadState},
    },
    store::{cut, job, lease, retention, upload},
};

/// Does so for the upload that this one is cut from, if it is a cut.
pub async fn settle_cuts_beside(app: &App, id: UploadId) -> anyhow::Result<()> {
    match app.store.cut_of(id).await? {
        Some(whole) => settle_cuts(app, whole).await,
        None => Ok(()),
    }
}

/// Writes down how an upload that was divided stands now: given up, when nothing is left of its cuts. In a transaction of its own, after that of the cut: of two that end at once the second
/// sees both. What could not be written is found by the housekeeping.
pub async fn settle_cuts(app: &App, whole: UploadId) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    let Some(job) = job::lock_of(&mut tx, whole).await? else { return Ok(()) };
    let Some(upload) = upload::lock(&mut tx, whole).await? else { return Ok(()) };
    let is_over = matches!(upload.state, UploadState::Rejected | UploadState::Expired);
    if is_over || !cut::is_unattended(&mut tx, job.id).await? {
        return Ok(());
    }
    let (cuts, length_ms) = cut::standings(&mut tx, whole).await?;
    let now = app.clock.now();
    let standing = match Whole::of(&cuts) {
        // Some of its tracks were made, and are gone by now.
        Whole::Rejected(_) if upload.state == UploadState::Ready => Whole::Expired,
        standing => standing,
    };
    match standing {
        Whole::Underway => {
            cut::wait_for(&mut tx, job.id).await?;
            upload::set_state(&mut tx, whole, UploadState::Transcoding).await?;
        }
        // It was so before: another cut has ended since, or was let go.
        Whole::Ready if upload.state == UploadState::Ready && job.state == JobState::Ready => return Ok(()),
        Whole::Ready => {
            lease::finish(&mut tx, job.id, length_ms, now).await?;
            upload::set_state(&mut tx, whole, UploadState::Ready).await?;
            if !cut::needs_bytes(&mut tx, whole).await? {
                // As with any file whose audio was there: all of it plays from elsewhere.
                discard_source(&mut tx, whole, None).await?;
            }
        }
        Whole::Failed(reason) => {
            lease::fail(&mut tx, job.id, &reason, now).await?;
            upload::set_state(&mut tx, whole, UploadState::Received).await?;
        }
        Whole::Rejected(refusal) => reject(app, &mut tx, &upload, &job, &refusal).await?,
        Whole::Expired => {
            if !job.state.is_final() {
                job::cancel(&mut tx, job.id, now).await?;
            }
            upload::set_state(&mut tx, whole, UploadState::Expired).await?;
            discard_whole(&mut tx, whole, None).await?;
            retention::forget_nobodys(&mut tx, &[whole]).await?;
        }
    }
    tx.commit().await?;
    app.upload_changed(upload.owner, whole, Some(job.id));
    Ok(())
}

async fn reject(app: &App, tx: &mut PgConnection, upload: &Upload, job: &Job, refusal: &Refusal) -> anyhow::Result<()> {
    lease::fail(tx, job.id, &refusal.message, app.clock.now()).await?;
    upload::reject(tx, upload.id, refusal).await?;
    discard_whole(tx, upload.id, None).await?;
    let event = TranscodeFailed {
        upload_id: upload.id,
        job_id: job.id,
        owner_id: upload.owner,
        filename: upload.filename.clone(),
        rejected: true,
        reason: refusal.message.clone(),
    };
    outbox::push(tx, &app.clock, &event).await?;
    Ok(())
}
