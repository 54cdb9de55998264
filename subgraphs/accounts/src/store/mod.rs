//! All SQL of accounts. It knows rows and domain types, not who may see them: where that matters, the function takes the viewer.

mod api_key;
mod data_export;
mod device;
mod email;
mod email_change;
mod identity;
mod invitation;
mod mail_backoff;
mod mail_token;
mod passkey;
mod people;
mod prune;
mod refresh_token;
mod revocation;
mod second_factor;
mod security_event;
mod session;
mod signing_key;
mod totp;
mod user;

use std::sync::Arc;

use sqlx::{PgPool, Postgres, Transaction};

pub use api_key::{
    ApiKeysOf, DeletedKey, add_api_key, count_api_keys, delete_api_key, delete_api_keys, is_api_key, touch_api_key,
};
pub use data_export::{add_data_export, last_data_export};
pub use device::{SeenDevice, see_device};
pub use email::{change_email, save_email};
pub use email_change::{
    EmailChangeOf, delete_email_change, email_change_by_token, email_change_of, keep_email_change,
    save_email_confirmations,
};
pub use identity::{
    IdentitiesOf, delete_identities, delete_identity, has_identity, identified_user, link_identity, providers_of,
    touch_identity,
};
pub use invitation::{add_invitation, count_invitation_use, lock_invitation, revoke_invitation};
pub use mail_backoff::{claim_mail, end_mail_backoff};
pub use mail_token::{delete_mail_tokens, delete_mail_tokens_for, keep_mail_token, sent_token};
pub use passkey::{
    PasskeysOf, add_passkey, begin_ceremony, delete_passkey, delete_passkeys, passkey_by_credential, passkeys_of,
    save_passkey, take_ceremony,
};
pub use prune::Pruned;
pub use refresh_token::{NewToken, add_refresh_token, presented_token};
pub use revocation::{revoke_sessions, revoke_signing_key, revoke_user};
pub use second_factor::{
    SecondFactorsOf, add_challenge, delete_challenge, forget_proofs, prove_session, replace_recovery_codes,
    save_second_factor, second_factors, session_proved_at, use_recovery_code,
};
pub use security_event::{
    LogFilter, LogPosition, SecurityEventsIn, SecurityEventsOf, add_security_event, count_security_events,
};
pub use session::{
    SessionsOf, add_session, client_of_session, end_idle_sessions, end_session, end_sessions, live_session,
    touch_session,
};
pub use signing_key::{
    KeyRow, add_first_signing_key, add_signing_key, has_active_signing_key, lock_signing_keys, newest_signing_key,
    retire_signing_key,
};
pub use totp::{
    accept_totp_step, count_totp_failure, delete_totp, delete_totp_unless, enable_totp, keep_pending_totp, totp,
};
pub use user::{
    AccountOfSession, Search, UserById, account_by_email, add_account, delete_account, has_other_admin, lock_account,
    save_password, save_preferences, save_profile, save_role, save_suspension, save_verification, verified_at,
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
}
