//! SQL of private sessions: times in which the plays of a person count nowhere.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::UserId;
use sqlx::PgConnection;

use super::Store;
use crate::domain::{play::Play, private_session::PrivateSession};

impl Store {
    /// The private session of a person that goes on at `now`.
    pub async fn private_session(
        &self,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<Option<PrivateSession>, sqlx::Error> {
        sqlx::query_as!(
            PrivateSession,
            r#"
            select started_at, ends_at
            from private_sessions
            where user_id = $1 and started_at <= $2 and ends_at > $2
            order by started_at desc
            limit 1
            "#,
            user.0,
            now,
        )
        .fetch_optional(&self.pool)
        .await
    }

    /// All private sessions of a person that are still kept, the oldest first.
    pub async fn private_sessions(&self, user: UserId) -> Result<Vec<PrivateSession>, sqlx::Error> {
        sqlx::query_as!(
            PrivateSession,
            "select started_at, ends_at from private_sessions where user_id = $1 order by started_at",
            user.0,
        )
        .fetch_all(&self.pool)
        .await
    }
}

/// Ends what goes on at `now`.
pub async fn end(tx: &mut PgConnection, user: UserId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!("update private_sessions set ends_at = $2 where user_id = $1 and ends_at > $2", user.0, now)
        .execute(tx)
        .await?;
    Ok(())
}

/// Begins one. Within a moment of the last one it is the same.
pub async fn begin(tx: &mut PgConnection, user: UserId, session: PrivateSession) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into private_sessions (user_id, started_at, ends_at) values ($1, $2, $3)
        on conflict (user_id, started_at) do update set ends_at = excluded.ends_at
        "#,
        user.0,
        session.started_at,
        session.ends_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Whether a private session of the person was on at any time while they heard this.
pub async fn covers(tx: &mut PgConnection, user: UserId, play: &Play) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select exists (
            select from private_sessions where user_id = $1 and started_at <= $3 and ends_at > $2
        ) as "covers!"
        "#,
        user.0,
        play.started_at,
        play.started_at + TimeDelta::milliseconds(play.played_ms),
    )
    .fetch_one(tx)
    .await
}
