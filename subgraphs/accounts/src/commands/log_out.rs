//! The viewer signs out, on this device or on all.

use polyphony_events::accounts::SessionRevoked;
use polyphony_kit::{Result, Viewer, outbox};

use super::end_sessions::end_sessions;
use crate::{app::App, store};

/// Which sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The one that asks.
    ThisDevice,
    /// All of the viewer's.
    Everywhere,
}

/// Ends the viewer's session, or all of them.
#[tracing::instrument(skip_all, fields(user.id = %viewer.user))]
pub async fn log_out(app: &App, viewer: &Viewer, reach: Reach) -> Result<()> {
    let mut tx = app.store.begin().await?;
    super::lock_viewer(&mut tx, viewer).await?;
    match reach {
        Reach::Everywhere => end_sessions(app, &mut tx, viewer.user, None).await?,
        Reach::ThisDevice => {
            store::end_session(&mut tx, viewer.user, viewer.session, app.clock.now()).await?;
            let event = SessionRevoked { user_id: viewer.user, session_id: viewer.session };
            outbox::push(&mut tx, &app.clock, &event).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}
