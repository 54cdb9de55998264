//! Somebody who had forgotten their password chooses a new one.

use super::{Outcome, claim_account::claim_account};
use crate::{
    app::App,
    domain::{Account, Client, MailToken, Password, Purpose, Refusal, SecurityEvent, SecurityEventKind},
};

/// Takes the token of the mail and a new password. Who has the mail has the address and takes over the account: whoever was
/// signed in is signed out, and all API keys are revoked.
#[tracing::instrument(skip_all)]
pub async fn reset_password(app: &App, token: &str, new: &str, client: &Client) -> Outcome<()> {
    let Some(token) = MailToken::parse(token) else { return Ok(Err(Refusal::InvalidToken)) };
    let Some(account) = recipient(app, &token).await? else { return Ok(Err(Refusal::InvalidToken)) };
    let password = match Password::choose(new, account.as_owner()) {
        Ok(password) => password,
        Err(weakness) => return Ok(Err(Refusal::WeakPassword(weakness))),
    };
    let hash = app.passwords.hash(&password).await?;

    let mut tx = app.store.begin().await?;
    let now = app.clock.now();
    let Some(mut account) = super::lock_recipient(&mut tx, &token, Purpose::ResetPassword, now).await? else {
        return Ok(Err(Refusal::InvalidToken));
    };
    account.password_hash = Some(hash);
    let entry = SecurityEvent::new(account.id(), SecurityEventKind::PasswordReset, now).by(client);
    super::notify_security(app, &mut tx, &account, entry).await?;
    claim_account(app, &mut tx, &mut account).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Whom the token was sent to, looked up before the long work of hashing.
async fn recipient(app: &App, token: &MailToken) -> polyphony_kit::Result<Option<Account>> {
    let mut tx = app.store.begin().await?;
    super::lock_recipient(&mut tx, token, Purpose::ResetPassword, app.clock.now()).await
}
