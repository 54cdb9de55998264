//! Live views of what plays. The first frame comes at once, then every change, each a full state.

use async_graphql::{Context, ID, Subscription};
use futures::{Stream, StreamExt, stream};
use polyphony_events::{ListeningSessionId, PlayerId};
use polyphony_kit::{Error, Result, cursor, viewer::require_viewer};

use super::{app, device::parse, listening_session::ListeningSession, player::PlaybackState};
use crate::live::{Follower, Start, Who};

#[derive(Default)]
pub(super) struct LiveSubscription;

#[Subscription]
impl LiveSubscription {
    /// What plays for the viewer: first as it is (or, behind `after`, what was missed), then every change. While they are
    /// in a listening session it is the session's. A `deviceId` marks that device online while it listens.
    async fn playback_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device that listens.")] device_id: Option<ID>,
        #[graphql(desc = "The cursor of the last frame that was seen, kept for at least 5 minutes.")] after: Option<
            String,
        >,
    ) -> Result<impl Stream<Item = PlaybackState> + use<>> {
        let (app, viewer) = (app(ctx).clone(), require_viewer(ctx)?.clone());
        let device = parse(device_id.as_ref(), &["deviceId"]).map_err(|_| unseen("device"))?;
        let now = app.clock.now();
        let mut who = vec![Who::Person(viewer.user)];
        if let Some(id) = device {
            if !app.store.see_device(viewer.user, id, now).await? {
                return Err(unseen("device"));
            }
            who.push(Who::Device(id));
        }
        let player = app.store.ensure_player(viewer.user, now).await?;
        let present = app.live.presence().enter(who).await;
        let follower = Follower::new(&app.live, &app.store, player, start(after)).await?;
        Ok(stream::unfold((follower, present), move |(mut follower, present)| async move {
            let frame = follower.next().await;
            Some((PlaybackState(frame.player.clone().seen_by(device)), (follower, present)))
        }))
    }

    /// A listening session that the viewer takes part in: first as it is (or, behind `after`, what was missed), then every
    /// change of who takes part and of what plays. Ends with the session, or when the viewer leaves it.
    async fn listening_session_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session's id.")] id: ID,
        #[graphql(desc = "The cursor of the last frame that was seen, kept for at least 5 minutes.")] after: Option<
            String,
        >,
    ) -> Result<impl Stream<Item = ListeningSession> + use<>> {
        let (app, viewer) = (app(ctx).clone(), require_viewer(ctx)?.clone());
        let id = ListeningSessionId::parse(&id).ok_or_else(|| unseen("session"))?;
        let visible = app.store.visible_sessions(Some(&viewer), &[id]).await?;
        let session = visible.into_iter().next().ok_or_else(|| unseen("session"))?;
        let present = app.live.presence().enter(vec![Who::Person(viewer.user)]).await;
        let follower = Follower::new(&app.live, &app.store, session.player(), start(after)).await?;
        let frames = stream::unfold(Some((follower, present)), move |state| {
            let (app, user) = (app.clone(), viewer.user);
            async move {
                let (mut follower, present) = state?;
                let frame = follower.next().await;
                let room = loop {
                    match frame.room(&app.store).await {
                        Ok(room) => break room?,
                        Err(error) => {
                            tracing::warn!(%error, "a live view could not look");
                            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
                        }
                    }
                };
                let has_ended = room.session.ended_at.is_some();
                let is_there = room.participants.iter().any(|participant| participant.user == user);
                let shown = (has_ended || is_there).then(|| ListeningSession::at(room, frame.player.clone()));
                Some((shown, (is_there && !has_ended).then_some((follower, present))))
            }
        });
        Ok(frames.filter_map(|shown| async { shown }))
    }
}

/// Where a subscription begins; a cursor that is none of ours is too old.
fn start(after: Option<String>) -> Start {
    let cursor: Option<(PlayerId, i64)> = after.and_then(|after| cursor::decode(&after));
    cursor.map_or(Start::Now, |(player, version)| Start::Behind(player, version))
}

fn unseen(what: &str) -> Error {
    Error::forbidden(format!("there is no such {what}, or it is not yours"))
}
