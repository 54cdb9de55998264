//! What people have listened to, in the database.

use chrono::{DateTime, Utc};
use polyphony_events::{TrackId, media::TrackPlayed};
use polyphony_kit::{UserId, page::Page};
use sqlx::{PgConnection, PgExecutor};

use crate::{
    domain::play::{Play, PlayCursor},
    store::Store,
};

impl Store {
    /// A page of what somebody listened to, the latest first.
    pub async fn history(&self, user: UserId, page: &Page<PlayCursor>) -> Result<Vec<Play>, sqlx::Error> {
        let rows = sqlx::query_as!(
            Play,
            r#"
            select
                p.play_id as id,
                case when t.status is distinct from 'DELETED' then p.track_id end as "track: TrackId",
                p.started_at,
                p.played_ms,
                p.device_name
            from plays p
            left join tracks t on t.id = p.track_id
            where p.user_id = $1 and (p.started_at, p.play_id) < (coalesce($2::timestamptz, 'infinity'), $3)
            order by p.started_at desc, p.play_id desc
            limit $4
            "#,
            user.0,
            page.after.as_ref().map(|after| after.started_at),
            page.after.as_ref().map_or("", |after| &after.play),
            page.limit()
        );
        rows.fetch_all(&self.pool).await
    }
}

/// Writes a play, unless it is known or began when history was cleared later; gives whether it was written.
pub async fn insert(tx: &mut PgConnection, play: &TrackPlayed) -> Result<bool, sqlx::Error> {
    let written = sqlx::query!(
        r#"
        insert into plays (user_id, play_id, track_id, started_at, played_ms, device_name)
        select $1, $2, $3, $4, $5, $6
        where not exists (select from libraries where user_id = $1 and history_cleared_at >= $4)
        on conflict (user_id, play_id) do nothing
        "#,
        play.user_id.0,
        play.play_id,
        play.track_id.0,
        play.started_at,
        play.played_ms,
        play.device_name
    );
    Ok(written.execute(tx).await?.rows_affected() > 0)
}

/// Counts a play that was written.
pub async fn count(db: impl PgExecutor<'_>, play: &TrackPlayed) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into listens (user_id, track_id, play_count, last_played_at)
        values ($1, $2, 1, $3)
        on conflict (user_id, track_id) do update
        set play_count = listens.play_count + 1,
            last_played_at = greatest(listens.last_played_at, excluded.last_played_at)
        "#,
        play.user_id.0,
        play.track_id.0,
        play.started_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets all plays of somebody, and those that are told later but began before now; the caller holds the lock of the
/// library.
pub async fn clear(tx: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("update libraries set history_cleared_at = $2 where user_id = $1", user.0, now)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("delete from plays where user_id = $1", user.0).execute(&mut *tx).await?;
    sqlx::query!("delete from listens where user_id = $1", user.0).execute(&mut *tx).await?;
    Ok(())
}
