//! The viewer asks for everything that is kept about them.

use polyphony_events::{
    DataExportId,
    accounts::{AccountDataExported, DataExportRequested},
};
use polyphony_kit::{
    Viewer,
    idempotency::{Claim, Key},
    outbox,
};

use super::{Outcome, step_up::require_step_up};
use crate::{
    app::App,
    domain::{Refusal, SecurityEvent, SecurityEventKind, may_export},
    store,
};

/// Begins an export of all that is kept about the viewer, and contributes what accounts keeps; other services contribute theirs
/// when they hear of it. At most one a day. With an idempotency key the same call answers the first export again.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn export_my_data(app: &App, viewer: &Viewer, key: Option<&str>) -> Outcome<DataExportId> {
    let key = key.map(|key| Key::new(viewer.user, key, "exportMyData", &())).transpose()?;
    let data = app.store.personal_data(viewer.user).await?;
    let mut tx = app.store.begin().await?;
    let account = super::lock_viewer(&mut tx, viewer).await?;
    let now = app.clock.now();
    if let Err(refusal) = require_step_up(&mut tx, viewer, now).await? {
        return Ok(Err(refusal));
    }
    if let Some(key) = &key {
        match key.claim(&mut tx, &app.clock).await? {
            Claim::Fresh => {}
            Claim::Replay(first) => return Ok(Ok(first)),
            Claim::Reused => return Ok(Err(Refusal::KeyReused)),
        }
    }
    if let Err(refusal) = may_export(store::last_data_export(&mut tx, viewer.user).await?, now) {
        return Ok(Err(refusal));
    }
    let (user_id, export_id) = (viewer.user, DataExportId::new());
    store::add_data_export(&mut tx, export_id, user_id, now).await?;
    outbox::push(&mut tx, &app.clock, &DataExportRequested { user_id, export_id, requested_at: now }).await?;
    for part in data.into_parts(&account) {
        outbox::push(&mut tx, &app.clock, &AccountDataExported { user_id, export_id, part }).await?;
    }
    let entry = SecurityEvent::new(user_id, SecurityEventKind::DataExportRequested, now);
    super::notify_security(app, &mut tx, &account, entry.in_session(viewer.session)).await?;
    if let Some(key) = &key {
        key.record(&mut tx, &app.clock, &export_id).await?;
    }
    tx.commit().await?;
    Ok(Ok(export_id))
}
