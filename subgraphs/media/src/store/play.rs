//! SQL of plays that have counted, of what playback must know of tracks, and of what follows the end of a queue.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use polyphony_events::{TrackId, UserId, catalog::TrackSnapshot};
use polyphony_kit::Viewer;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Store;
use crate::domain::play::REPORTED_WITHIN;

/// What may be done with a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Playability {
    /// Whether there is something to play.
    pub playable: bool,
    /// Whether it is explicit, and the person wants nothing explicit.
    pub is_hidden: bool,
    /// How long it is.
    pub duration_ms: Option<i64>,
}

impl Store {
    /// Those of the tracks that `viewer` may know of.
    pub async fn playability(
        &self,
        viewer: &Viewer,
        ids: &[TrackId],
    ) -> Result<HashMap<TrackId, Playability>, sqlx::Error> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = sqlx::query!(
            r#"
            select
                p.track_id as "id!: TrackId",
                p.playable as "playable!",
                p.duration_ms,
                (m.explicit and not coalesce((select explicit_content from listeners where user_id = $2), true))
                    as "is_hidden!"
            from playable_tracks p
            join track_media m on m.track_id = p.track_id
            where p.track_id = any($1) and (p.status <> 'DRAFT' or p.owner_id = $2 or $3)
            "#,
            &ids,
            viewer.user.0,
            viewer.is_admin(),
        )
        .fetch_all(&self.pool)
        .await?;
        let facts = |playable, is_hidden, duration_ms| Playability { playable, is_hidden, duration_ms };
        Ok(rows.into_iter().map(|row| (row.id, facts(row.playable, row.is_hidden, row.duration_ms))).collect())
    }

    /// Forgets plays that can no longer be reported again.
    pub async fn prune_plays(&self, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
        let oldest = now - REPORTED_WITHIN * 2;
        sqlx::query!("delete from plays where counted_at < $1", oldest).execute(&self.pool).await?;
        sqlx::query!("delete from private_sessions where ends_at < $1", oldest).execute(&self.pool).await?;
        Ok(())
    }
}

/// Notes that a play counts; gives whether it had not before.
pub async fn count(tx: &mut PgConnection, user: UserId, play: &str, now: DateTime<Utc>) -> Result<bool, sqlx::Error> {
    let counted = sqlx::query!(
        "insert into plays (user_id, play_id, counted_at) values ($1, $2, $3) on conflict do nothing",
        user.0,
        play,
        now,
    );
    Ok(counted.execute(tx).await?.rows_affected() == 1)
}

/// Forgets what a person has played.
pub async fn forget_all_of(tx: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from plays where user_id = $1", user.0).execute(&mut *tx).await?;
    sqlx::query!("delete from private_sessions where user_id = $1", user.0).execute(&mut *tx).await?;
    sqlx::query!("delete from autoplay_choices where user_id = $1", user.0).execute(tx).await?;
    Ok(())
}

/// Keeps what playback must know of a track, unless something newer is known.
pub async fn keep_facts(tx: &mut PgConnection, track: &TrackSnapshot, version: i64) -> Result<(), sqlx::Error> {
    let artists: Vec<Uuid> = track.artists.iter().map(|artist| artist.id.0).collect();
    sqlx::query!(
        r#"
        insert into track_facts (
            track_id, duration_ms, artist_ids, genres, version, album_id, disc_number, track_number, released_on
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (track_id) do update
        set duration_ms = excluded.duration_ms, artist_ids = excluded.artist_ids, genres = excluded.genres,
            version = excluded.version, album_id = excluded.album_id, disc_number = excluded.disc_number,
            track_number = excluded.track_number, released_on = excluded.released_on
        where track_facts.version < excluded.version
        "#,
        track.id.0,
        track.duration_ms,
        &artists,
        &track.genres,
        version,
        track.album.as_ref().map(|album| album.id.0),
        track.disc_number,
        track.track_number,
        track.released_on,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Keeps whether a person wants something like it to follow, unless something newer is known.
pub async fn keep_autoplay(
    tx: &mut PgConnection,
    user: UserId,
    is_wanted: bool,
    version: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into autoplay_choices (user_id, autoplay, version) values ($1, $2, $3)
        on conflict (user_id) do update set autoplay = excluded.autoplay, version = excluded.version
        where autoplay_choices.version < excluded.version
        "#,
        user.0,
        is_wanted,
        version,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// What follows the end of a queue for a person who wants that: tracks by the same artists first, then of the same genres,
/// none of which stands in the queue; no explicit ones for whoever wants none.
pub async fn radio(
    tx: &mut PgConnection,
    user: UserId,
    queue_of: Uuid,
    like: TrackId,
    limit: i64,
) -> Result<Vec<TrackId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        with seed as (
            select artist_ids, genres from track_facts where track_id = $3
        ), like_it as (
            (select f.track_id, 1 as rank from track_facts f, seed where f.artist_ids && seed.artist_ids limit 100)
            union all
            (select f.track_id, 2 as rank from track_facts f, seed where f.genres && seed.genres limit 300)
        )
        select l.track_id as "id!: TrackId"
        from like_it l
        join playable_tracks t on t.track_id = l.track_id and t.playable and t.status = 'PUBLISHED'
        join track_media m on m.track_id = l.track_id
            and (not m.explicit or coalesce((select explicit_content from listeners where user_id = $1), true))
        where not exists (select from queue_items q where q.player_id = $2 and q.track_id = l.track_id)
            and coalesce((select autoplay from autoplay_choices where user_id = $1), true)
        group by l.track_id
        order by min(l.rank), md5(l.track_id::text || $3::text)
        limit $4
        "#,
        user.0,
        queue_of,
        like.0,
        limit,
    )
    .fetch_all(tx)
    .await
}
