//! The viewer wants to move to another address.

use polyphony_events::accounts::EmailChangeRequested;
use polyphony_kit::{Error, Viewer, outbox};
use sqlx::PgConnection;

use super::{
    Outcome,
    step_up::{check_password, require_step_up},
};
use crate::{
    app::App,
    domain::{
        Account, Client, Email, EmailChange, MailBackoff, MailKind, MailToken, Refusal, SecurityEvent,
        SecurityEventKind, Side,
    },
    store,
};

/// Asks both addresses by mail whether the account may move to the new one. Whether somebody has that address already is not
/// said: only who reads its mail learns it, with `confirm_email_change`.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn request_email_change(
    app: &App,
    viewer: &Viewer,
    new_email: &str,
    password: Option<&str>,
    client: &Client,
) -> Outcome<EmailChange> {
    let new_email = match Email::choose(new_email) {
        Ok(email) => email,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let account = app.store.account(viewer.user).await?.ok_or_else(Error::unauthenticated)?;
    let has_password = account.password_hash.is_some();
    if has_password && let Err(refusal) = check_password(app, viewer, password.unwrap_or_default(), client).await? {
        return Ok(Err(refusal));
    }

    let mut tx = app.store.begin().await?;
    let locked = super::lock_viewer(&mut tx, viewer).await?;
    if locked.password_hash != account.password_hash {
        return Ok(Err(Refusal::InvalidCredentials));
    }
    let now = app.clock.now();
    // A password is enough for whoever has nothing else.
    if (!has_password || locked.has_second_factor)
        && let Err(refusal) = require_step_up(&mut tx, viewer, now).await?
    {
        return Ok(Err(refusal));
    }
    if locked.email == new_email {
        return Ok(Err(Refusal::SameEmail));
    }
    // By person, so that nobody sends mail to many addresses, and by address, so that many people do not send to one.
    for subject in [MailBackoff::subject_of_user(viewer.user), MailBackoff::subject_of(&new_email)] {
        if let Err(allowed_at) = store::claim_mail(&mut tx, &subject, MailKind::ChangeEmail, now).await? {
            return Ok(Err(Refusal::MailTooSoon(allowed_at)));
        }
    }
    let change = EmailChange::request(&locked, new_email, viewer.session, now);
    ask_both(app, &mut tx, &locked, &change).await?;
    let entry = SecurityEvent::new(viewer.user, SecurityEventKind::EmailChangeRequested, now);
    super::note(&mut tx, &entry.in_session(viewer.session).with_detail(change.new_email.display())).await?;
    tx.commit().await?;
    Ok(Ok(change))
}

/// Writes to the new address, and to the old one if it is known to be theirs.
async fn ask_both(
    app: &App,
    tx: &mut PgConnection,
    account: &Account,
    change: &EmailChange,
) -> polyphony_kit::Result<()> {
    let new_token = MailToken::random();
    let old_token = account.email_verified.then(MailToken::random);
    store::keep_email_change(tx, change, &new_token, old_token.as_ref()).await?;
    let asked = [(Side::New, Some(new_token)), (Side::Old, old_token)];
    for (side, token) in asked.into_iter().filter_map(|(side, token)| Some((side, token?))) {
        let email = if side == Side::New { &change.new_email } else { &change.old_email };
        let event = EmailChangeRequested {
            user_id: account.id(),
            email: email.to_string(),
            new_email: change.new_email.display(),
            is_current: side == Side::Old,
            display_name: account.user.display_name.clone(),
            locale: account.preferences.locale.as_str().to_owned(),
            sealed_token: super::seal_token::<EmailChangeRequested>(app, &token, email)?,
            expires_at: change.expires_at,
        };
        outbox::push(tx, &app.clock, &event).await?;
    }
    Ok(())
}
