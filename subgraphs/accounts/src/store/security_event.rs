//! The security log.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_kit::{SessionId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{LoadError, Store};
use crate::domain::{SecurityEvent, SecurityEventKind};

/// How many entries a person sees.
const SHOWN: i64 = 50;

/// Finds the last entries of a person, the last first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecurityEventsOf(pub UserId);

struct Row {
    user_id: Option<UserId>,
    kind: String,
    session_id: Option<SessionId>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    detail: Option<String>,
    created_at: DateTime<Utc>,
}

impl Row {
    fn into_event(self) -> Option<SecurityEvent> {
        Some(SecurityEvent {
            user: self.user_id,
            kind: SecurityEventKind::parse(&self.kind)?,
            session: self.session_id,
            ip_address: self.ip_address,
            user_agent: self.user_agent,
            detail: self.detail,
            at: self.created_at,
        })
    }
}

impl Loader<SecurityEventsOf> for Store {
    type Value = Vec<SecurityEvent>;
    type Error = LoadError;

    async fn load(
        &self,
        keys: &[SecurityEventsOf],
    ) -> Result<HashMap<SecurityEventsOf, Vec<SecurityEvent>>, LoadError> {
        let users: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query_as!(
            Row,
            r#"
            select
                e.user_id as "user_id: UserId",
                e.kind as "kind!",
                e.session_id as "session_id: SessionId",
                e.ip_address,
                e.user_agent,
                e.detail,
                e.created_at as "created_at!"
            from unnest($1::uuid[]) as u(id)
            cross join lateral (
                select * from security_events where user_id = u.id order by created_at desc, id desc limit $2
            ) e
            order by e.created_at desc, e.id desc
            "#,
            &users,
            SHOWN,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut events: HashMap<_, Vec<_>> = keys.iter().map(|key| (*key, Vec::new())).collect();
        for event in rows.into_iter().filter_map(Row::into_event) {
            let owner = event.user.map(SecurityEventsOf);
            if let Some(list) = owner.and_then(|owner| events.get_mut(&owner)) {
                list.push(event);
            }
        }
        Ok(events)
    }
}

/// Adds an entry.
pub async fn add_security_event(tx: &mut PgConnection, event: &SecurityEvent) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into security_events (id, user_id, kind, session_id, ip_address, user_agent, detail, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        Uuid::now_v7(),
        event.user.map(|id| id.0),
        event.kind.as_str(),
        event.session.map(|id| id.0),
        event.ip_address,
        event.user_agent,
        event.detail,
        event.at,
    )
    .execute(tx)
    .await?;
    Ok(())
}
