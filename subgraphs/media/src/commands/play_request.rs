//! Makes what another subgraph has looked up for a person, such as a playlist, their queue.

use chrono::TimeDelta;
use polyphony_events::{UserId, playlists::PlayRequested};
use polyphony_kit::{Role, SessionId, Viewer};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    CommandError,
    choose_tracks::{OnUnplayable, Paths, Wanted, choose_tracks},
    held::Held,
    replace_queue::{Beginning, Replacement, Start, replace_queue},
};
use crate::{
    app::App,
    domain::listening_session::Right,
    store::{device, player},
};

/// A request that took longer than this on its way is ignored: nobody waits for it, and music that begins by itself frightens.
const EXPIRES_AFTER: TimeDelta = TimeDelta::seconds(60);

/// Replaces the queue of the person by what can be played of the request, in the transaction of its event. It is ignored when it is
/// too late, when the queue was replaced since it was made, when nothing of it can be played, and when the person may not control the
/// session that they listen in.
pub async fn play_request(app: &App, tx: &mut PgConnection, request: &PlayRequested) -> anyhow::Result<()> {
    if app.clock.now() - request.requested_at > EXPIRES_AFTER {
        tracing::info!(request = %request.request_id, "a request to play came too late");
        return Ok(());
    }
    let wanted = Wanted {
        tracks: Some(request.track_ids.clone()),
        context: Some(request.context),
        on_unplayable: OnUnplayable::Skip,
    };
    let paths = Paths { tracks: &[], context: &[] };
    let choice = match choose_tracks(app, &listener(request.user_id), wanted, paths).await {
        Ok(choice) => choice,
        Err(CommandError::Refused(refusal)) => {
            tracing::info!(request = %request.request_id, reason = refusal.message, "a request to play was refused");
            return Ok(());
        }
        Err(CommandError::Failed(error)) => {
            return Err(anyhow::anyhow!("choose what can be played of a request: {error:?}"));
        }
    };
    let start = request.start_index.and_then(|index| usize::try_from(index).ok());
    let start = start.filter(|index| *index < choice.given.len()).map_or(Start::Anywhere, Start::Index);
    let Ok(beginning) = Beginning::choose(start, 0, &choice) else { return Ok(()) };

    let held = Held::within(app, tx, request.user_id).await?;
    let mut held =
        held.ok_or_else(|| anyhow::anyhow!("{} joins or leaves a session at this moment", request.user_id))?;
    let may_control = held.session.as_ref().is_none_or(|session| session.check(held.user, Right::Control).is_ok());
    let queue_set_at = player::queue_time(&mut *held.tx, held.player.id).await?;
    if !may_control || queue_set_at.is_some_and(|at| at >= request.requested_at) {
        return Ok(());
    }
    held.bring_up(app).await?;
    if let Some(id) = request.device_id {
        held.device = device::find(&mut *held.tx, request.user_id, id).await?;
    }
    held.player.changed_by = held.device.as_ref().map(|device| device.id);
    let replacement = Replacement {
        choice: &choice,
        beginning,
        context: Some(request.context),
        shuffle: request.shuffle,
        play: true,
        request: Some(request.request_id),
        asked_at: request.requested_at,
    };
    replace_queue(app, &mut held, replacement).await?;
    Ok(held.write().await?)
}

/// The person as somebody who asks. No token came with the event: they hear what every listener may, and drafts of their own.
fn listener(user: UserId) -> Viewer {
    Viewer { user, session: SessionId(Uuid::nil()), role: Role::Listener, scopes: Vec::new() }
}
