//! The owner of an address takes over its account, as a part of other commands.

use chrono::TimeDelta;
use sqlx::PgConnection;

use super::{end_sessions::end_sessions, revoke_api_keys::revoke_api_keys};
use crate::{
    app::App,
    domain::{Account, MailBackoff, MailKind},
    store,
};

/// How long somebody has to notice, by the mail about it, that a way into their account was added.
const DOUBTFUL: TimeDelta = TimeDelta::days(7);

/// Makes the account that of whoever has just shown that its address is theirs, by a mailed token, by a provider's word or by
/// the operator's. The password of `account` is written, the address counts as verified.
///
/// Somebody else may have made the account, or may have been in it. So whatever they could come back with ends: sessions, API
/// keys, tokens in mails that are on their way, a change of address that waits, and the identities, passkeys and one-time codes
/// of which nobody knows who added them: those from before the address was first verified (all of them when it never was), and
/// those of the last [`DOUBTFUL`], which a thief of the password may have added. The others are the owner's, who was told by
/// mail of each, and stay: a thief of the mailbox must not be rid of them.
pub(super) async fn claim_account(app: &App, tx: &mut PgConnection, account: &mut Account) -> anyhow::Result<()> {
    let now = app.clock.now();
    let verified_at = store::verified_at(tx, account.id()).await?;
    end_sessions(app, tx, account.id(), None).await?;
    revoke_api_keys(app, tx, account.id()).await?;
    let kept = verified_at.map(|verified_at| verified_at..now - DOUBTFUL);
    store::delete_identities(tx, account.id(), kept.as_ref()).await?;
    store::delete_passkeys(tx, account.id(), kept.as_ref()).await?;
    store::delete_totp_unless(tx, account.id(), kept.as_ref()).await?;
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
