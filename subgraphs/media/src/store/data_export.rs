//! SQL of exports of people's data as their owners and the housekeeping see them.

use chrono::{DateTime, Utc};
use polyphony_events::{DataExportId, UserId, data_export::ExportPart};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{Store, unknown};
use crate::domain::data_export::{DataExport, DataExportState, ExportSource};

/// How many exports a person is shown.
const LIST_LENGTH: i64 = 20;
/// How many exports the housekeeping takes up at once.
const BATCH_ROWS: i64 = 100;

struct Row {
    id: DataExportId,
    user: UserId,
    state: String,
    requested_at: DateTime<Utc>,
    attempt: i32,
    size_bytes: Option<i64>,
    expires_at: Option<DateTime<Utc>>,
    failed_because: Option<String>,
}

impl TryFrom<Row> for DataExport {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id,
            user: row.user,
            state: DataExportState::parse(&row.state).ok_or_else(|| unknown("state", &row.state))?,
            requested_at: row.requested_at,
            attempt: row.attempt,
            size_bytes: row.size_bytes,
            expires_at: row.expires_at,
            failed_because: row.failed_because,
        })
    }
}

/// `select` of [`Row`] with this rest of the statement.
macro_rules! select_exports {
    ($rest:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                id as "id: DataExportId",
                user_id as "user: UserId",
                state,
                requested_at,
                attempt,
                size_bytes,
                expires_at,
                failed_because
            from data_exports
            "# + $rest,
            $($argument),*
        )
    };
}

impl Store {
    /// The exports of a person, the newest first; at most 20.
    pub async fn data_exports_of(&self, user: UserId) -> Result<Vec<DataExport>, sqlx::Error> {
        let rows = select_exports!("where user_id = $1 order by id desc limit $2", user.0, LIST_LENGTH);
        rows.fetch_all(&self.pool).await?.into_iter().map(DataExport::try_from).collect()
    }

    /// Exports that wait since before `since`.
    pub async fn overdue_exports(&self, since: DateTime<Utc>) -> Result<Vec<DataExport>, sqlx::Error> {
        let rows = select_exports!(
            "where state = 'PENDING' and requested_at <= $1 order by requested_at limit $2",
            since,
            BATCH_ROWS,
        );
        rows.fetch_all(&self.pool).await?.into_iter().map(DataExport::try_from).collect()
    }

    /// Exports whose archive is to be deleted now.
    pub async fn expired_exports(&self, now: DateTime<Utc>) -> Result<Vec<DataExport>, sqlx::Error> {
        let rows = select_exports!(
            "where state = 'READY' and expires_at <= $1 order by expires_at limit $2",
            now,
            BATCH_ROWS,
        );
        rows.fetch_all(&self.pool).await?.into_iter().map(DataExport::try_from).collect()
    }

    /// Those of these exports that have an archive or may be getting one, with the attempt that makes it.
    pub async fn kept_exports(&self, ids: &[DataExportId]) -> Result<Vec<(DataExportId, i32)>, sqlx::Error> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"
            select id as "id: DataExportId", attempt
            from data_exports
            where id = any($1) and state in ('PENDING', 'READY')
            "#,
            &ids,
        );
        Ok(rows.fetch_all(&self.pool).await?.into_iter().map(|row| (row.id, row.attempt)).collect())
    }

    /// Forgets exports that have been over since before `since`, parts that belong to no export which waits, and people who are
    /// gone for as long.
    pub async fn prune_exports(&self, since: DateTime<Utc>, parts_since: DateTime<Utc>) -> Result<(), sqlx::Error> {
        sqlx::query!("delete from data_exports where state in ('EXPIRED', 'FAILED') and requested_at <= $1", since)
            .execute(&self.pool)
            .await?;
        sqlx::query!(
            r#"
            delete from data_export_parts p
            where p.received_at <= $1
            and not exists (select from data_exports e where e.id = p.export_id and e.state = 'PENDING')
            "#,
            parts_since,
        )
        .execute(&self.pool)
        .await?;
        sqlx::query!("delete from departed where departed_at <= $1", since).execute(&self.pool).await?;
        Ok(())
    }
}

/// Notes that somebody wants an export; nothing when it is known, or they are gone.
pub async fn add(
    tx: &mut PgConnection,
    id: DataExportId,
    user: UserId,
    requested_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into data_exports (id, user_id, state, requested_at)
        select $1, $2, 'PENDING', $3
        where not exists (select from departed where user_id = $2)
        on conflict (id) do nothing
        "#,
        id.0,
        user.0,
        requested_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps a part, unless the export has ended or the part is there.
pub async fn add_part(
    tx: &mut PgConnection,
    id: DataExportId,
    source: ExportSource,
    part: &ExportPart,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into data_export_parts (export_id, source, number, is_last, records, received_at)
        select $1, $2, $3, $4, $5, $6
        where not exists (select from data_exports where id = $1 and state <> 'PENDING')
        on conflict (export_id, source, number) do nothing
        "#,
        id.0,
        source.as_str(),
        part.number,
        part.is_last,
        Json(&part.records) as _,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends an export that is in the state `from`; gives whether it was. Its parts go.
pub async fn end(
    tx: &mut PgConnection,
    id: DataExportId,
    (from, to): (DataExportState, DataExportState),
    failed_because: Option<&str>,
) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query!(
        r#"
        update data_exports
        set state = $3, failed_because = $4, lease_token = null, lease_until = null
        where id = $1 and state = $2
        "#,
        id.0,
        from.as_str(),
        to.as_str(),
        failed_because,
    );
    let is_ended = ended.execute(&mut *tx).await?.rows_affected() == 1;
    delete_parts(tx, id).await?;
    Ok(is_ended)
}

/// Deletes what was contributed to an export.
pub async fn delete_parts(tx: &mut PgConnection, id: DataExportId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from data_export_parts where export_id = $1", id.0).execute(tx).await?;
    Ok(())
}

/// Forgets the exports of a person who is gone, and keeps that they are; gives which exports there were.
pub async fn remove_all_of(
    tx: &mut PgConnection,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<DataExportId>, sqlx::Error> {
    sqlx::query!(
        "insert into departed (user_id, departed_at) values ($1, $2) on conflict (user_id) do nothing",
        user.0,
        now,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "delete from data_export_parts where export_id in (select id from data_exports where user_id = $1)",
        user.0,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query_scalar!(r#"delete from data_exports where user_id = $1 returning id as "id: DataExportId""#, user.0,)
        .fetch_all(tx)
        .await
}
