//! Somebody who has lost all second factors gets in again, by an admin or by whoever runs the platform.

use anyhow::Context;
use polyphony_kit::{Role, UserId, Viewer, db};
use sqlx::PgConnection;

use super::{ADMINS_LOCK, Outcome, end_sessions::end_sessions, step_up::require_step_up};
use crate::{
    app::App,
    domain::{Account, Email, Refusal, SecurityEvent, SecurityEventKind, User},
    store,
};

/// Takes all second factors off a person; their sessions end, and their password or provider signs them in again. For admins.
#[tracing::instrument(skip_all, fields(user.id = %user, by.id = %viewer.user))]
pub async fn reset_second_factor(app: &App, viewer: &Viewer, user: UserId) -> Outcome<User> {
    viewer.require(Role::Admin)?;
    let mut tx = app.store.begin().await?;
    db::lock(&mut tx, ADMINS_LOCK).await?;
    super::lock_admin(&mut tx, viewer).await?;
    if let Err(refusal) = require_step_up(&mut tx, viewer, app.clock.now()).await? {
        return Ok(Err(refusal));
    }
    let Some(account) = store::lock_account(&mut tx, user).await? else { return Ok(Err(Refusal::UserNotFound)) };
    let entry = SecurityEvent::new(user, SecurityEventKind::SecondFactorReset, app.clock.now());
    let account = reset(app, &mut tx, account, entry.done_by(viewer.user)).await?;
    tx.commit().await?;
    tracing::info!("second factors were reset");
    Ok(Ok(account.user))
}

/// The same by whoever runs the platform; gives whether the address has an account.
pub async fn reset_second_factor_of(app: &App, email: &str) -> anyhow::Result<bool> {
    let email = Email::parse(email).context("that is not an e-mail address")?;
    let Some(found) = app.store.account_by_email(&email).await? else { return Ok(false) };
    let mut tx = app.store.begin().await?;
    let Some(account) = store::lock_account(&mut tx, found.id()).await? else { return Ok(false) };
    let entry = SecurityEvent::new(account.id(), SecurityEventKind::SecondFactorReset, app.clock.now());
    reset(app, &mut tx, account, entry.with_detail("by the operator")).await?;
    tx.commit().await?;
    Ok(true)
}

async fn reset(
    app: &App,
    tx: &mut PgConnection,
    mut account: Account,
    entry: SecurityEvent,
) -> anyhow::Result<Account> {
    let (id, now) = (account.id(), app.clock.now());
    store::delete_totp(tx, id).await?;
    store::delete_passkeys(tx, id, None).await?;
    store::revoke_user(tx, id, account.version, now).await?;
    store::save_second_factor(tx, &mut account).await?;
    super::notify_security(app, tx, &account, entry).await?;
    end_sessions(app, tx, id, None).await?;
    Ok(account)
}
