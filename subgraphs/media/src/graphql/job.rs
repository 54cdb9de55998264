//! Transcoding jobs.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use polyphony_events::JobId;
use polyphony_kit::{Result, viewer::require_viewer};

use super::{external::Track, load, rendition::Rendition, upload::Upload};
use crate::{domain::job, store::rendition::RenditionsOf};

/// What has become of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "job::JobState")]
pub enum JobState {
    /// Waits for a worker.
    Queued,
    /// A worker is at it.
    Running,
    /// Done: everything is made of the upload, which plays from when it was READY.
    Ready,
    /// Given up, or the file was rejected; `failedBecause` says why.
    Failed,
    /// Somebody asked to stop it.
    Cancelled,
}

/// The work that makes an upload playable.
#[derive(Clone, Debug)]
pub struct TranscodeJob(pub job::Job);

/// The work that makes an upload playable. Its owner and admins see it.
#[Object]
impl TranscodeJob {
    /// The id of the job.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What has become of it.
    async fn state(&self) -> JobState {
        self.0.state.into()
    }

    /// How far it is, 0 to 100; it never falls.
    async fn percent(&self) -> f64 {
        self.0.percent
    }

    /// Up to where the track can be played already, in milliseconds.
    async fn playable_until_ms(&self) -> i32 {
        milliseconds(self.0.playable_until_ms)
    }

    /// How much longer it takes, in milliseconds, as far as can be told.
    async fn eta_ms(&self) -> Option<i32> {
        self.0.eta_ms.map(milliseconds)
    }

    /// Which attempt this is, from 1; 0 before the first.
    async fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// Why it failed, in a sentence.
    async fn failed_because(&self) -> Option<&str> {
        self.0.failed_because.as_deref()
    }

    /// The upload that it works on.
    async fn upload(&self, ctx: &Context<'_>) -> Result<Upload> {
        let upload = load(ctx).load_one(self.0.upload).await?;
        Ok(Upload::new(upload.ok_or_else(|| anyhow::anyhow!("the upload of the job {} is gone", self.0.id))?))
    }

    /// The track that plays from it.
    async fn track(&self, ctx: &Context<'_>) -> Result<Option<Track>> {
        let upload = load(ctx).load_one(self.0.upload).await?;
        Ok(upload.and_then(|upload| upload.track.or(upload.duplicate_of)).map(Track::new))
    }

    /// What was made, from low to high, the MP3 last. Sizes are 0 until they are finished.
    async fn renditions(&self, ctx: &Context<'_>) -> Result<Vec<Rendition>> {
        let (hls, mp3) = load(ctx).load_one(RenditionsOf(self.0.upload)).await?.unwrap_or_default();
        Ok(hls.iter().map(Rendition::from).chain(mp3.map(Rendition::from)).collect())
    }

    /// When it was asked for.
    async fn queued_at(&self) -> DateTime<Utc> {
        self.0.queued_at
    }

    /// When the newest attempt began.
    async fn started_at(&self) -> Option<DateTime<Utc>> {
        self.0.started_at
    }

    /// When it ended.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }
}

/// Milliseconds as GraphQL's Int has them: up to 24 days.
pub(super) fn milliseconds(ms: i64) -> i32 {
    i32::try_from(ms).unwrap_or(i32::MAX)
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<TranscodeJob>> {
    let Some(id) = JobId::parse(id) else { return Ok(None) };
    Ok(load(ctx).load_one(id).await?.map(TranscodeJob))
}

#[derive(Default)]
pub(super) struct JobQuery;

#[Object]
impl JobQuery {
    /// A job of the viewer's; an admin finds any.
    async fn transcode_job(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The job's id.")] id: ID,
    ) -> Result<Option<TranscodeJob>> {
        require_viewer(ctx)?;
        find(ctx, &id).await
    }

    /// A job by its key.
    #[graphql(entity)]
    async fn find_transcode_job_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<TranscodeJob>> {
        find(ctx, &id).await
    }
}
