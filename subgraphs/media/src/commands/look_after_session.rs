//! Keeps who is there in a listening session; hands it over when its host is gone, and ends it when nobody comes back.

use polyphony_events::{ListeningSessionId, PlayerId, UserId};

use super::{end_listening_session::end, leave_listening_session::rest};
use crate::{
    app::App,
    domain::{
        listening_session::{EMPTY_PATIENCE, UNHEARD_PATIENCE},
        player::PlayState,
    },
    store::{listening_session, player},
};

/// Keeps who of a session is there, as seen just now.
pub async fn look_after_session(app: &App, id: ListeningSessionId, online: &[UserId]) -> anyhow::Result<()> {
    let mut tx = app.store.begin().await?;
    let Some(mut shared) = player::lock(&mut tx, PlayerId(id.0)).await? else { return Ok(()) };
    let Some(session) = listening_session::find(&mut tx, id).await? else { return Ok(()) };
    if session.ended_at.is_some() {
        return Ok(());
    }
    let now = app.clock.now();
    let empty_since = listening_session::empty_since(&mut tx, id).await?;
    if online.is_empty() && empty_since.is_some_and(|since| now - since >= EMPTY_PATIENCE) {
        let changed = end(&mut tx, id, shared, now).await?;
        tx.commit().await?;
        app.live.changed(changed);
        return Ok(());
    }
    if online.is_empty() != empty_since.is_some() {
        listening_session::set_empty_since(&mut tx, id, online.is_empty().then_some(now)).await?;
    }
    let mut has_changed = listening_session::set_online(&mut tx, id, online).await? > 0;
    let is_unheard = online.is_empty() && empty_since.is_some_and(|since| now - since >= UNHEARD_PATIENCE);
    if is_unheard && shared.state == PlayState::Playing {
        rest(&mut shared, now);
        has_changed = true;
    }
    if has_changed {
        shared.version += 1;
        player::save(&mut tx, &shared, now).await?;
    }
    tx.commit().await?;
    if has_changed {
        app.live.changed([shared.id]);
    }
    Ok(())
}
