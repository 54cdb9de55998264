//! Plays: each counted once, at its track and at what the track belongs to.

use chrono::{DateTime, Utc};
use polyphony_events::{TrackId, UserId};
use sqlx::PgConnection;

/// Notes a play under the name that its teller gave it; false when it was noted before.
pub async fn note(
    tx: &mut PgConnection,
    user: UserId,
    play: &str,
    heard_at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query!(
        "insert into plays (user_id, play_id, heard_at) values ($1, $2, $3) on conflict do nothing",
        user.0,
        play,
        heard_at
    );
    Ok(noted.execute(tx).await?.rows_affected() > 0)
}

/// Counts a play at the track, its album, its artists and its genres; false when there is no such track.
pub async fn count(tx: &mut PgConnection, track: TrackId) -> Result<bool, sqlx::Error> {
    // The track first: its row is what makes two plays, or a play and a change of the artists, come one after the other.
    let counted = sqlx::query!("update tracks set play_count = play_count + 1 where id = $1", track.0);
    if counted.execute(&mut *tx).await?.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        r#"
        with of_artists as (
            update track_artists set play_count = play_count + 1 where track_id = $1 returning artist_id
        ),
        of_genres as (
            update track_genres set play_count = play_count + 1 where track_id = $1
        ),
        held as (
            select a.id from artists a where a.id in (select artist_id from of_artists) order by a.id for no key update
        ),
        artists_counted as (
            update artists a set play_count = play_count + 1 from held where a.id = held.id returning a.id
        ),
        album_counted as (
            update albums set play_count = play_count + 1
            where id = (select album_id from tracks where id = $1)
            returning id
        )
        insert into popularity_changes (id)
        select changed.id
        from (select $1 as id union select id from artists_counted union select id from album_counted) as changed
        order by changed.id
        on conflict do nothing
        "#,
        track.0
    )
    .execute(tx)
    .await?;
    Ok(true)
}

/// Forgets plays that nobody will tell again; gives how many there were.
pub async fn forget_before(tx: &mut PgConnection, oldest: DateTime<Utc>) -> Result<u64, sqlx::Error> {
    let forgotten = sqlx::query!("delete from plays where heard_at < $1", oldest);
    Ok(forgotten.execute(tx).await?.rows_affected())
}

/// Tells search how popular up to `limit` things are by now that were played; gives how many there were.
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
    sqlx::query!(
        r#"
        update search_documents d
        set popularity = counted.plays, mirrored = false, written_at = now()
        from (
            select id, play_count as plays from tracks where id = any($1)
            union all
            select id, play_count from albums where id = any($1)
            union all
            select id, play_count from artists where id = any($1)
        ) as counted
        where d.id = counted.id and d.popularity <> counted.plays
        "#,
        &changed
    )
    .execute(tx)
    .await?;
    Ok(changed.len() as u64)
}
