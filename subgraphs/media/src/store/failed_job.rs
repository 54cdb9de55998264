//! Jobs that failed by no fault of their file, to be asked for again together.

use polyphony_events::{JobId, UserId};

use super::Store;

impl Store {
    /// The jobs that failed and whose files wait for another attempt, the first that failed first: a person's, or everybody's.
    pub async fn failed_jobs(&self, owner: Option<UserId>, first: i64) -> Result<Vec<JobId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select j.id as "id: JobId"
            from jobs j join uploads u on u.id = j.upload_id and u.state in ('RECEIVED', 'READY')
            where j.state = 'FAILED' and ($1::uuid is null or j.owner_id = $1)
            order by j.finished_at, j.id limit $2
            "#,
            owner.map(|owner| owner.0),
            first,
        )
        .fetch_all(&self.pool)
        .await
    }

    /// How many [`Store::failed_jobs`] finds in all.
    pub async fn count_failed_jobs(&self, owner: Option<UserId>) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select count(*) as "count!"
            from jobs j join uploads u on u.id = j.upload_id and u.state in ('RECEIVED', 'READY')
            where j.state = 'FAILED' and ($1::uuid is null or j.owner_id = $1)
            "#,
            owner.map(|owner| owner.0),
        )
        .fetch_one(&self.pool)
        .await
    }
}
