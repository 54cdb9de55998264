//! The viewer chooses another password.

use polyphony_kit::Viewer;

use super::{
    Outcome,
    end_sessions::end_sessions,
    revoke_api_keys::{ApiKeys, revoke_api_keys},
    step_up::{check_password, require_step_up},
};
use crate::{
    app::App,
    domain::{Client, Password, Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// The password that the viewer has and the one that they want.
#[derive(Clone, Copy)]
pub struct PasswordChange<'a> {
    /// The password until now.
    pub current: &'a str,
    /// The password from now on.
    pub new: &'a str,
    /// What becomes of their API keys.
    pub api_keys: ApiKeys,
}

/// Changes the viewer's password; they stay signed in here and are signed out everywhere else.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn change_password(app: &App, viewer: &Viewer, change: PasswordChange<'_>, client: &Client) -> Outcome<()> {
    let PasswordChange { current, new, api_keys } = change;
    let account = match check_password(app, viewer, current, client).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let password = match Password::choose(new, account.as_owner()) {
        Ok(password) => password,
        Err(weakness) => return Ok(Err(Refusal::WeakPassword(weakness))),
    };
    let hash = app.passwords.hash(&password).await?;

    let mut tx = app.store.begin().await?;
    let mut locked = super::lock_viewer(&mut tx, viewer).await?;
    if locked.password_hash != account.password_hash {
        return Ok(Err(Refusal::InvalidCredentials));
    }
    // A password that was stolen with a token is not enough to put its owner out.
    if locked.has_second_factor
        && let Err(refusal) = require_step_up(&mut tx, viewer, app.clock.now()).await?
    {
        return Ok(Err(refusal));
    }
    locked.password_hash = Some(hash);
    locked.version += 1;
    store::save_password(&mut tx, &locked).await?;
    store::delete_email_change(&mut tx, viewer.user).await?;
    let entry = SecurityEvent::new(viewer.user, SecurityEventKind::PasswordChanged, app.clock.now());
    super::notify_security(app, &mut tx, &locked, entry.in_session(viewer.session)).await?;
    end_sessions(app, &mut tx, viewer.user, Some(viewer.session)).await?;
    if api_keys == ApiKeys::Revoke {
        revoke_api_keys(app, &mut tx, viewer.user).await?;
    }
    tx.commit().await?;
    Ok(Ok(()))
}
