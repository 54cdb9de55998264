//! The owner of an address takes over its account, as a part of other commands.

use sqlx::PgConnection;

use super::{end_sessions::end_sessions, revoke_api_keys::revoke_api_keys};
use crate::{
    app::App,
    domain::{Account, MailBackoff, MailKind},
    store,
};

/// Makes the account that of whoever has just shown that its address is theirs, by a mailed token, by a provider's word or by
/// the operator's. The password of `account` is written, the address counts as verified.
///
/// Somebody else may have made the account, or may have been in it. So whatever they could come back with ends: sessions, API
/// keys, tokens in mails that are on their way, a change of address that waits, and the identities, passkeys and one-time codes
/// that were added before the address was first verified (all of them when it never was): nobody knows who added those. Later ones
/// are the owner's, and one-time codes stay then: a thief of the mailbox must not be rid of them.
pub(super) async fn claim_account(app: &App, tx: &mut PgConnection, account: &mut Account) -> anyhow::Result<()> {
    let now = app.clock.now();
    let verified_at = store::verified_at(tx, account.id()).await?;
    end_sessions(app, tx, account.id(), None).await?;
    revoke_api_keys(app, tx, account.id()).await?;
    store::delete_identities(tx, account.id(), verified_at).await?;
    store::delete_passkeys(tx, account.id(), verified_at).await?;
    store::delete_totp_before(tx, account.id(), verified_at).await?;
    store::save_second_factor(tx, account).await?;
    store::delete_mail_tokens(tx, account.id()).await?;
    store::end_mail_backoff(tx, &MailBackoff::subject_of(&account.email), MailKind::ResetPassword).await?;
    store::delete_email_change(tx, account.id()).await?;
    account.email_verified = true;
    account.version += 1;
    store::save_password(tx, account).await?;
    store::save_verification(tx, account, now).await?;
    Ok(())
}
