//! Plays: each counted once, at its track and at what the track belongs to.
//!
//! Rows are locked in one order, here as in every command: artists, albums, tracks, and each kind by id.

use chrono::{DateTime, Utc};
use polyphony_events::{TrackId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

/// A play under the name that its teller gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlayKey<'a> {
    /// Who listened.
    pub user: UserId,
    /// The teller's name for it.
    pub play: &'a str,
}

/// Notes plays, in the order of their keys; gives those that were not noted before.
pub async fn note(
    tx: &mut PgConnection,
    plays: &[PlayKey<'_>],
    now: DateTime<Utc>,
) -> Result<Vec<(UserId, String)>, sqlx::Error> {
    let (users, ids): (Vec<_>, Vec<_>) = plays.iter().map(|key| (key.user.0, key.play.to_owned())).unzip();
    sqlx::query!(
        r#"
        insert into plays (user_id, play_id, heard_at)
        select p.user_id, p.play_id, $3
        from unnest($1::uuid[], $2::text[]) as p (user_id, play_id)
        order by p.user_id, p.play_id
        on conflict do nothing
        returning user_id as "user: UserId", play_id
        "#,
        &users,
        &ids,
        now
    )
    .map(|row| (row.user, row.play_id))
    .fetch_all(tx)
    .await
}

/// Counts plays at their tracks, and at the albums, artists and genres of these; gives which tracks are there. `tracks` has each
/// once, with how often it was played.
pub async fn count(tx: &mut PgConnection, tracks: &[(TrackId, i64)]) -> Result<Vec<TrackId>, sqlx::Error> {
    let (ids, plays): (Vec<_>, Vec<_>) = tracks.iter().map(|(id, plays)| (id.0, *plays)).unzip();
    let artists = lock_artists(tx, &ids).await?;
    let albums = lock_albums(tx, &ids).await?;
    let counted = sqlx::query_scalar!(
        r#"
        update tracks t
        set play_count = t.play_count + k.plays
        from (
            select t.id, k.plays
            from unnest($1::uuid[], $2::bigint[]) as k (id, plays)
            join tracks t on t.id = k.id
            order by t.id
            for no key update of t
        ) as k
        where t.id = k.id
        returning t.id
        "#,
        &ids,
        &plays
    )
    .fetch_all(&mut *tx)
    .await?;
    spread(tx, (&ids, &plays), &artists, &albums).await?;
    Ok(counted)
}

async fn lock_artists(tx: &mut PgConnection, tracks: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select id as "id: Uuid"
        from artists
        where id in (select artist_id from track_artists where track_id = any($1))
        order by id
        for no key update
        "#,
        tracks
    )
    .fetch_all(tx)
    .await
}

async fn lock_albums(tx: &mut PgConnection, tracks: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select id as "id: Uuid"
        from albums
        where id in (select album_id from tracks where id = any($1))
        order by id
        for no key update
        "#,
        tracks
    )
    .fetch_all(tx)
    .await
}

/// Adds the plays of locked tracks to what they belong to, as far as that was locked before them: what a track has come to belong
/// to in between is not waited for.
async fn spread(
    tx: &mut PgConnection,
    (tracks, plays): (&[Uuid], &[i64]),
    artists: &[Uuid],
    albums: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        with k as (
            select id, plays from unnest($1::uuid[], $2::bigint[]) as k (id, plays)
        ),
        of_artists as (
            update track_artists l set play_count = l.play_count + k.plays from k where l.track_id = k.id
            returning l.artist_id, k.plays
        ),
        of_genres as (
            update track_genres l set play_count = l.play_count + k.plays from k where l.track_id = k.id
        ),
        artists_counted as (
            update artists a
            set play_count = a.play_count + s.plays
            from (select artist_id, sum(plays)::bigint as plays from of_artists group by artist_id) as s
            where a.id = s.artist_id and a.id = any($3)
            returning a.id
        ),
        albums_counted as (
            update albums b
            set play_count = b.play_count + s.plays
            from (
                select t.album_id, sum(k.plays)::bigint as plays
                from k
                join tracks t on t.id = k.id
                group by t.album_id
            ) as s
            where b.id = s.album_id and b.id = any($4)
            returning b.id
        )
        insert into popularity_changes (id)
        select changed.id
        from (
            select t.id from k join tracks t on t.id = k.id
            union
            select id from artists_counted
            union
            select id from albums_counted
        ) as changed
        order by changed.id
        on conflict do nothing
        "#,
        tracks,
        plays,
        artists,
        albums
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Forgets plays that nobody will tell again; gives how many there were.
pub async fn forget_before(tx: &mut PgConnection, oldest: DateTime<Utc>) -> Result<u64, sqlx::Error> {
    let forgotten = sqlx::query!("delete from plays where heard_at < $1", oldest);
    Ok(forgotten.execute(tx).await?.rows_affected())
}

/// Tells search how popular up to `limit` things are by now that were played; gives how many there were. What is played often is
/// told when its plays have grown by a tenth: each time, its document is written anew.
pub async fn refresh_popularity(tx: &mut PgConnection, limit: i64) -> Result<u64, sqlx::Error> {
    let changed = sqlx::query_scalar!(
        r#"
        delete from popularity_changes
        where id in (select id from popularity_changes order by id limit $1 for update skip locked)
        returning id
        "#,
        limit
    )
    .fetch_all(&mut *tx)
    .await?;
    // Whoever writes documents has this row first, whatever order they lock those in.
    sqlx::query!("select revision from catalog_revision for no key update").fetch_one(&mut *tx).await?;
    sqlx::query!(
        r#"
        update search_documents d
        set popularity = counted.plays, mirrored = not exists (select from search_mirrors), written_at = now()
        from (
            select d.id, counted.plays
            from (
                select id, play_count as plays from tracks where id = any($1)
                union all
                select id, play_count from albums where id = any($1)
                union all
                select id, play_count from artists where id = any($1)
            ) as counted
            join search_documents d on d.id = counted.id and abs(counted.plays - d.popularity) > d.popularity / 10
            order by d.id
            for no key update of d
        ) as counted
        where d.id = counted.id
        "#,
        &changed
    )
    .execute(tx)
    .await?;
    Ok(changed.len() as u64)
}
