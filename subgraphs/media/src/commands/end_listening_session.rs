//! Ends a listening session for everybody in it.

use chrono::{DateTime, Utc};
use polyphony_events::{ListeningSessionId, PlayerId};
use polyphony_kit::Viewer;
use sqlx::PgConnection;

use super::{CommandResult, leave_listening_session::rest};
use crate::{
    app::App,
    domain::{
        player::{PlayState, Player},
        refusal::{Refusal, RefusalCode},
    },
    store::{listening_session, player},
};

/// Ends a session; only its host may. Again changes nothing.
pub async fn end_listening_session(app: &App, viewer: &Viewer, id: ListeningSessionId) -> CommandResult<()> {
    let unknown = || Refusal::new(RefusalCode::NotFound, "There is no such session.").at(&["id"]);
    let mut tx = app.store.begin().await?;
    let shared = player::lock(&mut tx, PlayerId(id.0)).await?.ok_or_else(unknown)?;
    let session = listening_session::find(&mut tx, id).await?.ok_or_else(unknown)?;
    if session.host != viewer.user {
        let takes_part = listening_session::takes_part(&mut tx, id, viewer.user).await?;
        let refusal = Refusal::new(RefusalCode::NotAllowed, "Only the host ends a session.").at(&["id"]);
        return Err(if takes_part { refusal } else { unknown() }.into());
    }
    if session.ended_at.is_some() {
        return Ok(());
    }
    let changed = end(&mut tx, id, shared, app.clock.now()).await?;
    tx.commit().await?;
    app.live.changed(changed);
    Ok(())
}

/// Ends a session whose player is held; gives the players that have changed.
pub(super) async fn end(
    tx: &mut PgConnection,
    id: ListeningSessionId,
    mut shared: Player,
    now: DateTime<Utc>,
) -> Result<Vec<PlayerId>, sqlx::Error> {
    let mut changed = player::followers(&mut *tx, shared.id).await?;
    for id in &changed {
        if let Some(mut own) = player::lock(&mut *tx, *id).await? {
            own.unfollow(now);
            player::save(&mut *tx, &own, now).await?;
        }
    }
    listening_session::end(&mut *tx, id, now).await?;
    rest(&mut shared, now);
    shared.state = PlayState::Stopped;
    shared.version += 1;
    player::save(tx, &shared, now).await?;
    changed.push(shared.id);
    Ok(changed)
}
