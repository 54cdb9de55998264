//! The viewer shows the first code of their authenticator app.

use polyphony_kit::Viewer;

use super::{Outcome, enrol::enrolled};
use crate::{
    app::App,
    domain::{RecoveryCode, Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Turns one-time codes on; gives recovery codes to whoever has none.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn confirm_totp(app: &App, viewer: &Viewer, code: &str) -> Outcome<Option<Vec<RecoveryCode>>> {
    let mut tx = app.store.begin().await?;
    let mut account = super::lock_viewer(&mut tx, viewer).await?;
    let now = app.clock.now();
    let Some(secret) = store::totp(&mut tx, &app.sealer, viewer.user, now).await?.pending else {
        return Ok(Err(Refusal::TotpNotFound));
    };
    let Some(step) = secret.step_of(code, now)? else { return Ok(Err(Refusal::InvalidCode)) };
    store::enable_totp(&mut tx, viewer.user, step, now).await?;
    let entry = SecurityEvent::new(viewer.user, SecurityEventKind::TotpEnabled, now);
    let codes = enrolled(app, &mut tx, &mut account, entry.in_session(viewer.session)).await?;
    tx.commit().await?;
    Ok(Ok(codes))
}
