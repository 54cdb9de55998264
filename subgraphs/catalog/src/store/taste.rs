//! What people hear and like, and from it what is heard together. Nobody but recommendations reads it.

use chrono::{DateTime, Utc};
use polyphony_events::{PlaylistId, TrackId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::recommendation::{CONNECTED, Opinion};

/// Somebody heard a track.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    /// Who.
    pub user: UserId,
    /// What.
    pub track: TrackId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Somebody says what they think of a track.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// Who.
    pub user: UserId,
    /// Of what.
    pub track: TrackId,
    /// What.
    pub opinion: Opinion,
    /// The version of the person's library.
    pub version: i64,
    /// When.
    pub at: DateTime<Utc>,
}

/// A track keeps at most so many neighbours …
const MOST_NEIGHBOURS: i64 = 100;
/// … and is tidied when it has more than so many, so that new ones have time to prove themselves.
const CROWDED: i64 = 150;

/// Notes that somebody heard a track, unless they have forgotten it since; true when they had never.
pub async fn hear(tx: &mut PgConnection, heard: Heard) -> Result<bool, sqlx::Error> {
    let is_forgotten = sqlx::query_scalar!(
        r#"select exists (select from history_cleared where user_id = $1 and cleared_at >= $2) as "is!""#,
        heard.user.0,
        heard.at
    );
    if is_forgotten.fetch_one(&mut *tx).await? {
        return Ok(false);
    }
    let is_new = meet(tx, heard.user, heard.track, heard.at).await?;
    sqlx::query!(
        r#"
        update tastes
        set plays = plays + 1, last_at = greatest(last_at, $3)
        where user_id = $1 and track_id = $2
        "#,
        heard.user.0,
        heard.track.0,
        heard.at
    )
    .execute(tx)
    .await?;
    Ok(is_new)
}

/// Notes what somebody thinks of a track, unless something newer is known; true when they like it and never said so before.
pub async fn say(tx: &mut PgConnection, said: Said) -> Result<bool, sqlx::Error> {
    meet(tx, said.user, said.track, said.at).await?;
    let before = sqlx::query_scalar!(
        r#"
        update tastes t
        set opinion = $3, opinion_version = $4, last_at = greatest(t.last_at, $5)
        from (select opinion from tastes where user_id = $1 and track_id = $2) as old
        where t.user_id = $1 and t.track_id = $2 and t.opinion_version < $4
        returning coalesce(old.opinion, '') as "before!"
        "#,
        said.user.0,
        said.track.0,
        said.opinion.as_str(),
        said.version,
        said.at
    )
    .fetch_optional(tx)
    .await?;
    Ok(said.opinion == Opinion::Liked && before.is_some_and(|before| before.is_empty()))
}

/// Forgets what somebody heard no later than this, also when it is told afterwards; what they think of tracks stays.
pub async fn forget_heard(tx: &mut PgConnection, user: UserId, cleared_at: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let is_news = sqlx::query!(
        r#"
        insert into history_cleared (user_id, cleared_at)
        values ($1, $2)
        on conflict (user_id) do update set cleared_at = excluded.cleared_at
        where history_cleared.cleared_at < excluded.cleared_at
        "#,
        user.0,
        cleared_at
    );
    if is_news.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(());
    }
    sqlx::query!("delete from tastes where user_id = $1 and opinion is null and last_at <= $2", user.0, cleared_at)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("update tastes set plays = 0 where user_id = $1 and opinion is not null and plays > 0", user.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// Makes the row of a person and a track that exists; true when there was none.
async fn meet(tx: &mut PgConnection, user: UserId, track: TrackId, at: DateTime<Utc>) -> Result<bool, sqlx::Error> {
    let met = sqlx::query!(
        r#"
        insert into tastes (user_id, track_id, last_at)
        select $1, id, $3 from tracks where id = $2
        on conflict do nothing
        "#,
        user.0,
        track.0,
        at
    );
    Ok(met.execute(tx).await?.rows_affected() > 0)
}

/// The tracks that a person met last, without this one and those they dislike.
pub async fn recent(tx: &mut PgConnection, user: UserId, except: TrackId) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select track_id
        from tastes
        where user_id = $1 and track_id <> $2 and opinion is distinct from 'DISLIKED'
        order by last_at desc
        limit $3
        "#,
        user.0,
        except.0,
        CONNECTED
    )
    .fetch_all(tx)
    .await
}

/// Notes that tracks were put into a playlist; gives those that it had not among its last.
pub async fn put_in_playlist(
    tx: &mut PgConnection,
    playlist: PlaylistId,
    tracks: &[Uuid],
    version: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        insert into playlist_tracks (playlist_id, track_id, version)
        select $1, t.id, $3 from tracks t where t.id = any($2)
        on conflict do nothing
        returning track_id
        "#,
        playlist.0,
        tracks,
        version
    )
    .fetch_all(tx)
    .await
}

/// The tracks that were put into a playlist last; those before are forgotten.
pub async fn last_of_playlist(tx: &mut PgConnection, playlist: PlaylistId) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query!(
        r#"
        delete from playlist_tracks
        where playlist_id = $1 and track_id not in (
            select track_id from playlist_tracks where playlist_id = $1 order by version desc, track_id limit $2
        )
        "#,
        playlist.0,
        CONNECTED
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query_scalar!("select track_id from playlist_tracks where playlist_id = $1", playlist.0).fetch_all(tx).await
}

/// Forgets a playlist that is gone.
pub async fn forget_playlist(tx: &mut PgConnection, playlist: PlaylistId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from playlist_tracks where playlist_id = $1", playlist.0).execute(tx).await?;
    Ok(())
}

/// Adds to the weight of a track, and to how much it is heard together with each of the others.
pub async fn connect(tx: &mut PgConnection, track: Uuid, others: &[Uuid], weight: f64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into track_weights (track_id, weight)
        select id, $2 from tracks where id = $1
        on conflict (track_id) do update set weight = track_weights.weight + excluded.weight
        "#,
        track,
        weight
    )
    .execute(&mut *tx)
    .await?;
    // In one order for all, so that two that connect the same tracks do not wait for each other.
    sqlx::query!(
        r#"
        insert into track_pairs (track_id, other_id, weight)
        select p.track_id, p.other_id, $3
        from (
            select $1::uuid as track_id, o.id as other_id from unnest($2::uuid[]) as o (id)
            union
            select o.id, $1 from unnest($2::uuid[]) as o (id)
        ) as p
        order by p.track_id, p.other_id
        on conflict (track_id, other_id) do update set weight = track_pairs.weight + excluded.weight
        "#,
        track,
        others,
        weight
    )
    .execute(&mut *tx)
    .await?;
    let crowded: Vec<Uuid> = others.iter().copied().chain([track]).collect();
    sqlx::query!(
        r#"
        delete from track_pairs p
        using (
            select
                track_id,
                other_id,
                row_number() over (partition by track_id order by weight desc, other_id) as place,
                count(*) over (partition by track_id) as count
            from track_pairs
            where track_id = any($1)
        ) as weak
        where p.track_id = weak.track_id and p.other_id = weak.other_id and weak.count > $2 and weak.place > $3
        "#,
        &crowded,
        CROWDED,
        MOST_NEIGHBOURS
    )
    .execute(tx)
    .await?;
    Ok(())
}
