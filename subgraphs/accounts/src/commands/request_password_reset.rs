//! Somebody has forgotten their password.

use std::time::Duration;

use polyphony_events::accounts::PasswordResetRequested;
use polyphony_kit::{Result, outbox};
use sqlx::PgConnection;
use tokio::time::{Instant, sleep_until};

use crate::{
    app::App,
    domain::{Account, Client, Email, MailBackoff, MailKind, MailToken, Purpose, SecurityEvent, SecurityEventKind},
    store,
};

/// Every answer takes this long, whether there was something to write or not.
const ANSWER_AFTER: Duration = Duration::from_millis(250);

/// Sends a mail with a token to this address, if it has an account that may sign in and enough time has passed since the mails
/// before: a minute after the first of a row, an hour after the second, then a day. The answer does not tell, and neither does
/// its time.
#[tracing::instrument(skip_all)]
pub async fn request_password_reset(app: &App, email: &str, client: &Client) -> Result<()> {
    let answer_at = Instant::now() + ANSWER_AFTER;
    let sent = send(app, email, client).await;
    sleep_until(answer_at).await;
    sent
}

async fn send(app: &App, email: &str, client: &Client) -> Result<()> {
    let Some(email) = Email::parse(email) else { return Ok(()) };
    let Some(found) = app.store.account_by_email(&email).await? else { return Ok(()) };
    let mut tx = app.store.begin().await?;
    let Some(account) = store::lock_account(&mut tx, found.id()).await? else { return Ok(()) };
    let now = app.clock.now();
    if account.suspended || account.email != email {
        return Ok(());
    }
    let subject = MailBackoff::subject_of(&email);
    let Ok(row) = store::claim_mail(&mut tx, &subject, MailKind::ResetPassword, now).await? else { return Ok(()) };
    // Good at least until the next mail can be had: whoever else asks for mails, there is always one that works.
    let life = Purpose::ResetPassword.life().max(MailKind::ResetPassword.wait_after(row.sent));
    let (token, expires_at) = (MailToken::random(), now + life);
    store::keep_mail_token(&mut tx, &account, Purpose::ResetPassword, &token, (now, expires_at)).await?;
    let event = PasswordResetRequested {
        user_id: account.id(),
        email: account.email.to_string(),
        display_name: account.user.display_name.clone(),
        locale: account.preferences.locale.as_str().to_owned(),
        sealed_token: Some(super::seal_token::<PasswordResetRequested>(app, &token, &account.email)?),
        token: String::new(),
        expires_at,
        sign_in_providers: sign_in_providers(app, &mut tx, &account).await?,
    };
    outbox::push(&mut tx, &app.clock, &event).await?;
    let entry = SecurityEvent::new(account.id(), SecurityEventKind::PasswordResetRequested, now).by(client);
    super::note(&mut tx, &entry).await?;
    tx.commit().await?;
    Ok(())
}

/// The names of the providers that somebody without a password signs in at: they may look for a password that they never had.
async fn sign_in_providers(app: &App, tx: &mut PgConnection, account: &Account) -> Result<Vec<String>> {
    if account.password_hash.is_some() {
        return Ok(Vec::new());
    }
    let ids = store::providers_of(tx, account.id()).await?;
    let name = |id: &String| app.providers.names().find(|(known, _)| known == id).map(|(_, name)| name.to_owned());
    Ok(ids.into_iter().map(|id| name(&id).unwrap_or(id)).collect())
}
