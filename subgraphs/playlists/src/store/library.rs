//! Libraries in the database.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::{ArtistId, TrackId};
use polyphony_kit::{UserId, page::Window};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::library::{Rating, Shelf, Wish},
    store::{Listed, ReadError, Reader, Store},
};

fn name(shelf: Shelf) -> &'static str {
    match shelf {
        Shelf::LikedTracks => "LIKED_TRACKS",
        Shelf::SavedAlbums => "SAVED_ALBUMS",
        Shelf::FollowedArtists => "FOLLOWED_ARTISTS",
        Shelf::HiddenTracks => "HIDDEN_TRACKS",
        Shelf::HiddenArtists => "HIDDEN_ARTISTS",
        Shelf::RatedTracks => "RATED_TRACKS",
    }
}

/// A thing on a shelf.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Which thing.
    pub thing: Uuid,
    /// Its place on the shelf: what came later has a greater one.
    pub seq: i64,
    /// When it was put there.
    pub added_at: DateTime<Utc>,
}

impl Store {
    /// The version of a library; that of an untouched one is 0.
    pub async fn library_version(&self, user: UserId) -> Result<i64, sqlx::Error> {
        let version = sqlx::query_scalar!("select version from libraries where user_id = $1", user.0);
        Ok(version.fetch_optional(&self.pool).await?.unwrap_or_default())
    }

    /// A page of a shelf, the newest first, without what is gone.
    pub async fn shelf(
        &self,
        user: UserId,
        which: Shelf,
        window: &Window<i64>,
        with_total: bool,
    ) -> Result<Listed<Kept>, sqlx::Error> {
        let rows = sqlx::query!(
            r#"
            select n.total, e.thing_id as "thing?", e.seq as "seq?", e.added_at as "added_at?"
            from (
                select case when $3 then (
                    select count(*)
                    from library_entries k
                    where k.user_id = $1 and k.shelf = $2
                      and not exists (select from gone g where g.thing_id = k.thing_id and g.is_gone)
                ) end as total
            ) n
            left join (
                select k.thing_id, k.seq, k.added_at
                from library_entries k
                where k.user_id = $1 and k.shelf = $2 and k.seq < $4
                  and not exists (select from gone g where g.thing_id = k.thing_id and g.is_gone)
                order by k.seq desc
                limit $5
                offset $6
            ) e on true
            order by e.seq desc
            "#,
            user.0,
            name(which),
            with_total,
            window.page.after.unwrap_or(i64::MAX),
            window.page.limit(),
            window.offset
        );
        let rows = rows.fetch_all(&self.pool).await?.into_iter();
        let kept = |thing: Option<Uuid>, seq: Option<i64>, added_at: Option<DateTime<Utc>>| {
            Some(Kept { thing: thing?, seq: seq?, added_at: added_at? })
        };
        Ok(rows.map(|row| (row.total, kept(row.thing, row.seq, row.added_at))).collect())
    }
}

impl Store {
    /// How many tracks somebody has liked later than this one, without those that were deleted; none when they do not like it.
    pub async fn liked_before(&self, user: UserId, track: Option<TrackId>) -> Result<Option<i64>, sqlx::Error> {
        let Some(track) = track else { return Ok(None) };
        let sql = sqlx::query_scalar!(
            r#"
            select (
                select count(*)
                from library_entries l
                where l.user_id = $1 and l.shelf = 'LIKED_TRACKS' and l.seq > k.seq
                  and not exists (select from tracks t where t.id = l.thing_id and t.status = 'DELETED')
            ) as "before!"
            from library_entries k
            where k.user_id = $1 and k.shelf = 'LIKED_TRACKS' and k.thing_id = $2
            "#,
            user.0,
            track.0
        );
        sql.fetch_optional(&self.pool).await
    }

    /// The tracks that somebody likes behind so many others, the newest like first, without those that were deleted.
    pub async fn liked_tracks(&self, user: UserId, from: i64, limit: i64) -> Result<Vec<TrackId>, sqlx::Error> {
        let sql = sqlx::query_scalar!(
            r#"
            select l.thing_id as "id: TrackId"
            from library_entries l
            where l.user_id = $1 and l.shelf = 'LIKED_TRACKS'
              and not exists (select from tracks t where t.id = l.thing_id and t.status = 'DELETED')
            order by l.seq desc
            offset $2
            limit $3
            "#,
            user.0,
            from,
            limit
        );
        sql.fetch_all(&self.pool).await
    }
}

/// How the viewer keeps something.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Since when.
    pub since: DateTime<Utc>,
    /// With which rating, on the shelf of what is rated.
    pub rating: Option<i16>,
}

/// How the viewer keeps this thing on this shelf; finds it when it is there.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct OnShelf(pub Shelf, pub Uuid);

impl Loader<OnShelf> for Reader {
    type Value = Standing;
    type Error = ReadError;

    async fn load(&self, keys: &[OnShelf]) -> Result<HashMap<OnShelf, Standing>, ReadError> {
        let Some(viewer) = self.viewer else { return Ok(HashMap::new()) };
        let (shelves, things): (Vec<_>, Vec<_>) = keys.iter().map(|key| (name(key.0).to_owned(), key.1)).unzip();
        let kept = sqlx::query!(
            r#"
            select
                k.n as "n!",
                e.added_at,
                e.rating
            from unnest($2::text[], $3::uuid[]) with ordinality as k (shelf, thing_id, n)
            join library_entries e on e.user_id = $1 and e.shelf = k.shelf and e.thing_id = k.thing_id
            "#,
            viewer.0,
            &shelves,
            &things
        );
        let kept = kept.fetch_all(&self.store.pool).await?.into_iter();
        let standing = |since, rating| Standing { since, rating };
        Ok(kept.map(|row| (keys[row.n as usize - 1], standing(row.added_at, row.rating))).collect())
    }
}

/// Who follows an artist.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FollowersOf {
    /// Which artist.
    pub artist: ArtistId,
    /// Whether to count all of them; an artist may have a great many.
    pub counted: bool,
}

/// Who follows an artist.
#[derive(Clone, Copy, Debug, Default)]
pub struct Followers {
    /// How many they are; 0 unless they are counted.
    pub count: i64,
    /// Since when the viewer is one of them.
    pub viewer_since: Option<DateTime<Utc>>,
}

impl Loader<FollowersOf> for Reader {
    type Value = Followers;
    type Error = ReadError;

    async fn load(&self, keys: &[FollowersOf]) -> Result<HashMap<FollowersOf, Followers>, ReadError> {
        let (ids, counted): (Vec<_>, Vec<_>) = keys.iter().map(|key| (key.artist, key.counted)).unzip();
        let rows = sqlx::query!(
            r#"
            select
                k.n as "n!",
                case when k.counted then (
                    select count(*) from library_entries f where f.thing_id = k.id and f.shelf = 'FOLLOWED_ARTISTS'
                ) else 0 end as "count!",
                (
                    select v.added_at
                    from library_entries v
                    where v.user_id = $1 and v.shelf = 'FOLLOWED_ARTISTS' and v.thing_id = k.id
                ) as viewer_since
            from unnest($2::uuid[], $3::boolean[]) with ordinality as k (id, counted, n)
            "#,
            self.viewer.map(|user| user.0),
            &ids as &[ArtistId],
            &counted
        );
        let followers = |count, viewer_since| Followers { count, viewer_since };
        let rows = rows.fetch_all(&self.store.pool).await?.into_iter();
        Ok(rows.map(|row| (keys[row.n as usize - 1], followers(row.count, row.viewer_since))).collect())
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

/// Puts things on a shelf, but for those that are gone, or takes them from it, and gives those for which that changed something.
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
        where not exists (select from gone g where g.thing_id = k.id and g.is_gone)
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

/// How many entries a list of a library has; more than `most` are not counted.
pub async fn count(tx: &mut PgConnection, user: UserId, shelf: Shelf, most: i64) -> Result<i64, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"
        select count(*) as "count!"
        from (select from library_entries where user_id = $1 and shelf = $2 limit $3) as counted
        "#,
        user.0,
        name(shelf),
        most
    );
    sql.fetch_one(tx).await
}

/// Rates tracks, anew those that were rated before, and gives those for which that changed something.
pub async fn rate(
    tx: &mut PgConnection,
    user: UserId,
    tracks: &[Uuid],
    rating: Rating,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let sql = sqlx::query_scalar!(
        r#"
        insert into library_entries as e (user_id, shelf, thing_id, added_at, rating)
        select $1, 'RATED_TRACKS', k.id, $3, $4
        from unnest($2::uuid[]) with ordinality as k (id, n)
        where not exists (select from gone g where g.thing_id = k.id and g.is_gone)
        order by k.n
        on conflict (user_id, shelf, thing_id) do update
        set rating = excluded.rating, added_at = excluded.added_at
        where e.rating is distinct from excluded.rating
        returning thing_id
        "#,
        user.0,
        tracks,
        now,
        rating.stars()
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
