//! Ending sessions of a person as a part of other commands.

use polyphony_events::accounts::SessionRevoked;
use polyphony_kit::{SessionId, UserId, outbox};
use sqlx::PgConnection;

use crate::{
    app::App,
    domain::{MAX_SESSIONS, SecurityEvent, SecurityEventKind},
    store,
};

/// Ends all sessions of a person but `kept`, and tells of each.
pub(super) async fn end_sessions(
    app: &App,
    tx: &mut PgConnection,
    user_id: UserId,
    kept: Option<SessionId>,
) -> anyhow::Result<()> {
    let now = app.clock.now();
    for session_id in store::end_sessions(tx, user_id, kept, now).await? {
        ended(app, tx, user_id, session_id, None).await?;
    }
    Ok(())
}

/// Makes room for one more session of this person: of too many, those end that were idle longest.
pub(super) async fn end_idle_sessions(app: &App, tx: &mut PgConnection, user_id: UserId) -> anyhow::Result<()> {
    for session_id in store::end_idle_sessions(tx, user_id, MAX_SESSIONS - 1, app.clock.now()).await? {
        ended(app, tx, user_id, session_id, Some("too many sessions")).await?;
    }
    Ok(())
}

/// Ends one session of this person; gives whether it was there and not over.
pub(super) async fn end_session(
    app: &App,
    tx: &mut PgConnection,
    user_id: UserId,
    session_id: SessionId,
) -> anyhow::Result<bool> {
    let now = app.clock.now();
    let was_live = store::end_session(tx, user_id, session_id, now).await?;
    if was_live {
        ended(app, tx, user_id, session_id, None).await?;
    }
    Ok(was_live)
}

async fn ended(
    app: &App,
    tx: &mut PgConnection,
    user_id: UserId,
    session_id: SessionId,
    why: Option<&str>,
) -> anyhow::Result<()> {
    let now = app.clock.now();
    store::revoke_sessions(tx, &[session_id], now).await?;
    let entry = SecurityEvent::new(user_id, SecurityEventKind::SessionEnded, now).in_session(session_id);
    super::note(tx, &SecurityEvent { detail: why.map(str::to_owned), ..entry }).await?;
    outbox::push(tx, &app.clock, &SessionRevoked { user_id, session_id }).await?;
    Ok(())
}
