//! Divides an upload into the tracks that its cue sheet names: each becomes an upload with a job of its own.

use polyphony_events::media::TranscodeRequested;
use polyphony_kit::outbox;

use super::settle_cuts::settle_cuts;
use crate::{
    app::App,
    domain::{
        cut::NewCut,
        upload::{Upload, UploadState},
    },
    store::{
        cut, job,
        lease::{self, Claimed},
        upload,
    },
};

/// Divides the upload, or, when it is divided already, has those of its cuts made again that failed. False when the job is not the
/// worker's own any more; then nothing has changed.
pub async fn divide_upload(app: &App, claimed: &Claimed, whole: &Upload, cuts: &[NewCut]) -> anyhow::Result<bool> {
    let mut tx = app.store.begin().await?;
    if !lease::hold(&mut tx, claimed.lease).await? {
        return Ok(false);
    }
    let now = app.clock.now();
    let is_new = cut::standings(&mut tx, whole.id).await?.0.is_empty();
    let queued = if is_new {
        cut::insert(&mut tx, whole, cuts, &claimed.origin, now).await?
    } else {
        let failed = cut::failed(&mut tx, whole.id).await?;
        for (_, job) in &failed {
            job::requeue(&mut tx, *job, now).await?;
        }
        failed
    };
    cut::wait_for(&mut tx, claimed.lease.job).await?;
    upload::set_state(&mut tx, whole.id, UploadState::Transcoding).await?;
    for (upload_id, job_id) in &queued {
        outbox::push(&mut tx, &app.clock, &TranscodeRequested { upload_id: *upload_id, job_id: *job_id }).await?;
    }
    tx.commit().await?;
    for (id, job) in queued {
        app.upload_changed(whole.owner, id, Some(job));
    }
    app.upload_changed(whole.owner, whole.id, Some(claimed.lease.job));
    settle_cuts(app, whole.id).await?;
    Ok(true)
}
