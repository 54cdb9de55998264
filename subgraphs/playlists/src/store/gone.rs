//! Things of catalog that were deleted or merged into others, and how they leave libraries.
//!
//! Invariant: of two events about a thing the one of the later version decides, whichever is heard first.

use chrono::{DateTime, Utc};
use polyphony_events::TrackId;
use polyphony_kit::UserId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Store;

/// Notes that something is gone for good, and what it became if it did: it stands in no list from now on. Tells whether that is
/// news.
pub async fn note(
    tx: &mut PgConnection,
    (thing, version): (Uuid, i64),
    merged_into: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query!(
        r#"
        insert into gone (thing_id, version, merged_into, gone_at)
        values ($1, $2, $3, $4)
        on conflict (thing_id) do update
        set version = excluded.version,
            is_gone = true,
            merged_into = excluded.merged_into,
            gone_at = excluded.gone_at,
            swept = false
        where gone.version < excluded.version
        "#,
        thing,
        version,
        merged_into,
        now
    );
    Ok(noted.execute(tx).await?.rows_affected() > 0)
}

/// Notes that something is there (again), unless something newer is known.
pub async fn forget(
    tx: &mut PgConnection,
    (thing, version): (Uuid, i64),
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let noted = sqlx::query!(
        r#"
        insert into gone (thing_id, version, is_gone, gone_at, swept)
        values ($1, $2, false, $3, true)
        on conflict (thing_id) do update
        set version = excluded.version, is_gone = false, merged_into = null, swept = true
        where gone.version < excluded.version
        "#,
        thing,
        version,
        now
    );
    noted.execute(tx).await?;
    Ok(())
}

/// Notes that a track is there again, of which nothing newer is known: its versions stand with tracks.
pub async fn forget_track(tx: &mut PgConnection, track: TrackId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from gone where thing_id = $1", track.0).execute(tx).await?;
    Ok(())
}

/// Takes something that is gone from the libraries of up to `limit` people, each of which has its next version then, and gives
/// them what it became; gives whose they are. When they are fewer than `limit`, it stands in no library any more.
pub async fn sweep(
    tx: &mut PgConnection,
    thing: Uuid,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<UserId>, sqlx::Error> {
    let is_gone = sqlx::query_scalar!("select is_gone from gone where thing_id = $1 for update", thing);
    if is_gone.fetch_optional(&mut *tx).await? != Some(true) {
        return Ok(Vec::new());
    }
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
    if let Some(became) = became(tx, thing).await? {
        hand_over(tx, (thing, became), &ids).await?;
    }
    sqlx::query!("delete from library_entries where thing_id = $1 and user_id = any($2)", thing, &ids)
        .execute(&mut *tx)
        .await?;
    if (users.len() as i64) < limit {
        sqlx::query!("update gone set swept = true where thing_id = $1", thing).execute(tx).await?;
    }
    Ok(users)
}

/// What a thing is by now that was merged into another, which may have been merged itself.
async fn became(tx: &mut PgConnection, thing: Uuid) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        with recursive chain as (
            select g.merged_into as id, 1 as length
            from gone g
            where g.thing_id = $1 and g.is_gone and g.merged_into is not null
            union all
            select g.merged_into, c.length + 1
            from chain c
            join gone g on g.thing_id = c.id and g.is_gone and g.merged_into is not null
            where c.length < 50
        )
        select id as "id!" from chain order by length desc limit 1
        "#,
        thing
    )
    .fetch_optional(tx)
    .await
}

/// Gives these people the other thing where they keep one, unless they keep it already.
async fn hand_over(tx: &mut PgConnection, (from, to): (Uuid, Uuid), users: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update library_entries e
        set thing_id = $2
        where e.thing_id = $1
          and e.user_id = any($3)
          and not exists (
              select from library_entries k
              where k.user_id = e.user_id and k.shelf = e.shelf and k.thing_id = $2
          )
        "#,
        from,
        to,
        users
    )
    .execute(&mut *tx)
    .await?;
    // What it became may be gone, too, and swept: it has keepers again.
    sqlx::query!("update gone set swept = false where thing_id = $1 and is_gone", to).execute(tx).await?;
    Ok(())
}

impl Store {
    /// Something that is gone and may still stand in libraries.
    pub async fn unswept(&self) -> Result<Option<Uuid>, sqlx::Error> {
        sqlx::query_scalar!("select thing_id from gone where not swept order by thing_id limit 1")
            .fetch_optional(&self.pool)
            .await
    }
}
