//! The viewer turns one-time codes off.

use polyphony_kit::Viewer;

use super::{Outcome, enrol::may_lose_one, step_up::require_step_up};
use crate::{
    app::App,
    domain::{Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Turns one-time codes off, unless the viewer's role asks for a second factor and they have no other.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn disable_totp(app: &App, viewer: &Viewer) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    let mut account = super::lock_viewer(&mut tx, viewer).await?;
    let now = app.clock.now();
    if let Err(refusal) = require_step_up(&mut tx, viewer, now).await? {
        return Ok(Err(refusal));
    }
    if let Err(refusal) = may_lose_one(app, &mut tx, &account, viewer).await? {
        return Ok(Err(refusal));
    }
    if !store::delete_totp(&mut tx, viewer.user).await? {
        return Ok(Err(Refusal::TotpNotFound));
    }
    store::save_second_factor(&mut tx, &mut account).await?;
    let entry = SecurityEvent::new(viewer.user, SecurityEventKind::TotpDisabled, now);
    super::notify_security(app, &mut tx, &account, entry.in_session(viewer.session)).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
