//! The keys that access tokens are signed with.

use chrono::{DateTime, Utc};
use polyphony_kit::db;
use sqlx::PgConnection;

use super::Store;

/// Held by whoever changes the signing keys.
const SIGNING_KEYS_LOCK: &str = "accounts signing keys";

/// A signing key.
pub struct KeyRow {
    /// The key's id, `kid` in tokens and in the JWKS.
    pub id: String,
    /// The private key, PKCS#8.
    pub pkcs8: Vec<u8>,
    /// The public key, 32 bytes.
    pub public_key: Vec<u8>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// It signs from here on.
    pub activates_at: DateTime<Utc>,
    /// It is published until here.
    pub retires_at: Option<DateTime<Utc>>,
}

impl Store {
    /// The keys that are published, the one that signs last.
    pub async fn signing_keys(&self, now: DateTime<Utc>) -> Result<Vec<KeyRow>, sqlx::Error> {
        sqlx::query_as!(
            KeyRow,
            r#"
            select id, pkcs8, public_key, created_at, activates_at, retires_at
            from signing_keys
            where retires_at is null or retires_at > $1
            order by activates_at, created_at, id
            "#,
            now,
        )
        .fetch_all(&self.pool)
        .await
    }
}

/// Adds the key if there is none yet; of several processes that start at once only one does.
pub async fn add_first_signing_key(tx: &mut PgConnection, key: &KeyRow) -> Result<bool, sqlx::Error> {
    lock_signing_keys(tx).await?;
    let exists =
        sqlx::query_scalar!(r#"select exists (select 1 from signing_keys) as "exists!""#).fetch_one(&mut *tx).await?;
    if !exists {
        insert(tx, key).await?;
    }
    Ok(!exists)
}

/// Waits until nobody else changes the signing keys, and keeps others waiting until the transaction ends.
pub async fn lock_signing_keys(tx: &mut PgConnection) -> Result<(), sqlx::Error> {
    db::lock(tx, SIGNING_KEYS_LOCK).await
}

/// When the newest key was made that is not on its way out.
pub async fn newest_signing_key(tx: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar!("select max(created_at) from signing_keys where retires_at is null").fetch_one(tx).await
}

/// Retires a key at once; gives whether it was published until now.
pub async fn retire_signing_key(tx: &mut PgConnection, id: &str, now: DateTime<Utc>) -> Result<bool, sqlx::Error> {
    let retired = sqlx::query!(
        "update signing_keys set retires_at = $2 where id = $1 and (retires_at is null or retires_at > $2)",
        id,
        now,
    )
    .execute(tx)
    .await?;
    Ok(retired.rows_affected() > 0)
}

/// Whether there is a key that signs now.
pub async fn has_active_signing_key(tx: &mut PgConnection, now: DateTime<Utc>) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from signing_keys where retires_at is null and activates_at <= $1) as "exists!""#,
        now,
    )
    .fetch_one(tx)
    .await
}

/// Adds a key; those before it retire at `others_retire_at`.
pub async fn add_signing_key(
    tx: &mut PgConnection,
    key: &KeyRow,
    others_retire_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    lock_signing_keys(tx).await?;
    sqlx::query!("update signing_keys set retires_at = $1 where retires_at is null", others_retire_at)
        .execute(&mut *tx)
        .await?;
    insert(tx, key).await
}

async fn insert(tx: &mut PgConnection, key: &KeyRow) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into signing_keys (id, pkcs8, public_key, created_at, activates_at, retires_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        key.id,
        key.pkcs8,
        key.public_key,
        key.created_at,
        key.activates_at,
        key.retires_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}
