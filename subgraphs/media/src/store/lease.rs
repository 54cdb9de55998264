//! SQL of jobs as workers see them: taking one, keeping it, ending it.
//!
//! Invariant: only who knows the lease token of a RUNNING job writes to it or to its upload; a worker that was too slow
//! finds its token gone, and nothing that it does reaches the database.

use std::time::Duration;

use chrono::{DateTime, Utc};
use polyphony_events::{JobId, UploadId, UserId};
use polyphony_kit::{db, request_id::Origin};
use sqlx::PgConnection;
use uuid::Uuid;

use super::Store;
use crate::domain::job::LEASE;

/// The right to work on a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Which job.
    pub job: JobId,
    /// Proves that it is ours.
    pub token: Uuid,
}

/// A job that a worker took.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The right to it.
    pub lease: Lease,
    /// The upload to work on.
    pub upload: UploadId,
    /// Whose it is.
    pub owner: UserId,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// How many of the attempts count: this one, and those since it was last asked for that no shutdown cut off.
    pub counted: i32,
    /// How often it failed before.
    pub failures: i32,
    /// How often it made no headway before.
    pub timeouts: i32,
    /// How long its audio is at least, as earlier attempts found.
    pub audio: Duration,
    /// The request that asked for it.
    pub origin: Origin,
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

impl Store {
    /// Takes the job whose turn it is, if there is one. First what somebody waits for, then what cannot be played yet, then
    /// renditions of what can. Turns go round: first whoever has the fewest jobs running, then whoever waited longest for a
    /// turn; among the jobs of one person small files (up to 32 MiB) go first. With `longest`, jobs whose audio is known to be
    /// longer are passed over.
    pub async fn claim(
        &self,
        per_user: i64,
        longest: Option<Duration>,
        now: DateTime<Utc>,
    ) -> Result<Option<Claimed>, sqlx::Error> {
        let mut tx = self.begin().await?;
        // One at a time, so that two claims at once cannot both be the last that a person may have.
        db::lock(&mut tx, "claim a job").await?;
        let row = sqlx::query!(
            r#"
            with open as (
                select owner_id, count(*) filter (where state = 'RUNNING' and lease_until > now()) as running
                from jobs where state in ('QUEUED', 'RUNNING') group by owner_id
            ), people as (
                select owner_id, running, (
                    select started_at from jobs j where j.owner_id = open.owner_id
                    order by started_at desc nulls last limit 1
                ) as last_turn
                from open
            ), next as (
                select j.id
                from jobs j join people p using (owner_id)
                left join encodings e on e.upload_id = j.upload_id and e.measured_at is not null
                where (p.running < $1 or j.wanted_at > now() - interval '1 minute') and ($5::bigint is null or coalesce(j.audio_ms, 0) <= $5)
                and (j.state = 'QUEUED' and j.run_after <= now() or j.state = 'RUNNING' and j.lease_until <= now())
                order by coalesce(j.wanted_at > now() - interval '1 minute', false) desc, e.upload_id nulls first, p.running,
                    p.last_turn nulls first, j.size_bytes > 33554432, j.queued_at, j.id
                limit 1 for update of j skip locked
            )
            update jobs
            set state = 'RUNNING', attempt = attempt + 1, lease_token = $2,
                lease_until = now() + make_interval(secs => $3), started_at = $4, finished_at = null
            from next where jobs.id = next.id
            returning
                jobs.id as "id: JobId", lease_token as "token!", upload_id as "upload: UploadId", jobs.owner_id as "owner: UserId",
                attempt, attempt - attempts_before as "counted!", failures, timeouts, coalesce(audio_ms, 0) as "audio_ms!", request_id, traceparent
            "#,
            per_user,
            Uuid::now_v7(),
            seconds(LEASE),
            now,
            longest.map(|longest| longest.as_millis() as i64) as Option<i64>,
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(None) };
        tx.commit().await?;
        Ok(Some(Claimed {
            lease: Lease { job: row.id, token: row.token },
            upload: row.upload,
            owner: row.owner,
            attempt: row.attempt,
            counted: row.counted,
            failures: row.failures,
            timeouts: row.timeouts,
            audio: Duration::from_millis(row.audio_ms as u64),
            origin: Origin { request_id: row.request_id, traceparent: row.traceparent },
        }))
    }

    /// Whether somebody's upload waits that cannot be played yet, or renditions wait that somebody wants.
    pub async fn is_more_urgent_waiting(&self) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select exists (
                select from jobs j
                where j.state = 'QUEUED' and j.run_after <= now() and (
                    j.wanted_at > now() - interval '1 minute'
                    or not exists (
                        select from encodings e where e.upload_id = j.upload_id and e.measured_at is not null
                    )
                )
            ) as "is!"
            "#,
        )
        .fetch_one(&self.pool)
        .await
    }

    /// Says that somebody wants to hear the renditions of an upload that were not made yet: for a minute its job comes first.
    pub async fn want(&self, upload: UploadId) -> Result<(), sqlx::Error> {
        sqlx::query!(
            r#"
            update jobs set wanted_at = now()
            where upload_id = $1 and state in ('QUEUED', 'RUNNING')
            and (wanted_at is null or wanted_at < now() - interval '10 seconds')
            "#,
            upload.0,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Says that the worker is still there; false when the job is not its own any more.
    pub async fn keep(&self, lease: Lease) -> Result<bool, sqlx::Error> {
        let kept = sqlx::query!(
            r#"
            update jobs set lease_until = now() + make_interval(secs => $3)
            where id = $1 and lease_token = $2 and state = 'RUNNING'
            "#,
            lease.job.0,
            lease.token,
            seconds(LEASE),
        )
        .execute(&self.pool)
        .await?;
        Ok(kept.rows_affected() == 1)
    }
}

/// Notes how long the audio is, unless more is known.
pub async fn note_audio(tx: &mut PgConnection, job: JobId, audio: Duration) -> Result<(), sqlx::Error> {
    let ms = audio.as_millis() as i64;
    sqlx::query!("update jobs set audio_ms = greatest(audio_ms, $2) where id = $1", job.0, ms).execute(tx).await?;
    Ok(())
}

/// Notes that an attempt made no headway.
pub async fn note_timeout(tx: &mut PgConnection, job: JobId) -> Result<(), sqlx::Error> {
    sqlx::query!("update jobs set timeouts = timeouts + 1 where id = $1", job.0).execute(tx).await?;
    Ok(())
}

/// Holds the job until the transaction ends; false when it is not the worker's own any more.
pub async fn hold(tx: &mut PgConnection, lease: Lease) -> Result<bool, sqlx::Error> {
    let held = sqlx::query_scalar!(
        r#"select id from jobs where id = $1 and lease_token = $2 and state = 'RUNNING' for update"#,
        lease.job.0,
        lease.token,
    );
    Ok(held.fetch_optional(tx).await?.is_some())
}

/// Notes how far the job is. The percentage never falls, whatever an attempt begins with.
pub async fn progress(
    tx: &mut PgConnection,
    job: JobId,
    percent: f64,
    playable_until_ms: i64,
    eta_ms: Option<i64>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update jobs set percent = greatest(percent, $2), playable_until_ms = greatest(playable_until_ms, $3), eta_ms = $4 where id = $1",
        job.0,
        percent,
        playable_until_ms,
        eta_ms,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends a job well.
pub async fn finish(
    tx: &mut PgConnection,
    job: JobId,
    duration_ms: i64,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update jobs
        set state = 'READY', percent = 100, playable_until_ms = $2, eta_ms = null, failed_because = null, wanted_at = null,
            lease_token = null, lease_until = null, finished_at = $3
        where id = $1
        "#,
        job.0,
        duration_ms,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends a job with a reason.
pub async fn fail(tx: &mut PgConnection, job: JobId, because: &str, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update jobs
        set state = 'FAILED', failed_because = $2, eta_ms = null, wanted_at = null, lease_token = null, lease_until = null,
            finished_at = $3
        where id = $1
        "#,
        job.0,
        because,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Puts a job back into the queue after a failure of ours, to be tried again later.
pub async fn retry_later(tx: &mut PgConnection, job: JobId, wait: Duration) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update jobs
        set state = 'QUEUED', failures = failures + 1, eta_ms = null, lease_token = null, lease_until = null,
            run_after = now() + make_interval(secs => $2)
        where id = $1
        "#,
        job.0,
        seconds(wait),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Gives a job back unharmed: its worker is being shut down, or cannot have it now. The attempt does not count.
pub async fn release(tx: &mut PgConnection, job: JobId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update jobs
        set state = 'QUEUED', attempts_before = attempts_before + 1, eta_ms = null, lease_token = null,
            lease_until = null, run_after = now()
        where id = $1
        "#,
        job.0,
    )
    .execute(tx)
    .await?;
    Ok(())
}
