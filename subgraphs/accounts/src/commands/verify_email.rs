//! Somebody shows that an address is theirs.

use polyphony_events::accounts::EmailVerificationRequested;
use polyphony_kit::{Viewer, outbox};
use sqlx::PgConnection;

use super::Outcome;
use crate::{
    app::App,
    domain::{Account, MailBackoff, MailKind, MailToken, Purpose, Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Asks a person by mail to show that their address is theirs, unless the address was sent such a mail a moment ago.
pub(super) async fn request_verification(
    app: &App,
    tx: &mut PgConnection,
    account: &Account,
) -> anyhow::Result<Result<(), Refusal>> {
    let (token, now) = (MailToken::random(), app.clock.now());
    let subject = MailBackoff::subject_of(&account.email);
    if let Err(allowed_at) = store::claim_mail(tx, &subject, MailKind::VerifyEmail, now).await? {
        return Ok(Err(Refusal::MailTooSoon(allowed_at)));
    }
    let expires_at = now + Purpose::VerifyEmail.life();
    store::keep_mail_token(tx, account, Purpose::VerifyEmail, &token, (now, expires_at)).await?;
    let event = EmailVerificationRequested {
        user_id: account.id(),
        email: account.email.to_string(),
        display_name: account.user.display_name.clone(),
        locale: account.preferences.locale.as_str().to_owned(),
        sealed_token: Some(super::seal_token::<EmailVerificationRequested>(app, &token, &account.email)?),
        token: String::new(),
        expires_at,
    };
    outbox::push(tx, &app.clock, &event).await?;
    Ok(Ok(()))
}

/// Sends the viewer that mail once more: a minute after the first, ten minutes after the second, an hour after the third, then
/// once a day. Who has shown it already gets none.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn resend_verification_email(app: &App, viewer: &Viewer) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    let account = super::lock_viewer(&mut tx, viewer).await?;
    if account.email_verified {
        return Ok(Ok(()));
    }
    if let Err(refusal) = request_verification(app, &mut tx, &account).await? {
        return Ok(Err(refusal));
    }
    tx.commit().await?;
    Ok(Ok(()))
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
    store::delete_mail_tokens_for(&mut tx, account.id(), Purpose::VerifyEmail).await?;
    store::end_mail_backoff(&mut tx, &MailBackoff::subject_of(&account.email), MailKind::VerifyEmail).await?;
    super::note(&mut tx, &SecurityEvent::new(account.id(), SecurityEventKind::EmailVerified, now)).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
