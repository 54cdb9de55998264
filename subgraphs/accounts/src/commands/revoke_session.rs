//! The viewer ends one of their sessions, on a device that is not at hand.

use polyphony_kit::{SessionId, Viewer};

use super::{Outcome, end_sessions::end_session};
use crate::{app::App, domain::Refusal};

/// Ends a session of the viewer's.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn revoke_session(app: &App, viewer: &Viewer, session: SessionId) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    super::lock_viewer(&mut tx, viewer).await?;
    if !end_session(app, &mut tx, viewer.user, session).await? {
        return Ok(Err(Refusal::SessionNotFound));
    }
    tx.commit().await?;
    Ok(Ok(()))
}
