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
    commands::{cancel_transcode::cancel_transcode, retry_transcode::retry_transcode},
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
