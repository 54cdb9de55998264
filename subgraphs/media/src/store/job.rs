//! SQL of jobs as people see them; the workers' side is in [`super::lease`].

use std::{collections::HashMap, sync::Arc};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{JobId, UploadId, UserId};
use polyphony_kit::{Viewer, request_id::Origin};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Reader, Store, unknown};
use crate::domain::{
    job::{Job, JobState},
    upload::Upload,
};

struct Row {
    id: JobId,
    upload: UploadId,
    owner: UserId,
    state: String,
    percent: f64,
    playable_until_ms: i64,
    eta_ms: Option<i64>,
    attempt: i32,
    failed_because: Option<String>,
    queued_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Job {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id,
            upload: row.upload,
            owner: row.owner,
            state: JobState::parse(&row.state).ok_or_else(|| unknown("state", &row.state))?,
            percent: row.percent,
            playable_until_ms: row.playable_until_ms,
            eta_ms: row.eta_ms,
            attempt: row.attempt,
            failed_because: row.failed_because,
            queued_at: row.queued_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}

/// `select` of [`Row`] with this rest of the statement.
macro_rules! select_jobs {
    ($rest:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                id as "id: JobId",
                upload_id as "upload: UploadId",
                owner_id as "owner: UserId",
                state,
                percent,
                playable_until_ms,
                eta_ms,
                attempt,
                failed_because,
                queued_at,
                started_at,
                finished_at
            from jobs
            "# + $rest,
            $($argument),*
        )
    };
}

fn read(rows: Vec<Row>) -> Result<Vec<Job>, sqlx::Error> {
    rows.into_iter().map(Job::try_from).collect()
}

impl Store {
    /// Those of the jobs that `viewer` may see: the viewer's own, an admin's all.
    pub async fn visible_jobs(&self, viewer: Option<&Viewer>, ids: &[JobId]) -> Result<Vec<Job>, sqlx::Error> {
        let Some(viewer) = viewer else { return Ok(Vec::new()) };
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let owner = (!viewer.is_admin()).then_some(viewer.user.0);
        let jobs =
            select_jobs!("where id = any($1) and ($2::uuid is null or owner_id = $2)", &ids, owner as Option<Uuid>);
        read(jobs.fetch_all(&self.pool).await?)
    }

    /// The jobs of these uploads that `viewer` may see.
    pub async fn visible_jobs_of(
        &self,
        viewer: Option<&Viewer>,
        uploads: &[UploadId],
    ) -> Result<Vec<Job>, sqlx::Error> {
        let Some(viewer) = viewer else { return Ok(Vec::new()) };
        let ids: Vec<Uuid> = uploads.iter().map(|id| id.0).collect();
        let owner = (!viewer.is_admin()).then_some(viewer.user.0);
        let jobs = select_jobs!(
            "where upload_id = any($1) and ($2::uuid is null or owner_id = $2)",
            &ids,
            owner as Option<Uuid>,
        );
        read(jobs.fetch_all(&self.pool).await?)
    }
}

impl Loader<JobId> for Reader {
    type Value = Job;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, ids: &[JobId]) -> Result<HashMap<JobId, Job>, Self::Error> {
        let jobs = self.store.visible_jobs(self.viewer.as_ref(), ids).await?;
        Ok(jobs.into_iter().map(|job| (job.id, job)).collect())
    }
}

/// Finds the job of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JobOfUpload(pub UploadId);

impl Loader<JobOfUpload> for Reader {
    type Value = Job;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[JobOfUpload]) -> Result<HashMap<JobOfUpload, Job>, Self::Error> {
        let uploads: Vec<_> = keys.iter().map(|key| key.0).collect();
        let jobs = self.store.visible_jobs_of(self.viewer.as_ref(), &uploads).await?;
        Ok(jobs.into_iter().map(|job| (JobOfUpload(job.upload), job)).collect())
    }
}

/// A job, held until the transaction ends.
pub async fn lock(tx: &mut PgConnection, id: JobId) -> Result<Option<Job>, sqlx::Error> {
    select_jobs!("where id = $1 for update", id.0).fetch_optional(tx).await?.map(Job::try_from).transpose()
}

/// The job of an upload, held until the transaction ends.
pub async fn lock_of(tx: &mut PgConnection, upload: UploadId) -> Result<Option<Job>, sqlx::Error> {
    let row = select_jobs!("where upload_id = $1 for update", upload.0).fetch_optional(tx).await?;
    row.map(Job::try_from).transpose()
}

/// Writes the job of an upload whose bytes are there.
pub async fn insert(
    tx: &mut PgConnection,
    id: JobId,
    upload: &Upload,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into jobs (id, upload_id, owner_id, size_bytes, state, request_id, traceparent, queued_at)
        values ($1, $2, $3, $4, 'QUEUED', $5, $6, $7)
        "#,
        id.0,
        upload.id.0,
        upload.owner.0,
        upload.size_bytes,
        origin.request_id,
        origin.traceparent,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Queues a job that has ended once more.
pub async fn requeue(tx: &mut PgConnection, id: JobId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update jobs
        set state = 'QUEUED', attempts_before = attempt, failures = 0, timeouts = 0, percent = 0, playable_until_ms = 0, eta_ms = null, failed_because = null,
            run_after = now(), queued_at = $2, finished_at = null, wanted_at = null
        where id = $1
        "#,
        id.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Stops a job: the worker that has it finds that it lost it.
pub async fn cancel(tx: &mut PgConnection, id: JobId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update jobs
        set state = 'CANCELLED', lease_token = null, lease_until = null, eta_ms = null, finished_at = $2
        where id = $1
        "#,
        id.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}
