//! The addresses of an account that wants to move agree, or do not.

use anyhow::Context;
use polyphony_events::accounts::UserEmailChanged;
use polyphony_kit::{Role, UserId, Viewer, db, outbox};
use sqlx::{Connection, PgConnection, Postgres, Transaction};

use super::{Outcome, end_sessions::end_sessions, step_up::require_step_up};
use crate::{
    app::App,
    domain::{Account, EmailChange, MailToken, Refusal, SecurityEvent, SecurityEventKind, Side},
    store,
};

/// What a confirmation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// The other address has to agree too.
    Waiting,
    /// The account has moved.
    Moved,
}

/// Takes the token that one of the addresses was sent. With the second one the account moves: other sessions end, and tokens
/// that were sent to the old address are worth nothing.
#[tracing::instrument(skip_all)]
pub async fn confirm_email_change(app: &App, token: &str) -> Outcome<Confirmed> {
    let mut tx = app.store.begin().await?;
    let Some((account, mut change, side)) = lock_change(app, &mut tx, token).await? else {
        return Ok(Err(Refusal::InvalidToken));
    };
    change.confirm(side, app.clock.now());
    move_if_agreed(app, tx, account, change).await
}

/// Agrees in the place of an old address that its owner cannot read any more. The new address still has to agree by itself. For
/// admins.
#[tracing::instrument(skip_all, fields(user.id = %user, by.id = %viewer.user))]
pub async fn approve_email_change(app: &App, viewer: &Viewer, user: UserId) -> Outcome<Confirmed> {
    viewer.require(Role::Admin)?;
    let mut tx = app.store.begin().await?;
    // Two admins may do this for each other at once: only one at a time holds two accounts.
    db::lock(&mut tx, super::ADMINS_LOCK).await?;
    super::lock_admin(&mut tx, viewer).await?;
    let now = app.clock.now();
    if let Err(refusal) = require_step_up(&mut tx, viewer, now).await? {
        return Ok(Err(refusal));
    }
    let Some(account) = store::lock_account(&mut tx, user).await? else { return Ok(Err(Refusal::UserNotFound)) };
    let Some(mut change) = store::email_change_of(&mut tx, user, now).await? else {
        return Ok(Err(Refusal::NoEmailChange));
    };
    change.confirm(Side::Old, now);
    let entry = SecurityEvent::new(user, SecurityEventKind::EmailChangeApproved, now);
    super::note(&mut tx, &entry.with_detail(format!("by {}", viewer.user)).done_by(viewer.user)).await?;
    move_if_agreed(app, tx, account, change).await
}

/// Gives up the change that a token belongs to: whoever reads the mail of one of its addresses may.
#[tracing::instrument(skip_all)]
pub async fn refuse_email_change(app: &App, token: &str) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    let Some((account, change, _)) = lock_change(app, &mut tx, token).await? else {
        return Ok(Err(Refusal::InvalidToken));
    };
    give_up(app, &mut tx, &account, &change).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// Gives up the viewer's own change; there may be none.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn cancel_email_change(app: &App, viewer: &Viewer) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    let account = super::lock_viewer(&mut tx, viewer).await?;
    if let Some(change) = store::email_change_of(&mut tx, viewer.user, app.clock.now()).await? {
        give_up(app, &mut tx, &account, &change).await?;
    }
    tx.commit().await?;
    Ok(Ok(()))
}

/// The change that a token belongs to, with its person, held until the transaction ends.
async fn lock_change(
    app: &App,
    tx: &mut PgConnection,
    token: &str,
) -> polyphony_kit::Result<Option<(Account, EmailChange, Side)>> {
    let Some(token) = MailToken::parse(token) else { return Ok(None) };
    let now = app.clock.now();
    let Some((found, _)) = store::email_change_by_token(tx, &token, now).await? else { return Ok(None) };
    let Some(account) = store::lock_account(tx, found.user_id).await?.filter(|account| !account.suspended) else {
        return Ok(None);
    };
    // Looked at again under the lock: it may have been given up in between.
    let change = store::email_change_by_token(tx, &token, now).await?;
    Ok(change.map(|(change, side)| (account, change, side)))
}

async fn give_up(app: &App, tx: &mut PgConnection, account: &Account, change: &EmailChange) -> anyhow::Result<()> {
    store::delete_email_change(tx, account.id()).await?;
    let entry = SecurityEvent::new(account.id(), SecurityEventKind::EmailChangeCancelled, app.clock.now());
    super::note(tx, &entry.with_detail(change.new_email.display())).await?;
    Ok(())
}

async fn move_if_agreed(
    app: &App,
    mut tx: Transaction<'static, Postgres>,
    old: Account,
    change: EmailChange,
) -> Outcome<Confirmed> {
    if !change.is_agreed(&old) {
        store::save_email_confirmations(&mut tx, &change).await?;
        tx.commit().await?;
        return Ok(Ok(Confirmed::Waiting));
    }
    let now = app.clock.now();
    let moved = Account { email: change.new_email.clone(), version: old.version + 1, ..old.clone() };
    store::delete_email_change(&mut tx, old.id()).await?;
    // That somebody else has the address must not end the whole transaction: the change is given up.
    let mut attempt = tx.begin().await?;
    match store::change_email(&mut attempt, &moved, now).await {
        Ok(()) => attempt.commit().await?,
        Err(error) if db::violated(&error) == Some("users_email_key") => {
            attempt.rollback().await?;
            tx.commit().await?;
            return Ok(Err(Refusal::EmailTaken));
        }
        Err(error) => return Err(error).context("change an address")?,
    }
    tell(app, &mut tx, &old, &moved, &change).await?;
    tx.commit().await?;
    tracing::info!(user.id = %moved.id(), "somebody has moved to another address");
    Ok(Ok(Confirmed::Moved))
}

/// What follows from a change that was made.
async fn tell(
    app: &App,
    tx: &mut PgConnection,
    old: &Account,
    moved: &Account,
    change: &EmailChange,
) -> polyphony_kit::Result<()> {
    store::delete_mail_tokens(tx, moved.id()).await?;
    end_sessions(app, tx, moved.id(), Some(change.session)).await?;
    let entry = SecurityEvent::new(moved.id(), SecurityEventKind::EmailChanged, app.clock.now());
    let entry = entry.with_detail(format!("{} to {}", old.email.display(), moved.email.display()));
    // The old address hears of it; the new one knows.
    super::notify_security(app, tx, old, entry).await?;
    let event = UserEmailChanged {
        user_id: moved.id(),
        email: moved.email.to_string(),
        display_name: moved.user.display_name.clone(),
        locale: moved.preferences.locale.as_str().to_owned(),
        version: moved.version,
    };
    outbox::push(tx, &app.clock, &event).await?;
    Ok(())
}
