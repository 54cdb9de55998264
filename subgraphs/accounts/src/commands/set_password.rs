//! Whoever runs the platform gives somebody a new password. Not to be had over the API.

use anyhow::{Context, anyhow};

use super::claim_account::claim_account;
use crate::{
    app::App,
    domain::{Email, Password, SecurityEvent, SecurityEventKind},
    store,
};

/// Gives whoever has this address a new password. The operator knows whose the address is, so it counts as verified, and
/// whoever else was in the account is put out: sessions end, API keys are revoked.
pub async fn set_password(app: &App, email: &str, password: &str) -> anyhow::Result<()> {
    let email = Email::parse(email).context("that is not an e-mail address")?;
    let found = app.store.account_by_email(&email).await?.context("nobody has this address")?;
    let password = Password::choose(password, found.as_owner())?;
    let hash = app.passwords.hash(&password).await.map_err(|error| anyhow!("hash the password: {error:?}"))?;

    let mut tx = app.store.begin().await?;
    let locked = store::lock_account(&mut tx, found.id()).await?;
    let mut account = locked.filter(|account| account.email == email).context("nobody has this address")?;
    let entry = SecurityEvent::new(account.id(), SecurityEventKind::PasswordReset, app.clock.now());
    super::notify_security(app, &mut tx, &account, entry.with_detail("by the operator")).await?;
    account.password_hash = Some(hash);
    claim_account(app, &mut tx, &mut account).await?;
    tx.commit().await?;
    Ok(())
}
