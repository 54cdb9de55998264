//! The viewer renames a passkey or deletes it.

use polyphony_kit::Viewer;

use super::{Outcome, enrol::may_lose_one, step_up::require_step_up, unlink_identity::has_way_in};
use crate::{
    app::App,
    domain::{KeyName, Passkey, PasskeyId, Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Calls a passkey of the viewer's something else.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn rename_passkey(app: &App, viewer: &Viewer, id: PasskeyId, name: &str) -> Outcome<Passkey> {
    let Some(name) = KeyName::parse(name) else { return Ok(Err(Refusal::InvalidPasskeyName)) };
    let mut tx = app.store.begin().await?;
    super::lock_viewer(&mut tx, viewer).await?;
    let passkeys = store::passkeys_of(&mut tx, viewer.user).await?;
    let Some(mut passkey) = passkeys.into_iter().find(|passkey| passkey.id == id) else {
        return Ok(Err(Refusal::PasskeyNotFound));
    };
    passkey.name = name.into_text();
    store::save_passkey(&mut tx, &passkey).await?;
    tx.commit().await?;
    Ok(Ok(passkey))
}

/// Deletes a passkey of the viewer's, unless their role asks for a second factor and they have no other. The last way to sign in
/// stays.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn delete_passkey(app: &App, viewer: &Viewer, id: PasskeyId) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    let mut account = super::lock_viewer(&mut tx, viewer).await?;
    let now = app.clock.now();
    if let Err(refusal) = require_step_up(&mut tx, viewer, now).await? {
        return Ok(Err(refusal));
    }
    if let Err(refusal) = may_lose_one(app, &mut tx, &account, viewer).await? {
        return Ok(Err(refusal));
    }
    let Some(name) = store::delete_passkey(&mut tx, viewer.user, id).await? else {
        return Ok(Err(Refusal::PasskeyNotFound));
    };
    if !has_way_in(&mut tx, &account).await? {
        return Ok(Err(Refusal::LastWayIn));
    }
    store::save_second_factor(&mut tx, &mut account).await?;
    let entry = SecurityEvent::new(viewer.user, SecurityEventKind::PasskeyRemoved, now);
    let entry = entry.in_session(viewer.session).with_detail(name);
    super::notify_security(app, &mut tx, &account, entry).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
