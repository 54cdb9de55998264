//! All SQL of accounts. It knows rows and domain types, not who may see them: where that matters, the function takes the viewer.

mod api_key;
mod device;
mod identity;
mod mail_token;
mod refresh_token;
mod revocation;
mod security_event;
mod session;
mod signing_key;
mod user;

use std::sync::Arc;

use sqlx::{PgPool, Postgres, Transaction};

pub use api_key::{
    ApiKeysOf, DeletedKey, add_api_key, count_api_keys, delete_api_key, delete_api_keys, is_api_key, touch_api_key,
};
pub use device::see_device;
pub use identity::{delete_identities, identified_user, link_identity};
pub use mail_token::{delete_mail_token, delete_mail_tokens, keep_mail_token, last_sent, sent_token};
pub use refresh_token::{NewToken, add_refresh_token, presented_token};
pub use revocation::{revoke_sessions, revoke_user};
pub use security_event::{SecurityEventsOf, add_security_event};
pub use session::{SessionsOf, add_session, client_of_session, end_session, end_sessions, live_session, touch_session};
pub use signing_key::{KeyRow, add_first_signing_key, add_signing_key};
pub use user::{
    AccountOfSession, Search, UserById, add_account, delete_account, has_other_admin, lock_account, save_password,
    save_preferences, save_profile, save_role, save_suspension, save_verification, verified_at,
};

/// What a loader fails with: one failure for all who wait for the batch.
pub type LoadError = Arc<sqlx::Error>;

/// The database of accounts.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// The store behind this pool.
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Begins the transaction of a command.
    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.pool.begin().await
    }

    /// The pool, for the plumbing.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Deletes what is of no use to anybody any more: sessions that are over, tokens and log entries that are too old.
    pub async fn prune(&self, now: chrono::DateTime<chrono::Utc>) -> Result<u64, sqlx::Error> {
        let sessions = sqlx::query!("delete from sessions where expires_at < $1", now).execute(&self.pool).await?;
        let tokens = sqlx::query!("delete from refresh_tokens where expires_at < $1", now).execute(&self.pool).await?;
        let mails = sqlx::query!("delete from mail_tokens where expires_at < $1", now).execute(&self.pool).await?;
        let unseen = now - crate::domain::SECURITY_EVENT_LIFE;
        let log = sqlx::query!("delete from security_events where created_at < $1", unseen).execute(&self.pool).await?;
        let devices = sqlx::query!("delete from devices where last_seen_at < $1", now - chrono::TimeDelta::days(365))
            .execute(&self.pool)
            .await?;
        let expired = now - chrono::TimeDelta::hours(1);
        let revoked =
            sqlx::query!("delete from revocations where created_at < $1", expired).execute(&self.pool).await?;
        let begun = sqlx::query!("delete from oidc_logins where expires_at < $1", now).execute(&self.pool).await?;
        let all = [begun, sessions, tokens, mails, log, devices, revoked];
        Ok(all.iter().map(sqlx::postgres::PgQueryResult::rows_affected).sum())
    }
}
