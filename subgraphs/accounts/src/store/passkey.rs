//! Passkeys, and ceremonies at an authenticator that have begun.

use std::{collections::HashMap, ops::Range};

use anyhow::Context;
use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_kit::UserId;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{PgConnection, types::Json};
use webauthn_rs::prelude::Passkey as StoredCredential;

use super::{LoadError, Store};
use crate::domain::{CEREMONY_TTL, Ceremony, CeremonyToken, Passkey, PasskeyId};

struct Row {
    id: PasskeyId,
    user_id: UserId,
    credential: Json<StoredCredential>,
    name: String,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
}

impl From<Row> for Passkey {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id,
            name: row.name,
            credential: row.credential.0,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        }
    }
}

/// The rows of passkeys: the projection is written here and nowhere else.
macro_rules! passkeys {
    ($tail:tt $(, $argument:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"
            select
                id as "id: PasskeyId",
                user_id as "user_id: UserId",
                credential as "credential: Json<StoredCredential>",
                name,
                created_at,
                last_used_at
            from passkeys
            "# + $tail,
            $($argument),*
        )
    };
}

/// Finds the passkeys of a person, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PasskeysOf(pub UserId);

impl Loader<PasskeysOf> for Store {
    type Value = Vec<Passkey>;
    type Error = LoadError;

    async fn load(&self, keys: &[PasskeysOf]) -> Result<HashMap<PasskeysOf, Vec<Passkey>>, LoadError> {
        let users: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = passkeys!("where user_id = any($1) order by id", &users).fetch_all(&self.pool).await?;
        let mut found: HashMap<_, Vec<_>> = keys.iter().map(|key| (*key, Vec::new())).collect();
        for row in rows {
            found.entry(PasskeysOf(row.user_id)).or_default().push(row.into());
        }
        Ok(found)
    }
}

/// The passkeys of this person, the oldest first.
pub async fn passkeys_of(tx: &mut PgConnection, user: UserId) -> Result<Vec<Passkey>, sqlx::Error> {
    let rows = passkeys!("where user_id = $1 order by id", user.0).fetch_all(tx).await?;
    Ok(rows.into_iter().map(Passkey::from).collect())
}

/// The passkey that an authenticator knows by this id.
pub async fn passkey_by_credential(
    tx: &mut PgConnection,
    credential_id: &[u8],
) -> Result<Option<Passkey>, sqlx::Error> {
    let row = passkeys!("where credential_id = $1", credential_id).fetch_optional(tx).await?;
    Ok(row.map(Passkey::from))
}

/// Adds a passkey.
pub async fn add_passkey(tx: &mut PgConnection, passkey: &Passkey) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into passkeys (id, user_id, credential_id, credential, name, created_at)
        values ($1, $2, $3, $4, $5, $6)
        "#,
        passkey.id.0,
        passkey.user_id.0,
        passkey.credential.cred_id(),
        Json(&passkey.credential) as _,
        passkey.name,
        passkey.created_at,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes what a use has changed, and the name.
pub async fn save_passkey(tx: &mut PgConnection, passkey: &Passkey) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update passkeys set credential = $2, last_used_at = $3, name = $4 where id = $1",
        passkey.id.0,
        Json(&passkey.credential) as _,
        passkey.last_used_at,
        passkey.name,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes a passkey of this person; gives its name if it was there.
pub async fn delete_passkey(tx: &mut PgConnection, user: UserId, id: PasskeyId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("delete from passkeys where id = $1 and user_id = $2 returning name", id.0, user.0)
        .fetch_optional(tx)
        .await
}

/// Deletes this person's passkeys but those that were added in this time; all of them without one.
pub async fn delete_passkeys(
    tx: &mut PgConnection,
    user: UserId,
    kept: Option<&Range<DateTime<Utc>>>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from passkeys
        where user_id = $1 and ($2::timestamptz is null or created_at < $2 or created_at >= $3)",
        user.0,
        kept.map(|kept| kept.start),
        kept.map(|kept| kept.end),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Remembers a ceremony that begins.
pub async fn begin_ceremony<S: Serialize>(
    tx: &mut PgConnection,
    token: &CeremonyToken,
    ceremony: Ceremony,
    state: &S,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let state = serde_json::to_value(state).context("write the state of a ceremony")?;
    sqlx::query!(
        "insert into webauthn_ceremonies (hash, purpose, user_id, state, expires_at) values ($1, $2, $3, $4, $5)",
        token.hash(),
        ceremony.purpose(),
        ceremony.user().map(|id| id.0),
        state,
        now + CEREMONY_TTL,
    )
    .execute(tx)
    .await
    .context("remember a ceremony")?;
    Ok(())
}

/// The state of the ceremony that began with this token, for this. It is good once: the caller commits, whatever comes of it.
pub async fn take_ceremony<S: DeserializeOwned>(
    tx: &mut PgConnection,
    token: &CeremonyToken,
    ceremony: Ceremony,
    now: DateTime<Utc>,
) -> anyhow::Result<Option<S>> {
    let state = sqlx::query_scalar!(
        r#"
        with taken as (delete from webauthn_ceremonies where hash = $1 returning *)
        select state as "state!"
        from taken
        where purpose = $2 and user_id is not distinct from $3 and expires_at > $4
        "#,
        token.hash(),
        ceremony.purpose(),
        ceremony.user().map(|id| id.0),
        now,
    )
    .fetch_optional(tx)
    .await
    .context("take a ceremony")?;
    state.map(|state| serde_json::from_value(state).context("read the state of a ceremony")).transpose()
}
