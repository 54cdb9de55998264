//! Leaves a listening session. When the host leaves, who has been there for longest becomes the host.

use chrono::{DateTime, Utc};
use polyphony_events::{ListeningSessionId, PlayerId, UserId};
use sqlx::PgConnection;

use super::{CommandResult, held::own};
use crate::{
    app::App,
    domain::{
        listening_session::ListeningSession,
        player::{PlayState, Player},
        refusal::{Refusal, RefusalCode},
    },
    store::{listening_session, player},
};

/// Leaves a session; it goes on without.
pub async fn leave_listening_session(app: &App, user: UserId, id: ListeningSessionId) -> CommandResult<()> {
    let unknown = || Refusal::new(RefusalCode::NotFound, "You are not in such a session.").at(&["id"]);
    let mut tx = app.store.begin().await?;
    let mut shared = player::lock(&mut tx, PlayerId(id.0)).await?.ok_or_else(unknown)?;
    let session = listening_session::find(&mut tx, id).await?.ok_or_else(unknown)?;
    if !listening_session::leave(&mut tx, id, user).await? {
        return Err(unknown().into());
    }
    let now = app.clock.now();
    let mut own = own(app, &mut tx, user).await?;
    own.unfollow(now);
    hand_over(&mut tx, &session, &mut shared, now).await?;
    shared.version += 1;
    player::save(&mut tx, &shared, now).await?;
    player::save(&mut tx, &own, now).await?;
    tx.commit().await?;
    app.live.changed([shared.id, own.id]);
    Ok(())
}

/// Leaves the session that somebody is in, unless it is this one.
pub(super) async fn leave_current(app: &App, user: UserId, but: Option<PlayerId>) -> CommandResult<()> {
    let own = app.store.own_player(user).await?;
    let Some(current) = own.and_then(|own| own.following).filter(|id| Some(*id) != but) else { return Ok(()) };
    match leave_listening_session(app, user, ListeningSessionId(current.0)).await {
        // It ended meanwhile, or another request left it.
        Err(super::CommandError::Refused(_)) => Ok(()),
        done => done,
    }
}

/// Gives a session to who has been there for longest, when its host is gone; one without anybody pauses.
pub(super) async fn hand_over(
    tx: &mut PgConnection,
    session: &ListeningSession,
    shared: &mut Player,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let participants = listening_session::participants(&mut *tx, session.id).await?;
    let Some(longest) = participants.first() else {
        rest(shared, now);
        return listening_session::set_empty_since(tx, session.id, Some(now)).await;
    };
    if !participants.iter().any(|participant| participant.user == session.host) {
        listening_session::set_host(tx, session.id, longest.user).await?;
    }
    Ok(())
}

/// Stops the time of a player that nobody hears.
pub(super) fn rest(player: &mut Player, now: DateTime<Utc>) {
    player.settle(now);
    if player.state == PlayState::Playing {
        player.state = PlayState::Paused;
    }
}
