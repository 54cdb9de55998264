//! What the catalog keeps of people: what they chose, that they left, and what they own.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{AlbumId, ArtistId, TrackId, UserId};
use sqlx::{PgConnection, PgPool};

use super::Reader;
use crate::domain::manager::NOBODY;

/// Keeps whether explicit tracks are shown to a person, unless something newer is known.
pub async fn prefer(
    tx: &mut PgConnection,
    user: UserId,
    explicit_content: bool,
    version: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into preferences (user_id, explicit_content, version)
        values ($1, $2, $3)
        on conflict (user_id) do update
        set explicit_content = excluded.explicit_content, version = excluded.version
        where preferences.version < excluded.version
        "#,
        user.0,
        explicit_content,
        version
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Finds whether a person wants to be shown explicit tracks; nothing for those who never chose, who are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShowsExplicit(pub UserId);

impl Loader<ShowsExplicit> for Reader {
    type Value = bool;
    type Error = Arc<sqlx::Error>;

    async fn load(&self, keys: &[ShowsExplicit]) -> Result<HashMap<ShowsExplicit, bool>, Self::Error> {
        let ids: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query!(
            r#"select user_id as "user: UserId", explicit_content from preferences where user_id = any($1)"#,
            &ids
        );
        let rows = rows.fetch_all(&self.store.pool).await?.into_iter();
        Ok(rows.map(|row| (ShowsExplicit(row.user), row.explicit_content)).collect())
    }
}

/// Notes that a person has left.
pub async fn depart(tx: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into departed (user_id, departed_at) values ($1, $2) on conflict (user_id) do nothing",
        user.0,
        now
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether a person has left.
pub async fn has_departed(tx: &mut PgConnection, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from departed where user_id = $1) as "has!""#, user.0)
        .fetch_one(tx)
        .await
}

/// Those of some people who have left.
pub async fn departed(tx: &mut PgConnection, users: &[UserId]) -> Result<HashSet<UserId>, sqlx::Error> {
    let found = sqlx::query_scalar!("select user_id from departed where user_id = any($1)", users as &[UserId]);
    Ok(found.fetch_all(tx).await?.into_iter().collect())
}

/// Forgets what is private of a person.
pub async fn forget(tx: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from plays where user_id = $1", user.0).execute(&mut *tx).await?;
    sqlx::query!("delete from tastes where user_id = $1", user.0).execute(&mut *tx).await?;
    sqlx::query!("delete from history_cleared where user_id = $1", user.0).execute(&mut *tx).await?;
    sqlx::query!("delete from preferences where user_id = $1", user.0).execute(tx).await?;
    Ok(())
}

/// People who have left since then and still own something.
pub async fn departed_owners(pool: &PgPool, since: DateTime<Utc>) -> Result<Vec<UserId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select d.user_id
        from departed d
        where d.departed_at > $1
          and (
              exists (select from tracks where owner_id = d.user_id)
              or exists (select from albums where owner_id = d.user_id)
              or exists (select from artists where owner_id = d.user_id)
          )
        order by d.user_id
        limit 100
        "#,
        since
    )
    .fetch_all(pool)
    .await
}

/// Takes artists and albums from a person: nobody owns them from now on; gives which they are. Nobody is told, as no event
/// names their owner.
pub async fn disown(tx: &mut PgConnection, user: UserId) -> Result<(Vec<ArtistId>, Vec<AlbumId>), sqlx::Error> {
    let artists = sqlx::query_scalar!(
        r#"
            update artists a set owner_id = $2
            from (select id from artists where owner_id = $1 order by id for no key update) as held
            where a.id = held.id
            returning a.id
            "#,
        user.0,
        NOBODY.0
    );
    let artists = artists.fetch_all(&mut *tx).await?;
    let albums = sqlx::query_scalar!(
        r#"
            update albums b set owner_id = $2
            from (select id from albums where owner_id = $1 order by id for no key update) as held
            where b.id = held.id
            returning b.id
            "#,
        user.0,
        NOBODY.0
    );
    Ok((artists, albums.fetch_all(tx).await?))
}

/// Takes up to `limit` tracks from a person; gives which they are.
pub async fn disown_tracks(
    tx: &mut PgConnection,
    user: UserId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<TrackId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        update tracks t
        set owner_id = $2, version = version + 1, updated_at = $3
        from (select id from tracks where owner_id = $1 order by id limit $4 for update) as held
        where t.id = held.id
        returning t.id
        "#,
        user.0,
        NOBODY.0,
        now,
        limit
    )
    .fetch_all(tx)
    .await
}
