//! Somebody shows that an address is theirs.

use polyphony_events::accounts::EmailVerificationRequested;
use polyphony_kit::outbox;
use sqlx::PgConnection;

use super::Outcome;
use crate::{
    app::App,
    domain::{Account, MailToken, Purpose, Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Asks a person by mail to show that their address is theirs.
pub(super) async fn request_verification(app: &App, tx: &mut PgConnection, account: &Account) -> anyhow::Result<()> {
    let (token, now) = (MailToken::random(), app.clock.now());
    store::keep_mail_token(tx, account, Purpose::VerifyEmail, &token, now).await?;
    let event = EmailVerificationRequested {
        user_id: account.id(),
        email: account.email.to_string(),
        display_name: account.user.display_name.clone(),
        locale: account.preferences.locale.as_str().to_owned(),
        sealed_token: Some(super::seal_token::<EmailVerificationRequested>(app, &token, &account.email)?),
        token: String::new(),
        expires_at: now + Purpose::VerifyEmail.life(),
    };
    outbox::push(tx, &app.clock, &event).await?;
    Ok(())
}

/// Takes the token of that mail; it is good once.
#[tracing::instrument(skip_all)]
pub async fn verify_email(app: &App, token: &str) -> Outcome<()> {
    let Some(token) = MailToken::parse(token) else { return Ok(Err(Refusal::InvalidToken)) };
    let mut tx = app.store.begin().await?;
    let now = app.clock.now();
    let Some(mut account) = super::lock_recipient(&mut tx, &token, Purpose::VerifyEmail, now).await? else {
        return Ok(Err(Refusal::InvalidToken));
    };
    account.version += 1;
    store::save_verification(&mut tx, &account, now).await?;
    store::delete_mail_token(&mut tx, account.id(), Purpose::VerifyEmail).await?;
    super::note(&mut tx, &SecurityEvent::new(account.id(), SecurityEventKind::EmailVerified, now)).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
