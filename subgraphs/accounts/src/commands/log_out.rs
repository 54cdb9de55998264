//! The viewer signs out, on this device or on all.

use polyphony_events::accounts::SessionRevoked;
use polyphony_kit::{Result, Viewer, outbox};

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
    let now = app.clock.now();
    let ended = match reach {
        Reach::Everywhere => store::end_sessions(&mut tx, viewer.user, None, now).await?,
        Reach::ThisDevice => {
            store::end_session(&mut tx, viewer.user, viewer.session, now).await?;
            vec![viewer.session]
        }
    };
    for session_id in ended {
        outbox::push(&mut tx, &app.clock, &SessionRevoked { user_id: viewer.user, session_id }).await?;
    }
    tx.commit().await?;
    Ok(())
}
