//! Asks for a job again that failed or was cancelled, or for all that failed.

use polyphony_events::{JobId, media::TranscodeRequested};
use polyphony_kit::{Viewer, outbox};

use super::{CommandError, CommandResult, settle_cuts::settle_cuts_beside};
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

/// The most jobs that are asked for again at once.
const MAX_FIRST: i32 = 100;

/// The jobs that wait again, and how many failed ones are left.
#[derive(Debug)]
pub struct Retried {
    /// Those that wait again.
    pub jobs: Vec<Job>,
    /// How many failed ones are left.
    pub remaining: i64,
}

/// Queues failed jobs once more, the first that failed first: the viewer's own, or an admin everybody's.
pub async fn retry_transcodes(app: &App, viewer: &Viewer, first: i32, everybody: bool) -> CommandResult<Retried> {
    if everybody && !viewer.is_admin() {
        let message = "Only an admin may ask for the jobs of others.";
        return Err(Refusal::new(RefusalCode::NotAllowed, message).at(&["everybody"]).into());
    }
    if !(1..=MAX_FIRST).contains(&first) {
        let message = format!("Give a number from 1 to {MAX_FIRST}.");
        return Err(Refusal::new(RefusalCode::InvalidInput, message).at(&["first"]).into());
    }
    let owner = (!everybody).then_some(viewer.user);
    let mut jobs = Vec::new();
    for id in app.store.failed_jobs(owner, first.into()).await? {
        match retry_transcode(app, viewer, id).await {
            Ok(job) => jobs.push(job),
            // Somebody gave its upload up meanwhile.
            Err(CommandError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Retried { jobs, remaining: app.store.count_failed_jobs(owner).await? })
}
