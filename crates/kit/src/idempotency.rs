//! Idempotency keys: the same key with the same input answers the first result again.

use anyhow::Context;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool, types::Json};

use crate::{Clock, Error, Result, UserId, db};

/// How long the first result of a key is remembered.
const KEPT: chrono::TimeDelta = chrono::TimeDelta::hours(24);

/// What a key turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim<T> {
    /// Not seen in the last 24 hours: do the work, then [`Key::record`] its result.
    Fresh,
    /// Seen with the same input: this was the result.
    Replay(T),
    /// Seen with other input: refuse with `IDEMPOTENCY_KEY_REUSED`.
    Reused,
}

/// An idempotency key of a person, with the input that came with it.
#[derive(Clone, Debug)]
pub struct Key {
    user: UserId,
    text: String,
    input_hash: Vec<u8>,
}

impl Key {
    /// The key of `user` for the mutation of this name with this input. Keys have 1 to 255 characters.
    pub fn new(user: UserId, key: &str, mutation: &str, input: &impl Serialize) -> Result<Self> {
        if !(1..=255).contains(&key.chars().count()) || key.contains('\0') {
            return Err(Error::bad_input("idempotencyKey must have 1 to 255 characters, none of them NUL"));
        }
        let input = serde_json::to_vec(&(mutation, input)).context("write the input of an idempotency key")?;
        Ok(Self { user, text: key.to_owned(), input_hash: Sha256::digest(input).to_vec() })
    }

    /// Looks the key up and holds it until the transaction ends, so that of two at once the second sees the first's result.
    pub async fn claim<T: DeserializeOwned>(&self, tx: &mut PgConnection, clock: &Clock) -> anyhow::Result<Claim<T>> {
        db::lock(tx, &format!("idempotency {} {}", self.user, self.text)).await.context("hold the idempotency key")?;
        let oldest = clock.now() - KEPT;
        let seen: Option<(Vec<u8>, Json<serde_json::Value>)> = sqlx::query_as(
            "select input_hash, result from idempotency_keys where user_id = $1 and key = $2 and created_at > $3",
        )
        .bind(self.user)
        .bind(&self.text)
        .bind(oldest)
        .fetch_optional(tx)
        .await
        .context("look up the idempotency key")?;
        Ok(match seen {
            None => Claim::Fresh,
            Some((hash, _)) if hash != self.input_hash => Claim::Reused,
            Some((_, Json(result))) => Claim::Replay(serde_json::from_value(result).context("read the first result")?),
        })
    }

    /// Keeps the result of the work in the same transaction.
    pub async fn record(&self, tx: &mut PgConnection, clock: &Clock, result: &impl Serialize) -> anyhow::Result<()> {
        sqlx::query(
            r"
            insert into idempotency_keys (user_id, key, input_hash, result, created_at)
            values ($1, $2, $3, $4, $5)
            on conflict (user_id, key) do update
            set input_hash = excluded.input_hash, result = excluded.result, created_at = excluded.created_at
            ",
        )
        .bind(self.user)
        .bind(&self.text)
        .bind(&self.input_hash)
        .bind(Json(serde_json::to_value(result).context("write the result of an idempotency key")?))
        .bind(clock.now())
        .execute(tx)
        .await
        .context("keep the result of an idempotency key")?;
        Ok(())
    }
}

/// Forgets the keys that are too old to be answered by; gives how many there were.
pub async fn prune(pool: &PgPool, clock: &Clock) -> Result<u64, sqlx::Error> {
    let old = sqlx::query("delete from idempotency_keys where created_at <= $1").bind(clock.now() - KEPT);
    Ok(old.execute(pool).await?.rows_affected())
}
