//! Stops a job; the upload keeps its bytes, so that the job can be asked for again.

use polyphony_events::JobId;
use polyphony_kit::Viewer;

use super::{CommandResult, discard::discard_attempt, settle_cuts::settle_cuts_beside};
use crate::{
    app::App,
    domain::{
        job::{Job, JobState},
        refusal::{Refusal, RefusalCode},
        upload::UploadState,
    },
    store::{cut, encoding, job, retention, upload},
};

/// Stops a job that has not ended.
pub async fn cancel_transcode(app: &App, viewer: &Viewer, id: JobId) -> CommandResult<Job> {
    let mut tx = app.store.begin().await?;
    let found = job::lock(&mut tx, id).await?.filter(|job| job.owner == viewer.user || viewer.is_admin());
    let Some(job) = found else {
        return Err(Refusal::new(RefusalCode::NotFound, "There is no such job.").at(&["jobId"]).into());
    };
    match job.state {
        JobState::Cancelled => return Ok(job),
        JobState::Ready | JobState::Failed => {
            return Err(Refusal::new(RefusalCode::Conflict, "The job has ended already.").at(&["jobId"]).into());
        }
        JobState::Queued | JobState::Running => {}
    }
    if job.state == JobState::Running && cut::is_unattended(&mut tx, id).await? {
        let message = "The tracks of this file have jobs of their own; stop those, or give up the upload.";
        return Err(Refusal::new(RefusalCode::Conflict, message).at(&["jobId"]).into());
    }
    if retention::has_duplicates(&mut tx, job.upload).await? {
        let message = "Others play from this file; what is made of it is theirs, too.";
        return Err(Refusal::new(RefusalCode::Conflict, message).at(&["jobId"]).into());
    }
    let now = app.clock.now();
    job::cancel(&mut tx, id, now).await?;
    encoding::remove_unmeasured(&mut tx, job.upload).await?;
    let standing = encoding::standing(&mut tx, job.upload).await?;
    if standing.is_none() {
        upload::set_state(&mut tx, job.upload, UploadState::Received).await?;
    }
    if standing.is_none_or(|standing| !standing.attempts.contains(&job.attempt)) {
        discard_attempt(&mut tx, job.upload, job.attempt).await?;
    }
    tx.commit().await?;
    app.upload_changed(job.owner, job.upload, Some(id));
    settle_cuts_beside(app, job.upload).await?;
    Ok(Job { state: JobState::Cancelled, eta_ms: None, finished_at: Some(now), ..job })
}
