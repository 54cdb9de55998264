//! Sessions.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_kit::{SessionId, UserId};
use sqlx::PgConnection;

use super::{LoadError, Store};
use crate::domain::{Client, Session};

/// Finds the sessions of a person that are not over, the last seen first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionsOf(pub UserId);

impl Loader<SessionsOf> for Store {
    type Value = Vec<Session>;
    type Error = LoadError;

    async fn load(&self, keys: &[SessionsOf]) -> Result<HashMap<SessionsOf, Vec<Session>>, LoadError> {
        let users: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query_as!(
            Session,
            r#"
            select
                id as "id: SessionId",
                user_id as "user_id: UserId",
                device_name,
                user_agent,
                ip_address,
                created_at,
                last_seen_at
            from sessions
            where user_id = any($1) and ended_at is null
            order by last_seen_at desc, id desc
            "#,
            &users,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut sessions: HashMap<_, Vec<_>> = keys.iter().map(|key| (*key, Vec::new())).collect();
        for row in rows {
            sessions.entry(SessionsOf(row.user_id)).or_default().push(row);
        }
        Ok(sessions)
    }
}

/// Whether the session is this person's and not over.
pub async fn live_session(tx: &mut PgConnection, user: UserId, session: SessionId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select exists (
            select 1 from sessions where id = $1 and user_id = $2 and ended_at is null
        ) as "exists!"
        "#,
        session.0,
        user.0,
    )
    .fetch_one(tx)
    .await
}

/// From where the session was last used.
pub async fn client_of_session(tx: &mut PgConnection, session: SessionId) -> Result<Option<Client>, sqlx::Error> {
    sqlx::query_as!(Client, "select device_name, user_agent, ip_address from sessions where id = $1", session.0)
        .fetch_optional(tx)
        .await
}

/// Adds a session; whoever opens one has just proved themselves.
pub async fn add_session(
    tx: &mut PgConnection,
    session: &Session,
    expires_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into sessions (
            id, user_id, device_name, user_agent, ip_address, created_at, last_seen_at, expires_at, proved_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $6)
        "#,
        session.id.0,
        session.user_id.0,
        session.device_name,
        session.user_agent,
        session.ip_address,
        session.created_at,
        session.last_seen_at,
        expires_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that the session's client was here, and from where.
pub async fn touch_session(
    tx: &mut PgConnection,
    id: SessionId,
    client: &Client,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update sessions
        set last_seen_at = $2,
            expires_at = $3,
            user_agent = coalesce($4, user_agent),
            ip_address = coalesce($5, ip_address)
        where id = $1
        "#,
        id.0,
        now,
        expires_at,
        client.user_agent,
        client.ip_address,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends a session of this person, which is deleted a day later; gives whether it was there and not over.
pub async fn end_session(
    tx: &mut PgConnection,
    user: UserId,
    session: SessionId,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let ended = sqlx::query!(
        r#"
        update sessions
        set ended_at = $3, expires_at = least(expires_at, $3::timestamptz + interval '1 day')
        where id = $1 and user_id = $2 and ended_at is null
        "#,
        session.0,
        user.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(ended.rows_affected() > 0)
}

/// Ends all sessions of this person but `kept`; gives which.
pub async fn end_sessions(
    tx: &mut PgConnection,
    user: UserId,
    kept: Option<SessionId>,
    now: DateTime<Utc>,
) -> Result<Vec<SessionId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        update sessions
        set ended_at = $3, expires_at = least(expires_at, $3::timestamptz + interval '1 day')
        where user_id = $1 and ended_at is null and ($2::uuid is null or id <> $2)
        returning id as "id: SessionId"
        "#,
        user.0,
        kept.map(|id| id.0),
        now,
    )
    .fetch_all(tx)
    .await
}

/// Ends the live sessions of this person but the `kept` that were seen last; gives which.
pub async fn end_idle_sessions(
    tx: &mut PgConnection,
    user: UserId,
    kept: i64,
    now: DateTime<Utc>,
) -> Result<Vec<SessionId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        update sessions
        set ended_at = $3, expires_at = least(expires_at, $3::timestamptz + interval '1 day')
        where id in (
            select id from sessions where user_id = $1 and ended_at is null order by last_seen_at desc, id desc offset $2
        )
        returning id as "id: SessionId"
        "#,
        user.0,
        kept,
        now,
    )
    .fetch_all(tx)
    .await
}
