//! Somebody makes an account and is signed in.

use anyhow::Context;
use polyphony_events::accounts::UserRegistered;
use polyphony_kit::{Role, db, outbox};
use sqlx::PgConnection;

use super::{Outcome, SignedIn, open_session::open_session, verify_email::request_verification};
use crate::{
    app::App,
    domain::{Account, Client, Refusal, RegistrationForm, SecurityEventKind},
    store,
};

/// Makes an account from the form and opens a session. All that is wrong with the form is told at once.
#[tracing::instrument(skip_all)]
pub async fn register(app: &App, form: RegistrationForm<'_>, client: Client) -> Outcome<SignedIn, Vec<Refusal>> {
    let registration = match form.parse() {
        Ok(registration) => registration,
        Err(refusals) => return Ok(Err(refusals)),
    };
    // Before the transaction: hashing takes long, and a connection is not kept waiting for it.
    let hash = app.passwords.hash(&registration.password).await?;
    let account = registration.into_account(Role::Listener, hash, app.clock.now());

    let mut tx = app.store.begin().await?;
    if let Err(refusal) = add_person(app, &mut tx, &account).await? {
        return Ok(Err(vec![refusal]));
    }
    request_verification(app, &mut tx, &account).await?;
    let signed_in = open_session(app, &mut tx, account, client, SecurityEventKind::SignedUp).await?;
    tx.commit().await?;
    tracing::info!(user.id = %signed_in.account.id(), "somebody has registered");
    Ok(Ok(signed_in))
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
