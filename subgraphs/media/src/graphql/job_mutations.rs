//! Mutations of transcoding jobs.

use async_graphql::{Context, ID, Object, SimpleObject};
use polyphony_events::JobId;
use polyphony_kit::{Result, viewer::require_viewer};

use super::{
    app,
    errors::{UserError, nothing, outcome},
    job::TranscodeJob,
};
use crate::{
    commands::{
        cancel_transcode::cancel_transcode,
        retry_transcode::{Retried, retry_transcode, retry_transcodes},
    },
    domain::job::Job,
};

/// The answer of a mutation of a job.
#[derive(SimpleObject)]
struct TranscodePayload {
    /// The job as it stands now.
    job: Option<TranscodeJob>,
    /// Why it was not done.
    user_errors: Vec<UserError>,
}

impl From<Result<Job, UserError>> for TranscodePayload {
    fn from(done: Result<Job, UserError>) -> Self {
        match done {
            Ok(job) => Self { job: Some(TranscodeJob(job)), user_errors: Vec::new() },
            Err(error) => Self { job: None, user_errors: vec![error] },
        }
    }
}

/// The answer of `retryTranscodes`.
#[derive(SimpleObject)]
struct RetryTranscodesPayload {
    /// The jobs that wait again.
    jobs: Vec<TranscodeJob>,
    /// How many failed ones are left: ask again while there are any.
    remaining: i32,
    /// Why it was not done.
    user_errors: Vec<UserError>,
}

impl From<Result<Retried, UserError>> for RetryTranscodesPayload {
    fn from(done: Result<Retried, UserError>) -> Self {
        match done {
            Ok(Retried { jobs, remaining }) => Self {
                jobs: jobs.into_iter().map(TranscodeJob).collect(),
                remaining: i32::try_from(remaining).unwrap_or(i32::MAX),
                user_errors: Vec::new(),
            },
            Err(error) => Self { jobs: Vec::new(), remaining: 0, user_errors: vec![error] },
        }
    }
}

#[derive(Default)]
pub(super) struct JobMutation;

#[Object]
impl JobMutation {
    /// Asks again for a job that failed or was cancelled.
    async fn retry_transcode(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job's id.")] job_id: ID,
    ) -> Result<TranscodePayload> {
        let viewer = require_viewer(ctx)?;
        Ok(match JobId::parse(&job_id) {
            Some(id) => outcome(retry_transcode(app(ctx), viewer, id).await)?.into(),
            None => Err(nothing("job", "jobId")).into(),
        })
    }

    /// Asks again for jobs that failed by no fault of their files, the first that failed first. Files that were rejected are none
    /// of them: they have to be uploaded anew. `NOT_ALLOWED` with `everybody` for whoever is no ADMIN.
    async fn retry_transcodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 100, desc = "How many at most, 1 to 100.")] first: i32,
        #[graphql(default = false, desc = "Those of everybody, not only of the viewer. For ADMIN.")] everybody: bool,
    ) -> Result<RetryTranscodesPayload> {
        let viewer = require_viewer(ctx)?;
        Ok(outcome(retry_transcodes(app(ctx), viewer, first, everybody).await)?.into())
    }

    /// Stops a job. The upload keeps its bytes, so that the job can be asked for again.
    async fn cancel_transcode(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job's id.")] job_id: ID,
    ) -> Result<TranscodePayload> {
        let viewer = require_viewer(ctx)?;
        Ok(match JobId::parse(&job_id) {
            Some(id) => outcome(cancel_transcode(app(ctx), viewer, id).await)?.into(),
            None => Err(nothing("job", "jobId")).into(),
        })
    }
}
