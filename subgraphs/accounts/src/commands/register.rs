//! Somebody makes an account and is signed in.

use anyhow::Context;
use polyphony_events::accounts::{RegistrationAttempted, UserRegistered};
use polyphony_kit::{db, outbox};
use sqlx::PgConnection;

use super::{
    Outcome, SignedIn,
    admit::{admit, may_register},
    open_session::open_session,
    verify_email::request_verification,
};
use crate::{
    app::App,
    domain::{Account, Client, Email, MailBackoff, MailKind, Refusal, RegistrationForm, SecurityEventKind},
    store,
};

/// Makes an account from the form and opens a session. All that is wrong with the form is told at once, to whoever may register.
#[tracing::instrument(skip_all)]
pub async fn register(
    app: &App,
    form: RegistrationForm<'_>,
    invitation: Option<&str>,
    client: Client,
) -> Outcome<SignedIn, Vec<Refusal>> {
    if let Err(refusal) = may_register(app, invitation).await? {
        return Ok(Err(vec![refusal]));
    }
    let registration = match form.parse() {
        Ok(registration) => registration,
        Err(refusals) => return Ok(Err(refusals)),
    };
    // Before the transaction: hashing takes long, and a connection is not kept waiting for it.
    let hash = app.passwords.hash(&registration.password).await?;

    let mut tx = app.store.begin().await?;
    // Before the address is looked at: only who could have an account learns that somebody else has this one.
    let admitted = match admit(app, &mut tx, invitation, &registration.email).await? {
        Ok(admitted) => admitted,
        Err(refusal) => return Ok(Err(vec![refusal])),
    };
    let account = registration.into_account(admitted.role, hash, app.clock.now());
    if let Err(refusal) = add_person(app, &mut tx, &account).await? {
        tx.rollback().await?;
        if refusal == Refusal::EmailTaken {
            tell_owner(app, &account.email).await?;
        }
        return Ok(Err(vec![refusal]));
    }
    admitted.tell(app, &mut tx, &account).await?;
    // Without a mail where one was sent a moment ago to the same address: they can ask for another.
    let _ = request_verification(app, &mut tx, &account).await?;
    let signed_in = open_session(app, &mut tx, account, client, SecurityEventKind::SignedUp).await?;
    tx.commit().await?;
    tracing::info!(user.id = %signed_in.account.id(), "somebody has registered");
    Ok(Ok(signed_in))
}

/// Tells the owner of an address, once a day at most, that somebody wanted to make another account with it: them, who have
/// forgotten, or somebody who now knows that they have one.
async fn tell_owner(app: &App, email: &Email) -> polyphony_kit::Result<()> {
    let Some(owner) = app.store.account_by_email(email).await?.filter(|owner| !owner.suspended) else { return Ok(()) };
    let (mut tx, now) = (app.store.begin().await?, app.clock.now());
    if store::claim_mail(&mut tx, &MailBackoff::subject_of(email), MailKind::RegistrationAttempt, now).await?.is_err() {
        return Ok(());
    }
    let event = RegistrationAttempted {
        user_id: owner.id(),
        email: owner.email.to_string(),
        display_name: owner.user.display_name.clone(),
        locale: owner.preferences.locale.as_str().to_owned(),
        at: now,
    };
    outbox::push(&mut tx, &app.clock, &event).await?;
    tx.commit().await?;
    Ok(())
}

/// Adds a person and tells of it, unless address or handle are taken.
pub(super) async fn add_person(
    app: &App,
    tx: &mut PgConnection,
    account: &Account,
) -> anyhow::Result<Result<(), Refusal>> {
    if let Err(error) = store::add_account(tx, account).await {
        return match db::violated(&error) {
            Some("users_email_key") => Ok(Err(Refusal::EmailTaken)),
            Some("users_handle_key") => Ok(Err(Refusal::HandleTaken)),
            _ => Err(error).context("add a person"),
        };
    }
    let event = UserRegistered {
        user_id: account.id(),
        email: account.email.to_string(),
        handle: account.user.handle.clone(),
        display_name: account.user.display_name.clone(),
        locale: account.preferences.locale.as_str().to_owned(),
        version: account.version,
    };
    outbox::push(tx, &app.clock, &event).await?;
    Ok(Ok(()))
}
