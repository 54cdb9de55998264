//! Ending sessions of a person as a part of other commands.

use polyphony_events::accounts::SessionRevoked;
use polyphony_kit::{SessionId, UserId, outbox};
use sqlx::PgConnection;

use crate::{app::App, store};

/// Ends all sessions of a person but `kept`, and tells of each.
pub(super) async fn end_sessions(
    app: &App,
    tx: &mut PgConnection,
    user_id: UserId,
    kept: Option<SessionId>,
) -> anyhow::Result<()> {
    for session_id in store::end_sessions(tx, user_id, kept, app.clock.now()).await? {
        outbox::push(tx, &app.clock, &SessionRevoked { user_id, session_id }).await?;
    }
    Ok(())
}
