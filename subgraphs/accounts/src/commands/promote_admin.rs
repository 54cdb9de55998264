//! Whoever runs the platform makes somebody an admin. Not to be had over the API.

use anyhow::{Context, bail};
use polyphony_events::accounts::UserRoleChanged;
use polyphony_kit::{Role, db, outbox};

use super::ADMINS_LOCK;
use crate::{
    app::App,
    domain::{Email, SecurityEvent, SecurityEventKind},
    store,
};

/// Makes an admin of whoever has this address; gives whether they were none. The address must be verified: whoever registered
/// it may not be whom the operator means.
pub async fn promote_admin(app: &App, email: &str) -> anyhow::Result<bool> {
    let email = Email::parse(email).context("that is not an e-mail address")?;
    let found = app.store.account_by_email(&email).await?.context("nobody has this address")?;
    let mut tx = app.store.begin().await?;
    db::lock(&mut tx, ADMINS_LOCK).await?;
    let locked = store::lock_account(&mut tx, found.id()).await?;
    let mut account = locked.filter(|account| account.email == email).context("nobody has this address")?;
    if !account.email_verified {
        bail!(
            "the address is not verified, so anybody may have registered it; `admin set-password` takes the account over"
        );
    }
    if account.suspended {
        bail!("this account is suspended");
    }
    if account.role == Role::Admin {
        return Ok(false);
    }
    account.role = Role::Admin;
    account.version += 1;
    store::save_role(&mut tx, &account).await?;
    let event = UserRoleChanged { user_id: account.id(), role: Role::Admin, version: account.version };
    outbox::push(&mut tx, &app.clock, &event).await?;
    let entry = SecurityEvent::new(account.id(), SecurityEventKind::RoleChanged, app.clock.now());
    super::notify_security(app, &mut tx, &account, entry.with_detail("Admin by the operator")).await?;
    tx.commit().await?;
    Ok(true)
}
