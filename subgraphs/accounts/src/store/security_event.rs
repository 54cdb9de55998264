//! The security log.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_kit::{SessionId, UserId, page::Page};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{LoadError, Store};
use crate::domain::{LoggedEvent, SecurityEvent, SecurityEventKind};

/// How many entries the lists without pages have.
const LIST_LENGTH: i64 = 50;

/// Finds the last 50 entries of a person, the last first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecurityEventsOf(pub UserId);

/// Finds the last 50 entries of a session, the last first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SecurityEventsIn(pub SessionId);

/// Where an entry stands in the log: the last entry comes first.
pub type LogPosition = (DateTime<Utc>, Uuid);

/// Which entries of the log somebody looks for.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// Whose; everybody's when absent, and those of addresses without an account.
    pub user: Option<UserId>,
    /// Of which kinds; all when absent.
    pub kinds: Option<Vec<SecurityEventKind>>,
}

impl LogFilter {
    fn kinds(&self) -> Option<Vec<String>> {
        let kinds = self.kinds.as_ref()?;
        Some(kinds.iter().map(|kind| kind.as_str().to_owned()).collect())
    }
}

struct Row {
    id: Uuid,
    user_id: Option<UserId>,
    kind: String,
    session_id: Option<SessionId>,
    ip_address: Option<String>,
    user_agent: Option<String>,
    detail: Option<String>,
    actor_id: Option<UserId>,
    count: i64,
    created_at: DateTime<Utc>,
    last_at: Option<DateTime<Utc>>,
}

impl Row {
    /// `None` for a kind that a newer release has written.
    fn into_event(self) -> Option<LoggedEvent> {
        let event = SecurityEvent {
            user: self.user_id,
            kind: SecurityEventKind::parse(&self.kind)?,
            session: self.session_id,
            ip_address: self.ip_address,
            user_agent: self.user_agent,
            detail: self.detail,
            actor: self.actor_id,
            at: self.created_at,
        };
        Some(LoggedEvent { id: self.id, event, count: self.count, last_at: self.last_at.unwrap_or(self.created_at) })
    }
}

/// The rows of the log: the projection is written here and nowhere else.
macro_rules! entries {
    ($source:tt, $tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                e.id as "id!",
                e.user_id as "user_id: UserId",
                e.kind as "kind!",
                e.session_id as "session_id: SessionId",
                e.ip_address,
                e.user_agent,
                e.detail,
                e.actor_id as "actor_id: UserId",
                e.count as "count!",
                e.created_at as "created_at!",
                e.last_at
            "# + $source + $tail + " order by e.created_at desc, e.id desc limit $2",
            $($argument),*
        )
    };
}

/// The rows of the lists without pages, of all keys in one statement.
macro_rules! last_entries {
    ($source:tt, $keys:ident) => {
        entries!($source, "", &$keys, LIST_LENGTH * $keys.len() as i64, LIST_LENGTH)
    };
}

impl Loader<SecurityEventsOf> for Store {
    type Value = Vec<LoggedEvent>;
    type Error = LoadError;

    async fn load(&self, keys: &[SecurityEventsOf]) -> Result<HashMap<SecurityEventsOf, Vec<LoggedEvent>>, LoadError> {
        let users: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = last_entries!(
            "from unnest($1::uuid[]) as u(id) cross join lateral (
                select * from security_events where user_id = u.id order by created_at desc, id desc limit $3
            ) e",
            users
        );
        Ok(by_key(rows.fetch_all(&self.pool).await?, |event| event.user.map(SecurityEventsOf)))
    }
}

impl Loader<SecurityEventsIn> for Store {
    type Value = Vec<LoggedEvent>;
    type Error = LoadError;

    async fn load(&self, keys: &[SecurityEventsIn]) -> Result<HashMap<SecurityEventsIn, Vec<LoggedEvent>>, LoadError> {
        let sessions: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = last_entries!(
            "from unnest($1::uuid[]) as s(id) cross join lateral (
                select * from security_events where session_id = s.id order by created_at desc, id desc limit $3
            ) e",
            sessions
        );
        Ok(by_key(rows.fetch_all(&self.pool).await?, |event| event.session.map(SecurityEventsIn)))
    }
}

fn by_key<K: Eq + std::hash::Hash>(
    rows: Vec<Row>,
    key: impl Fn(&SecurityEvent) -> Option<K>,
) -> HashMap<K, Vec<LoggedEvent>> {
    let mut found: HashMap<K, Vec<LoggedEvent>> = HashMap::new();
    for entry in rows.into_iter().filter_map(Row::into_event) {
        if let Some(key) = key(&entry.event) {
            found.entry(key).or_default().push(entry);
        }
    }
    found
}

impl Store {
    /// A page of the log, the last first, and how many entries there are in all.
    pub async fn security_log(
        &self,
        filter: &LogFilter,
        page: &Page<LogPosition>,
    ) -> Result<(Vec<LoggedEvent>, i64), sqlx::Error> {
        let (kinds, (after, after_id)) = (filter.kinds(), page.after.unzip());
        let (rows, total) = if let Some(user) = filter.user {
            let rows = entries!(
                "from security_events e where e.user_id = $1",
                " and ($3::text[] is null or e.kind = any($3))
                    and ($4::timestamptz is null or (e.created_at, e.id) < ($4, $5))",
                user.0,
                page.limit(),
                kinds.as_deref(),
                after,
                after_id,
            );
            let total = sqlx::query_scalar!(
                r#"
                    select count(*) as "count!"
                    from security_events
                    where user_id = $1 and ($2::text[] is null or kind = any($2))
                    "#,
                user.0,
                kinds.as_deref(),
            );
            (rows.fetch_all(&self.pool).await?, total.fetch_one(&self.pool).await?)
        } else {
            let rows = entries!(
                "from security_events e where ($1::text[] is null or e.kind = any($1))",
                " and ($3::timestamptz is null or (e.created_at, e.id) < ($3, $4))",
                kinds.as_deref(),
                page.limit(),
                after,
                after_id,
            );
            let total = sqlx::query_scalar!(
                r#"select count(*) as "count!" from security_events where $1::text[] is null or kind = any($1)"#,
                kinds.as_deref(),
            );
            (rows.fetch_all(&self.pool).await?, total.fetch_one(&self.pool).await?)
        };
        Ok((rows.into_iter().filter_map(Row::into_event).collect(), total))
    }
}

/// Adds an entry, or counts one more in the entry of its group.
pub async fn add_security_event(tx: &mut PgConnection, event: &SecurityEvent) -> Result<(), sqlx::Error> {
    let group = event.group();
    sqlx::query!(
        r#"
        insert into security_events (
            id, user_id, kind, session_id, ip_address, user_agent, detail, actor_id, created_at, group_key, last_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, case when $10::bytea is not null then $9::timestamptz end)
        on conflict (group_key) do update
        set count = security_events.count + 1, last_at = greatest(security_events.last_at, excluded.last_at)
        "#,
        Uuid::now_v7(),
        event.user.map(|id| id.0),
        event.kind.as_str(),
        event.session.map(|id| id.0),
        event.ip_address,
        event.user_agent,
        event.detail,
        event.actor.map(|id| id.0),
        event.at,
        group,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// How many entries of this kind there are about this person since a time.
pub async fn count_security_events(
    tx: &mut PgConnection,
    user: UserId,
    kind: SecurityEventKind,
    since: DateTime<Utc>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select count(*) as "count!"
        from security_events
        where user_id = $1 and kind = $2 and created_at > $3
        "#,
        user.0,
        kind.as_str(),
        since,
    )
    .fetch_one(tx)
    .await
}
