//! Asks for a job again that failed or was cancelled.

use polyphony_events::{JobId, media::TranscodeRequested};
use polyphony_kit::{Viewer, outbox};

use super::{CommandResult, settle_cuts::settle_cuts_beside};
use crate::{
    app::App,
    domain::{
        job::{Job, JobState},
        refusal::{Refusal, RefusalCode},
        upload::UploadState,
    },
    store::{job, upload},
};

/// Queues a job once more that failed by our fault or was cancelled.
pub async fn retry_transcode(app: &App, viewer: &Viewer, id: JobId) -> CommandResult<Job> {
    let mut tx = app.store.begin().await?;
    let found = job::lock(&mut tx, id).await?.filter(|job| job.owner == viewer.user || viewer.is_admin());
    let Some(job) = found else {
        return Err(Refusal::new(RefusalCode::NotFound, "There is no such job.").at(&["jobId"]).into());
    };
    let upload = upload::lock(&mut tx, job.upload).await?;
    match (job.state, upload.map(|upload| upload.state)) {
        // It waits or runs already: what was asked for is so.
        (JobState::Queued | JobState::Running, _) => return Ok(job),
        (JobState::Ready, _) => {
            return Err(Refusal::new(RefusalCode::Conflict, "The job is done already.").at(&["jobId"]).into());
        }
        // A READY one still plays what it did; encoding it anew has failed.
        (_, Some(UploadState::Received | UploadState::Ready)) => {}
        _ => {
            let message = "The file was rejected or its upload given up; upload it again.";
            return Err(Refusal::new(RefusalCode::Conflict, message).at(&["jobId"]).into());
        }
    }
    let now = app.clock.now();
    job::requeue(&mut tx, id, now).await?;
    outbox::push(&mut tx, &app.clock, &TranscodeRequested { upload_id: job.upload, job_id: id }).await?;
    tx.commit().await?;
    app.upload_changed(job.owner, job.upload, Some(id));
    settle_cuts_beside(app, job.upload).await?;
    Ok(Job {
        state: JobState::Queued,
        percent: 0.0,
        playable_until_ms: 0,
        eta_ms: None,
        failed_because: None,
        queued_at: now,
        finished_at: None,
        ..job
    })
}
