//! The viewer gets new recovery codes.

use polyphony_kit::Viewer;

use super::{Outcome, enrol::new_recovery_codes, step_up::require_step_up};
use crate::{
    app::App,
    domain::{RecoveryCode, Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Replaces the viewer's recovery codes; the old ones are worth nothing any more.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn regenerate_recovery_codes(app: &App, viewer: &Viewer) -> Outcome<Vec<RecoveryCode>> {
    let mut tx = app.store.begin().await?;
    let account = super::lock_viewer(&mut tx, viewer).await?;
    let now = app.clock.now();
    if let Err(refusal) = require_step_up(&mut tx, viewer, now).await? {
        return Ok(Err(refusal));
    }
    if !account.has_second_factor {
        return Ok(Err(Refusal::NoSecondFactor));
    }
    let codes = new_recovery_codes();
    store::replace_recovery_codes(&mut tx, viewer.user, &codes, now).await?;
    let entry = SecurityEvent::new(viewer.user, SecurityEventKind::RecoveryCodesRegenerated, now);
    super::notify_security(app, &mut tx, &account, entry.in_session(viewer.session)).await?;
    tx.commit().await?;
    Ok(Ok(codes))
}
