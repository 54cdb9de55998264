//! Libraries in the database.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::ArtistId;
use polyphony_kit::{UserId, page::Page};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::library::{Shelf, Wish},
    store::{ReadError, Reader, Store},
};

fn name(shelf: Shelf) -> &'static str {
    match shelf {
        Shelf::LikedTracks => "LIKED_TRACKS",
        Shelf::SavedAlbums => "SAVED_ALBUMS",
        Shelf::FollowedArtists => "FOLLOWED_ARTISTS",
    }
}

/// A thing on a shelf.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Which thing.
    pub thing: Uuid,
    /// Its place on the shelf: what came later has a greater one.
    pub seq: i64,
}

impl Store {
    /// The version of a library; that of an untouched one is 0.
    pub async fn library_version(&self, user: UserId) -> Result<i64, sqlx::Error> {
        let version = sqlx::query_scalar!("select version from libraries where user_id = $1", user.0);
        Ok(version.fetch_optional(&self.pool).await?.unwrap_or_default())
    }

    /// A page of a shelf, the newest first, and how many things stand on it.
    pub async fn shelf(&self, user: UserId, which: Shelf, page: &Page<i64>) -> Result<(Vec<Kept>, i64), sqlx::Error> {
        let rows = sqlx::query_as!(
            Kept,
            r#"
            select thing_id as thing, seq
            from library_entries
            where user_id = $1 and shelf = $2 and seq < $3
            order by seq desc
            limit $4
            "#,
            user.0,
            name(which),
            page.after.unwrap_or(i64::MAX),
            page.limit()
        );
        let rows = rows.fetch_all(&self.pool).await?;
        let total = sqlx::query_scalar!(
            r#"select count(*) as "n!" from library_entries where user_id = $1 and shelf = $2"#,
            user.0,
            name(which)
        );
        Ok((rows, total.fetch_one(&self.pool).await?))
    }
}

/// Whether the viewer keeps this thing on this shelf; finds it when it is so.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OnShelf(pub Shelf, pub Uuid);

impl Loader<OnShelf> for Reader {
    type Value = ();
    type Error = ReadError;

    async fn load(&self, keys: &[OnShelf]) -> Result<HashMap<OnShelf, ()>, ReadError> {
        let mut found = HashMap::new();
        let Some(viewer) = self.viewer else { return Ok(found) };
        for shelf in [Shelf::LikedTracks, Shelf::SavedAlbums, Shelf::FollowedArtists] {
            let things: Vec<_> = keys.iter().filter(|key| key.0 == shelf).map(|key| key.1).collect();
            if things.is_empty() {
                continue;
            }
            let kept = sqlx::query_scalar!(
                "select thing_id from library_entries where user_id = $1 and shelf = $2 and thing_id = any($3)",
                viewer.0,
                name(shelf),
                &things
            );
            found.extend(kept.fetch_all(&self.store.pool).await?.into_iter().map(|thing| (OnShelf(shelf, thing), ())));
        }
        Ok(found)
    }
}

/// How many people follow an artist; finds nothing when nobody does.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FollowersOf(pub ArtistId);

impl Loader<FollowersOf> for Reader {
    type Value = i64;
    type Error = ReadError;

    async fn load(&self, keys: &[FollowersOf]) -> Result<HashMap<FollowersOf, i64>, ReadError> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let rows = sqlx::query!(
            r#"
            select thing_id as "artist: ArtistId", count(*) as "followers!"
            from library_entries
            where thing_id = any($1) and shelf = 'FOLLOWED_ARTISTS'
            group by thing_id
            "#,
            &ids as &[ArtistId]
        );
        let rows = rows.fetch_all(&self.store.pool).await?;
        Ok(rows.into_iter().map(|row| (FollowersOf(row.artist), row.followers)).collect())
    }
}

/// Takes the lock of a library.
pub async fn lock(tx: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    let sql = sqlx::query!(
        r#"
        insert into libraries (user_id, version)
        values ($1, 0)
        on conflict (user_id) do update set version = libraries.version
        "#,
        user.0
    );
    sql.execute(tx).await?;
    Ok(())
}

/// Takes the lock of a library and gives the version that it has after this change, which is kept for clients that are
/// away for a few minutes.
pub async fn next_version(tx: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> Result<i64, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"
        with next as (
            insert into libraries (user_id, version)
            values ($1, 1)
            on conflict (user_id) do update set version = libraries.version + 1
            returning version
        ), noted as (
            insert into changes (subject, version, happened_at)
            select $1, version, $2 from next
        )
        select version from next
        "#,
        user.0,
        now
    );
    sql.fetch_one(tx).await
}

/// Puts things on a shelf or takes them from it, and gives those for which that changed something.
pub async fn set(
    tx: &mut PgConnection,
    user: UserId,
    shelf: Shelf,
    things: &[Uuid],
    wish: Wish,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    match wish {
        Wish::Keep => put(tx, user, shelf, things, now).await,
        Wish::Drop => take(tx, user, shelf, things).await,
    }
}

async fn put(
    tx: &mut PgConnection,
    user: UserId,
    shelf: Shelf,
    things: &[Uuid],
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"
        insert into library_entries (user_id, shelf, thing_id, added_at)
        select $1, $2, k.id, $4
        from unnest($3::uuid[]) with ordinality as k (id, n)
        order by k.n
        on conflict (user_id, shelf, thing_id) do nothing
        returning thing_id
        "#,
        user.0,
        name(shelf),
        things,
        now
    );
    sql.fetch_all(tx).await
}

async fn take(tx: &mut PgConnection, user: UserId, shelf: Shelf, things: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        "delete from library_entries where user_id = $1 and shelf = $2 and thing_id = any($3) returning thing_id",
        user.0,
        name(shelf),
        things
    );
    sql.fetch_all(tx).await
}
