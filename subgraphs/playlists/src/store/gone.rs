//! Things of catalog that were deleted, and how they leave libraries.

use chrono::{DateTime, Utc};
use polyphony_kit::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Store;

/// Notes that something is gone for good: it stands in no list from now on.
pub async fn note(tx: &mut PgConnection, thing: Uuid, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let noted = sqlx::query!("insert into gone (thing_id, gone_at) values ($1, $2) on conflict do nothing", thing, now);
    noted.execute(tx).await?;
    Ok(())
}

/// Notes that something is there (again).
pub async fn forget(tx: &mut PgConnection, thing: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from gone where thing_id = $1", thing).execute(tx).await?;
    Ok(())
}

/// Takes something that is gone from the libraries of up to `limit` people, each of which has its next version then; gives
/// whose they are. When they are fewer than `limit`, it stands in no library any more.
pub async fn sweep(
    tx: &mut PgConnection,
    thing: Uuid,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<UserId>, sqlx::Error> {
    // Libraries before their entries, as every change of a library has it.
    let users = sqlx::query_scalar!(
        r#"
        with keepers as (
            select distinct user_id from library_entries where thing_id = $1 order by user_id limit $2
        ), next as (
            insert into libraries (user_id, version)
            select user_id, 1 from keepers order by user_id
            on conflict (user_id) do update set version = libraries.version + 1
            returning user_id, version
        ), noted as (
            insert into changes (subject, version, happened_at) select user_id, version, $3 from next
        )
        select user_id as "user: UserId" from next
        "#,
        thing,
        limit,
        now
    )
    .fetch_all(&mut *tx)
    .await?;
    let ids: Vec<_> = users.iter().map(|user| user.0).collect();
    sqlx::query!("delete from library_entries where thing_id = $1 and user_id = any($2)", thing, &ids)
        .execute(&mut *tx)
        .await?;
    if (users.len() as i64) < limit {
        sqlx::query!("update gone set swept = true where thing_id = $1", thing).execute(tx).await?;
    }
    Ok(users)
}

impl Store {
    /// Something that is gone and may still stand in libraries.
    pub async fn unswept(&self) -> Result<Option<Uuid>, sqlx::Error> {
        sqlx::query_scalar!("select thing_id from gone where not swept order by thing_id limit 1")
            .fetch_optional(&self.pool)
            .await
    }
}
