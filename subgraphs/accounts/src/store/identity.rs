//! Signing in at other providers.

use std::{collections::HashMap, ops::Range};

use async_graphql::dataloader::Loader;
use chrono::{DateTime, Utc};
use polyphony_kit::UserId;
use sqlx::PgConnection;

use super::{LoadError, Store};
use crate::domain::{Email, Identity, IdentityId, LinkedIdentity, OIDC_LOGIN_LIFE, OidcLogin, OidcState, OidcVerifier};

impl Store {
    /// Remembers a sign-in that begins.
    pub async fn begin_oidc_login(
        &self,
        state: &OidcState,
        verifier: &OidcVerifier,
        login: &OidcLogin,
        now: DateTime<Utc>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            r#"
            insert into oidc_logins (state_hash, verifier_hash, provider, redirect_uri, nonce, code_verifier, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7)
            "#,
            state.hash(),
            verifier.hash(),
            login.provider,
            login.redirect_uri,
            login.nonce,
            login.code_verifier,
            now + OIDC_LOGIN_LIFE,
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The sign-in that began with this state and verifier; it is good once. Who has the state alone changes nothing.
    pub async fn take_oidc_login(
        &self,
        state: &OidcState,
        verifier: &OidcVerifier,
        now: DateTime<Utc>,
    ) -> Result<Option<OidcLogin>, sqlx::Error> {
        sqlx::query_as!(
            OidcLogin,
            r#"
            with taken as (delete from oidc_logins where state_hash = $1 and verifier_hash = $3 returning *)
            select
                provider as "provider!",
                redirect_uri as "redirect_uri!",
                nonce as "nonce!",
                code_verifier as "code_verifier!"
            from taken
            where expires_at > $2
            "#,
            state.hash(),
            now,
            verifier.hash(),
        )
        .fetch_optional(&self.pool)
        .await
    }
}

/// Whom this identity signs in.
pub async fn identified_user(tx: &mut PgConnection, identity: &Identity) -> Result<Option<UserId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select user_id as "user_id: UserId" from identities where provider = $1 and subject = $2"#,
        identity.provider,
        identity.subject,
    )
    .fetch_optional(tx)
    .await
}

/// The ids of the providers that this person signs in at, in order.
pub async fn providers_of(tx: &mut PgConnection, user: UserId) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!("select distinct provider from identities where user_id = $1 order by provider", user.0)
        .fetch_all(tx)
        .await
}

/// Lets this identity sign in this person.
pub async fn link_identity(
    tx: &mut PgConnection,
    user: UserId,
    identity: &Identity,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        insert into identities (id, provider, subject, user_id, email, created_at)
        values ($1, $2, $3, $4, $5, $6)
        on conflict do nothing
        "#,
        IdentityId::new().0,
        identity.provider,
        identity.subject,
        user.0,
        identity.email.as_ref().map(Email::as_str),
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes the identities but those that were linked in this time, all when there is none; gives their providers.
pub async fn delete_identities(
    tx: &mut PgConnection,
    user: UserId,
    kept: Option<&Range<DateTime<Utc>>>,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "delete from identities
        where user_id = $1 and ($2::timestamptz is null or created_at < $2 or created_at >= $3)
        returning provider",
        user.0,
        kept.map(|kept| kept.start),
        kept.map(|kept| kept.end),
    )
    .fetch_all(tx)
    .await
}

/// Notes that this identity has signed in.
pub async fn touch_identity(tx: &mut PgConnection, identity: &Identity, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update identities set last_used_at = $3, email = coalesce($4, email) where provider = $1 and subject = $2",
        identity.provider,
        identity.subject,
        now,
        identity.email.as_ref().map(Email::as_str),
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes an identity of this person; gives its provider if it was there.
pub async fn delete_identity(
    tx: &mut PgConnection,
    user: UserId,
    id: IdentityId,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("delete from identities where id = $1 and user_id = $2 returning provider", id.0, user.0)
        .fetch_optional(tx)
        .await
}

/// Whether this person has any identity.
pub async fn has_identity(tx: &mut PgConnection, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select 1 from identities where user_id = $1) as "exists!""#, user.0)
        .fetch_one(tx)
        .await
}

/// The identities of this person, the oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdentitiesOf(pub UserId);

impl Loader<IdentitiesOf> for Store {
    type Value = Vec<LinkedIdentity>;
    type Error = LoadError;

    async fn load(&self, keys: &[IdentitiesOf]) -> Result<HashMap<IdentitiesOf, Vec<LinkedIdentity>>, LoadError> {
        let users: Vec<_> = keys.iter().map(|key| key.0.0).collect();
        let rows = sqlx::query_as!(
            LinkedIdentity,
            r#"
            select id as "id: IdentityId", user_id as "user_id: UserId", provider, email, created_at, last_used_at
            from identities
            where user_id = any($1)
            order by created_at, id
            "#,
            &users,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut found: HashMap<_, Vec<_>> = keys.iter().map(|key| (*key, Vec::new())).collect();
        for row in rows {
            found.entry(IdentitiesOf(row.user_id)).or_default().push(row);
        }
        Ok(found)
    }
}
