//! The viewer ends one of their sessions, on a device that is not at hand.

use polyphony_events::accounts::SessionRevoked;
use polyphony_kit::{SessionId, Viewer, outbox};

use super::Outcome;
use crate::{app::App, domain::Refusal, store};

/// Ends a session of the viewer's.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn revoke_session(app: &App, viewer: &Viewer, session: SessionId) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    super::lock_viewer(&mut tx, viewer).await?;
    if !store::end_session(&mut tx, viewer.user, session, app.clock.now()).await? {
        return Ok(Err(Refusal::SessionNotFound));
    }
    let event = SessionRevoked { user_id: viewer.user, session_id: session };
    outbox::push(&mut tx, &app.clock, &event).await?;
    tx.commit().await?;
    Ok(Ok(()))
}
