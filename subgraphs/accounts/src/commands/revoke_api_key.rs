//! The viewer takes a key back.

use polyphony_events::ApiKeyId;
use polyphony_kit::{SessionId, Viewer};

use super::Outcome;
use crate::{
    app::App,
    domain::{Refusal, SecurityEvent, SecurityEventKind},
    store,
};

/// Deletes a key of the viewer's; what was done with it ends within seconds.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn revoke_api_key(app: &App, viewer: &Viewer, key: ApiKeyId) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    super::lock_viewer(&mut tx, viewer).await?;
    let Some(name) = store::delete_api_key(&mut tx, viewer.user, key).await? else {
        return Ok(Err(Refusal::KeyNotFound));
    };
    let now = app.clock.now();
    store::revoke_sessions(&mut tx, &[SessionId(key.0)], now).await?;
    let entry = SecurityEvent::new(viewer.user, SecurityEventKind::ApiKeyRevoked, now);
    super::note(&mut tx, &entry.in_session(viewer.session).with_detail(name)).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
