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

/// Somebody says what they think of tracks.
#[derive(Clone, Debug)]
pub struct Said {
    /// Who.
    pub user: UserId,
    /// Of what, each once, by id.
    pub tracks: Vec<TrackId>,
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

/// A track, and those that it is heard together with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The track.
    pub track: Uuid,
    /// The others.
    pub others: Vec<Uuid>,
}

/// Notes that people heard tracks, unless they have forgotten it since; gives which tracks are new to whom.
pub async fn hear(tx: &mut PgConnection, heard: &[Heard]) -> Result<Vec<(UserId, TrackId)>, sqlx::Error> {
    let users: Vec<_> = heard.iter().map(|heard| heard.user).collect();
    let tracks: Vec<_> = heard.iter().map(|heard| heard.track).collect();
    let times: Vec<_> = heard.iter().map(|heard| heard.at).collect();
    sqlx::query!(
        r#"
        with plays as (
            select p.user_id, p.track_id, count(*)::int as plays, max(p.at) as last_at
            from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) as p (user_id, track_id, at)
            where not exists (select from history_cleared h where h.user_id = p.user_id and h.cleared_at >= p.at)
            group by p.user_id, p.track_id
        )
        insert into tastes as t (user_id, track_id, plays, last_at)
        select p.user_id, p.track_id, p.plays, p.last_at
        from plays p
        where exists (select from tracks where id = p.track_id)
        order by p.user_id, p.track_id
        on conflict (user_id, track_id) do update
        set plays = t.plays + excluded.plays, last_at = greatest(t.last_at, excluded.last_at)
        returning user_id as "user: UserId", track_id as "track: TrackId", (xmax = 0) as "is_new!"
        "#,
        &users as &[UserId],
        &tracks as &[TrackId],
        &times
    )
    .map(|row| row.is_new.then_some((row.user, row.track)))
    .fetch_all(tx)
    .await
    .map(|met| met.into_iter().flatten().collect())
}

/// Notes what somebody thinks of tracks, unless something newer is known; gives those that they like and never said so of before.
pub async fn say(tx: &mut PgConnection, said: &Said) -> Result<Vec<TrackId>, sqlx::Error> {
    let first = sqlx::query!(
        r#"
        with before as (
            select track_id, opinion from tastes where user_id = $1 and track_id = any($2)
        )
        insert into tastes as t (user_id, track_id, opinion, opinion_version, last_at)
        select $1, k.id, $3, $4, $5
        from tracks k
        where k.id = any($2)
        order by k.id
        on conflict (user_id, track_id) do update
        set opinion = excluded.opinion,
            opinion_version = excluded.opinion_version,
            last_at = greatest(t.last_at, excluded.last_at)
        where t.opinion_version < excluded.opinion_version
        returning
            t.track_id as "track: TrackId",
            exists (select from before b where b.track_id = t.track_id and b.opinion is not null) as "had_said!"
        "#,
        said.user.0,
        &said.tracks as &[TrackId],
        said.opinion.as_str(),
        said.version,
        said.at
    )
    .map(|row| (!row.had_said).then_some(row.track))
    .fetch_all(tx)
    .await?;
    let first = first.into_iter().flatten().filter(|_| said.opinion == Opinion::Liked);
    Ok(first.collect())
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

/// For each person and track, the tracks that the person met last, without this one and those they dislike.
pub async fn recent(tx: &mut PgConnection, met: &[(UserId, TrackId)]) -> Result<Vec<Vec<Uuid>>, sqlx::Error> {
    let (users, tracks): (Vec<_>, Vec<_>) = met.iter().map(|(user, track)| (user.0, track.0)).unzip();
    let found = sqlx::query!(
        r#"
        select k.n as "n!", t.track_id
        from unnest($1::uuid[], $2::uuid[]) with ordinality as k (user_id, track_id, n)
        cross join lateral (
            select o.track_id
            from tastes o
            where o.user_id = k.user_id and o.track_id <> k.track_id and o.opinion is distinct from 'DISLIKED'
            order by o.last_at desc
            limit $3
        ) as t
        "#,
        &users,
        &tracks,
        CONNECTED
    );
    let mut recent = vec![Vec::new(); met.len()];
    for row in found.fetch_all(tx).await? {
        recent[row.n as usize - 1].push(row.track_id);
    }
    Ok(recent)
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

/// Adds to the weight of tracks, and to how much each is heard together with its others. All weights are locked before the pairs, and
/// both in the order of their keys, so that two that connect the same tracks do not wait for each other.
pub async fn connect(tx: &mut PgConnection, connections: &[Connection], weight: f64) -> Result<(), sqlx::Error> {
    let tracks: Vec<_> = connections.iter().map(|one| one.track).collect();
    sqlx::query!(
        r#"
        insert into track_weights (track_id, weight)
        select t.id, $2::float8 * k.times
        from (select id, count(*) as times from unnest($1::uuid[]) as k (id) group by id) as k
        join tracks t on t.id = k.id
        order by t.id
        on conflict (track_id) do update set weight = track_weights.weight + excluded.weight
        "#,
        &tracks,
        weight
    )
    .execute(&mut *tx)
    .await?;
    let pairs = connections.iter().flat_map(|one| one.others.iter().map(|other| (one.track, *other)));
    let (of, others): (Vec<_>, Vec<_>) = pairs.unzip();
    sqlx::query!(
        r#"
        with pairs as (
            select k.track_id, k.other_id from unnest($1::uuid[], $2::uuid[]) as k (track_id, other_id)
        )
        insert into track_pairs (track_id, other_id, weight)
        select p.track_id, p.other_id, $3::float8 * count(*)
        from (
            select track_id, other_id from pairs union all select other_id, track_id from pairs
        ) as p
        group by p.track_id, p.other_id
        order by p.track_id, p.other_id
        on conflict (track_id, other_id) do update set weight = track_pairs.weight + excluded.weight
        "#,
        &of,
        &others,
        weight
    )
    .execute(&mut *tx)
    .await?;
    let mut crowded: Vec<Uuid> = others.into_iter().chain(tracks).collect();
    crowded.sort_unstable();
    crowded.dedup();
    tidy(tx, &crowded).await
}

/// Leaves tracks that have too many neighbours the strongest of them. Pairs that somebody else works with are left for another time.
async fn tidy(tx: &mut PgConnection, tracks: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        delete from track_pairs p
        using (
            select w.track_id, w.other_id
            from (
                select
                    track_id,
                    other_id,
                    row_number() over (partition by track_id order by weight desc, other_id) as place,
                    count(*) over (partition by track_id) as count
                from track_pairs
                where track_id = any($1)
            ) as weak
            join track_pairs w on w.track_id = weak.track_id and w.other_id = weak.other_id
            where weak.count > $2 and weak.place > $3
            for update of w skip locked
        ) as weak
        where p.track_id = weak.track_id and p.other_id = weak.other_id
        "#,
        tracks,
        CROWDED,
        MOST_NEIGHBOURS
    )
    .execute(tx)
    .await?;
    Ok(())
}
