//! When there may be a job for a worker that nobody tells it of.

use std::time::Duration;

use super::Store;

impl Store {
    /// The time until the next job becomes due by itself, because its wait or the lease of its worker ends; none when none will.
    pub async fn next_job_due_in(&self) -> Result<Option<Duration>, sqlx::Error> {
        let seconds = sqlx::query_scalar!(
            r#"
            select extract(epoch from min(due_at) - now())::float8
            from (
                select case state when 'QUEUED' then run_after else lease_until end as due_at
                from jobs where state in ('QUEUED', 'RUNNING')
            ) open
            where due_at > now()
            "#,
        );
        Ok(seconds.fetch_one(&self.pool).await?.map(|seconds| Duration::from_secs_f64(seconds.max(0.0))))
    }
}
