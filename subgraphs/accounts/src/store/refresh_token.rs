//! Refresh tokens, by their hashes.

use chrono::{DateTime, Utc};
use polyphony_kit::{SessionId, UserId};
use sqlx::PgConnection;

use crate::domain::{PresentedToken, RefreshToken, Successor};

/// What is known of a token that somebody presents; `None` when it is none of ours.
pub async fn presented_token(
    tx: &mut PgConnection,
    token: &RefreshToken,
) -> Result<Option<PresentedToken>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select
            s.id as "session_id: SessionId",
            s.user_id as "user_id: UserId",
            s.created_at as session_created_at,
            s.ended_at as session_ended_at,
            t.generation,
            t.expires_at,
            next.salt as "next_salt?",
            next.expires_at as "next_expires_at?",
            next.used_at as "next_used_at?"
        from refresh_tokens t
        join sessions s on s.id = t.session_id
        left join refresh_tokens next on next.session_id = t.session_id and next.generation = t.generation + 1
        where t.hash = $1
        "#,
        token.hash(),
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| PresentedToken {
        session_id: row.session_id,
        user_id: row.user_id,
        session_created_at: row.session_created_at,
        session_ended_at: row.session_ended_at,
        generation: row.generation,
        expires_at: row.expires_at,
        successor: row.next_salt.zip(row.next_expires_at).map(|(salt, expires_at)| Successor {
            salt,
            expires_at,
            used: row.next_used_at.is_some(),
        }),
    }))
}

/// The token of a generation of a session.
pub struct NewToken<'a> {
    /// Of which session.
    pub session: SessionId,
    /// The token itself.
    pub token: &'a RefreshToken,
    /// How many there were before it.
    pub generation: i64,
    /// What it was derived with.
    pub salt: Option<&'a [u8]>,
    /// When it is given.
    pub created_at: DateTime<Utc>,
    /// When it ceases to be good.
    pub expires_at: DateTime<Utc>,
}

/// Adds a token to its session; the one before it, if there is one, is used from now on.
pub async fn add_refresh_token(tx: &mut PgConnection, new: &NewToken<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        with used as (
            update refresh_tokens set used_at = $5 where session_id = $2 and generation = $3::bigint - 1 and used_at is null
        )
        insert into refresh_tokens (hash, session_id, generation, salt, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        new.token.hash(),
        new.session.0,
        new.generation,
        new.salt,
        new.created_at,
        new.expires_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}
