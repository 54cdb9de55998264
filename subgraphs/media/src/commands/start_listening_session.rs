//! Begins a listening session with what plays for its host.

use polyphony_events::{ListeningSessionId, PlayerId};
use polyphony_kit::Viewer;

use super::{CommandResult, held::own, leave_listening_session::leave_current};
use crate::{
    app::App,
    domain::{
        listening_session::{Code, ListeningSession},
        play::Tally,
        player::{Entry, PlayState, Player},
        refusal::{Refusal, RefusalCode},
    },
    store::{listening_session, player, queue_changes},
};

/// Begins a session; its player goes on with a copy of the host's queue, and the host's own rests.
pub async fn start_listening_session(
    app: &App,
    viewer: &Viewer,
    guests_may_control: bool,
) -> CommandResult<ListeningSession> {
    leave_current(app, viewer.user, None).await?;
    let mut tx = app.store.begin().await?;
    let mut own = own(app, &mut tx, viewer.user).await?;
    if own.following.is_some() {
        return Err(Refusal::new(RefusalCode::Conflict, "You join another session at this moment.").into());
    }
    let now = app.clock.now();
    let id = ListeningSessionId::new();
    let session = ListeningSession {
        id,
        code: Code::fresh(),
        host: viewer.user,
        guests_may_control,
        started_at: now,
        ended_at: None,
    };
    own.settle(now);
    let mut shared = Player::new(PlayerId(id.0), Some(id), now);
    player::lock_or_create(&mut tx, shared.clone(), now).await?;
    let current = own.current.map(|current| current.item);
    let copied = queue_changes::copy(&mut tx, own.id, shared.id, current).await?;
    shared.current = own.current.zip(copied).map(|(current, item)| Entry { item, ..current });
    shared.state = if shared.current.is_some() { own.state } else { PlayState::Stopped };
    shared.tally = shared.current.map(|_| Tally::beginning(now));
    shared.anchor_position_ms = own.anchor_position_ms;
    (shared.repeat, shared.shuffle) = (own.repeat, own.shuffle);
    (shared.queue_index, shared.queue_length) = (own.queue_index, own.queue_length);
    shared.version = 1;
    own.follow(shared.id, now);
    listening_session::insert(&mut tx, &session).await?;
    listening_session::join(&mut tx, id, viewer.user, now).await?;
    player::save(&mut tx, &shared, now).await?;
    player::save(&mut tx, &own, now).await?;
    tx.commit().await?;
    app.live.changed([shared.id, own.id]);
    Ok(session)
}
