//! API keys, by the hashes of their secrets.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_events::ApiKeyId;
use polyphony_kit::{SessionId, UserId};
use sqlx::PgConnection;

use super::{LoadError, Store};
use crate::domain::{ApiKey, ApiKeySecret, Scopes};

struct Row {
    id: ApiKeyId,
    user_id: UserId,
    name: String,
    scopes: Vec<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
}

impl From<Row> for ApiKey {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            name: row.name,
            scopes: Scopes::stored(&row.scopes),
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// The rows of API keys: the projection is written here and nowhere else.
macro_rules! api_keys {
    ($tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                id as "id: ApiKeyId",
                user_id as "user_id: UserId",
                name,
                scopes,
                created_at,
                expires_at,
                last_used_at
            from api_keys
            "# + $tail,
            $($argument),*
        )
    };
}

/// Finds the keys of a person, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ApiKeysOf(pub UserId);

impl Loader<ApiKeysOf> for Store {
    type Value = Vec<ApiKey>;
    type Error = LoadError;

    async fn load(&self, keys: &[ApiKeysOf]) -> Result<HashMap<ApiKeysOf, Vec<ApiKey>>, LoadError> {
        let users: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = api_keys!("where user_id = any($1) order by id", &users).fetch_all(&self.pool).await?;
        let mut found: HashMap<_, Vec<_>> = keys.iter().map(|key| (*key, Vec::new())).collect();
        for row in rows {
            found.entry(ApiKeysOf(row.user_id)).or_default().push(row.into());
        }
        Ok(found)
    }
}

impl Store {
    /// The key with this secret.
    pub async fn api_key(&self, secret: &ApiKeySecret) -> Result<Option<ApiKey>, sqlx::Error> {
        let row = api_keys!("where hash = $1", secret.hash()).fetch_optional(&self.pool).await?;
        Ok(row.map(ApiKey::from))
    }
}

/// How many keys this person has.
pub async fn count_api_keys(tx: &mut PgConnection, user: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from api_keys where user_id = $1"#, user.0).fetch_one(tx).await
}

/// Whether the session that a token names is an API key of this person.
pub async fn is_api_key(tx: &mut PgConnection, user: UserId, session: SessionId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from api_keys where id = $1 and user_id = $2) as "exists!""#,
        session.0,
        user.0,
    )
    .fetch_one(tx)
    .await
}

/// Adds a key.
pub async fn add_api_key(tx: &mut PgConnection, key: &ApiKey, secret: &ApiKeySecret) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into api_keys (id, user_id, name, scopes, hash, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        "#,
        key.id.0,
        key.user_id.0,
        key.name,
        &key.scopes.texts(),
        secret.hash(),
        key.created_at,
        key.expires_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes a key of this person; gives its name if it was there.
pub async fn delete_api_key(tx: &mut PgConnection, user: UserId, key: ApiKeyId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("delete from api_keys where id = $1 and user_id = $2 returning name", key.0, user.0)
        .fetch_optional(tx)
        .await
}

/// A key that was deleted.
pub struct DeletedKey {
    /// What its tokens bear as their session.
    pub session: SessionId,
    /// What its owner called it.
    pub name: String,
}

/// Deletes all keys of this person; gives which.
pub async fn delete_api_keys(tx: &mut PgConnection, user: UserId) -> Result<Vec<DeletedKey>, sqlx::Error> {
    sqlx::query_as!(
        DeletedKey,
        r#"delete from api_keys where user_id = $1 returning id as "session: SessionId", name"#,
        user.0,
    )
    .fetch_all(tx)
    .await
}

/// Notes that a key was used, unless that was noted a minute ago.
pub async fn touch_api_key(tx: &mut PgConnection, key: ApiKeyId, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        update api_keys
        set last_used_at = $2::timestamptz
        where id = $1 and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')
        "#,
        key.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}
