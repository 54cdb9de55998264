//! What accounts does: one write per file. A command takes a transaction, looks whether it may, applies the rule, writes the
//! change and its events, and commits.

mod admit;
mod begin_oidc_login;
mod begin_totp;
mod change_passkey;
mod change_password;
mod check_proof;
mod claim_account;
mod complete_oidc_login;
mod complete_second_factor;
mod confirm_email_change;
mod confirm_totp;
mod create_admin;
mod create_api_key;
mod create_invitation;
mod delete_account;
mod disable_totp;
mod end_sessions;
mod enrol;
mod exchange_api_key;
mod export_my_data;
mod link_identity;
mod log_in;
mod log_out;
mod normalize_emails;
mod notify_security;
mod open_session;
mod passkey_login;
mod promote_admin;
mod refresh_tokens;
mod regenerate_recovery_codes;
mod register;
mod register_passkey;
mod request_email_change;
mod request_password_reset;
mod reset_password;
mod reset_second_factor;
mod revoke_api_key;
mod revoke_api_keys;
mod revoke_invitation;
mod revoke_session;
mod set_password;
mod set_profile_picture;
mod set_user_role;
mod set_user_suspended;
mod sign_in;
mod step_up;
mod unlink_identity;
mod unsubscribe;
mod update_preferences;
mod update_profile;
mod verify_email;

use chrono::{DateTime, Utc};
use polyphony_events::accounts::seal_context;
use polyphony_kit::{Error, Event, Role, Viewer};
use sqlx::PgConnection;

pub use begin_oidc_login::{BegunOidcLogin, begin_oidc_login};
pub use begin_totp::{BegunTotp, begin_totp};
pub use change_passkey::{delete_passkey, rename_passkey};
pub use change_password::{PasswordChange, change_password};
pub use complete_oidc_login::{OidcReturn, complete_oidc_login};
pub use complete_second_factor::complete_second_factor;
pub use confirm_email_change::{
    Confirmed, approve_email_change, cancel_email_change, confirm_email_change, refuse_email_change,
};
pub use confirm_totp::confirm_totp;
pub use create_admin::{NewAdmin, create_admin};
pub use create_api_key::{MadeKey, NewKey, create_api_key};
pub use create_invitation::{MadeInvitation, create_invitation};
pub use delete_account::delete_account;
pub use disable_totp::disable_totp;
pub use exchange_api_key::exchange_api_key;
pub use export_my_data::export_my_data;
pub use link_identity::link_identity;
pub use log_in::log_in;
pub use log_out::{Reach, log_out};
pub use normalize_emails::normalize_emails;
pub use open_session::SignedIn;
pub use passkey_login::{
    begin_challenged_assertion, begin_passkey_assertion, begin_passkey_login, complete_passkey_login,
};
pub use promote_admin::promote_admin;
pub use refresh_tokens::refresh_tokens;
pub use regenerate_recovery_codes::regenerate_recovery_codes;
pub use register::register;
pub use register_passkey::{
    BegunCeremony, RegisteredPasskey, begin_passkey_registration, complete_passkey_registration,
};
pub use request_email_change::request_email_change;
pub use request_password_reset::request_password_reset;
pub use reset_password::reset_password;
pub use reset_second_factor::{reset_second_factor, reset_second_factor_of};
pub use revoke_api_key::revoke_api_key;
pub use revoke_api_keys::ApiKeys;
pub use revoke_invitation::revoke_invitation;
pub use revoke_session::revoke_session;
pub use set_password::set_password;
pub use set_profile_picture::set_profile_picture;
pub use set_user_role::set_user_role;
pub use set_user_suspended::{Admission, set_user_suspended};
pub use sign_in::{SecondFactorChallenge, SignIn};
pub use step_up::step_up;
pub use unlink_identity::unlink_identity;
pub use unsubscribe::unsubscribe;
pub use update_preferences::{PreferencesChange, update_preferences};
pub use update_profile::{ProfileChange, update_profile};
pub use verify_email::{resend_verification_email, verify_email};

use self::notify_security::notify_security;
use crate::{
    app::App,
    domain::{Account, Email, MailToken, Purpose, Refusal, SecurityEvent},
    store,
};

/// Held by whoever may change how many admins there are, so that the last one stays.
const ADMINS_LOCK: &str = "accounts admins";

/// What a command comes to: done, refused for a reason that the user can put right, or failed.
pub type Outcome<T, R = Refusal> = polyphony_kit::Result<Result<T, R>>;

/// The account of the viewer, held until the transaction ends. UNAUTHENTICATED when the session has ended or the person is
/// kept out, though the token still looks good; FORBIDDEN when an API key asks, which may not change the account.
async fn lock_viewer(tx: &mut PgConnection, viewer: &Viewer) -> polyphony_kit::Result<Account> {
    let account = store::lock_account(tx, viewer.user).await?.filter(|account| !account.suspended);
    let account = account.ok_or_else(Error::unauthenticated)?;
    if store::live_session(tx, viewer.user, viewer.session).await? {
        Ok(account)
    } else if store::is_api_key(tx, viewer.user, viewer.session).await? {
        Err(Error::forbidden("an API key cannot change the account; sign in"))
    } else {
        Err(Error::unauthenticated())
    }
}

/// Adds an entry to the security log, and counts it. What changes the security of an account goes through [`notify_security`].
async fn note(tx: &mut PgConnection, event: &SecurityEvent) -> Result<(), sqlx::Error> {
    metrics::counter!("security_events_total", "kind" => event.kind.as_str()).increment(1);
    store::add_security_event(tx, event).await
}

/// The token as the event `E` carries it to the notifier, which alone opens it, for a mail to this address.
fn seal_token<E: Event>(app: &App, token: &MailToken, email: &Email) -> anyhow::Result<String> {
    app.sealer.seal(&token.expose(), &seal_context(E::TYPE, email.as_str()))
}

/// The account of a viewer who is an admin still, whatever their token says.
async fn lock_admin(tx: &mut PgConnection, viewer: &Viewer) -> polyphony_kit::Result<()> {
    let account = lock_viewer(tx, viewer).await?;
    Viewer { role: account.role, ..viewer.clone() }.require(Role::Admin)
}

/// The person that a token was sent to by mail, held until the transaction ends; `None` when the token is not good (any more).
async fn lock_recipient(
    tx: &mut PgConnection,
    token: &MailToken,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> polyphony_kit::Result<Option<Account>> {
    let Some(found) = store::sent_token(tx, token, purpose, now).await? else { return Ok(None) };
    let Some(account) = store::lock_account(tx, found.user_id).await? else { return Ok(None) };
    // Looked at again under the lock: it may have been used in between.
    let sent = store::sent_token(tx, token, purpose, now).await?;
    Ok(sent.filter(|sent| sent.email == account.email && !account.suspended).map(|_| account.clone()))
}
