//! SQL of what has changed among a person's uploads and their jobs.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use polyphony_events::{UploadId, UserId};
use uuid::Uuid;

use super::Store;

/// Where somebody stands in the changes of their uploads: behind those until this time and id.
pub type Position = (DateTime<Utc>, Uuid);

/// Changes that are read at once.
pub const MAX_CHANGES: i64 = 100;

/// Some of the changes of a person's uploads, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The uploads, each once, with when it or its job changed; what changed last comes last.
    pub uploads: Vec<(UploadId, DateTime<Utc>)>,
    /// Where the last of them stands; none when nothing has changed.
    pub end: Option<Position>,
    /// Whether more may follow.
    pub has_more: bool,
}

impl Store {
    /// The time before which every change is committed and can be read: changes are stamped within their transaction, so
    /// one that still runs may show an earlier one later.
    pub async fn settled_until(&self) -> Result<DateTime<Utc>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select least(min(xact_start), statement_timestamp()) as "at!"
            from pg_stat_activity
            where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
            "#
        )
        .fetch_one(&self.pool)
        .await
    }

    /// The next changes of a person's uploads and jobs behind `after`, at most [`MAX_CHANGES`].
    pub async fn upload_changes(&self, owner: UserId, after: Position) -> Result<Changes, sqlx::Error> {
        let rows = sqlx::query!(
            r#"
            select id as "id!: UploadId", changed_at as "at!"
            from (
                (
                    select id, changed_at from uploads
                    where owner_id = $1 and (changed_at, id) > ($2, $3)
                    order by changed_at, id limit $4
                )
                union all
                (
                    select upload_id, changed_at from jobs
                    where owner_id = $1 and (changed_at, upload_id) > ($2, $3)
                    order by changed_at, upload_id limit $4
                )
            ) changed
            order by changed_at, id
            limit $4
            "#,
            owner.0,
            after.0,
            after.1,
            MAX_CHANGES,
        )
        .fetch_all(&self.pool)
        .await?;
        let (end, has_more) = (rows.last().map(|row| (row.at, row.id.0)), rows.len() as i64 == MAX_CHANGES);
        let last: HashMap<_, _> = rows.iter().map(|row| (row.id, row.at)).collect();
        let is_last = |(id, at): &(UploadId, DateTime<Utc>)| last[id] == *at;
        let mut uploads: Vec<_> = rows.into_iter().map(|row| (row.id, row.at)).filter(is_last).collect();
        // An upload and its job that were stamped at the same time stand side by side.
        uploads.dedup();
        Ok(Changes { uploads, end, has_more })
    }

    /// The newest of a person's uploads on which something is still to happen, at most [`MAX_CHANGES`].
    pub async fn uploads_underway(&self, owner: UserId) -> Result<Vec<UploadId>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            select id as "id: UploadId" from uploads
            where owner_id = $1 and state in ('AWAITING_BYTES', 'RECEIVED', 'PROBING', 'TRANSCODING')
            order by created_at desc, id desc
            limit $2
            "#,
            owner.0,
            MAX_CHANGES,
        )
        .fetch_all(&self.pool)
        .await
    }
}
