//! Signing in at other providers.

use chrono::{DateTime, Utc};
use polyphony_kit::UserId;
use sqlx::PgConnection;

use super::Store;
use crate::domain::{Identity, OIDC_LOGIN_LIFE, OidcLogin, OidcState};

impl Store {
    /// Remembers a sign-in that begins.
    pub async fn begin_oidc_login(
        &self,
        state: &OidcState,
        login: &OidcLogin,
        now: DateTime<Utc>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            r#"
            insert into oidc_logins (state_hash, provider, redirect_uri, nonce, code_verifier, expires_at)
            values ($1, $2, $3, $4, $5, $6)
            "#,
            state.hash(),
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

    /// The sign-in that began with this state; it is good once.
    pub async fn take_oidc_login(
        &self,
        state: &OidcState,
        now: DateTime<Utc>,
    ) -> Result<Option<OidcLogin>, sqlx::Error> {
        sqlx::query_as!(
            OidcLogin,
            r#"
            with taken as (delete from oidc_logins where state_hash = $1 returning *)
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
        insert into identities (provider, subject, user_id, created_at)
        values ($1, $2, $3, $4)
        on conflict do nothing
        "#,
        identity.provider,
        identity.subject,
        user.0,
        now,
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Deletes the identities that were linked before this time, all when there is none; gives their providers.
pub async fn delete_identities(
    tx: &mut PgConnection,
    user: UserId,
    linked_before: Option<DateTime<Utc>>,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "delete from identities where user_id = $1 and ($2::timestamptz is null or created_at < $2) returning provider",
        user.0,
        linked_before,
    )
    .fetch_all(tx)
    .await
}
