//! How exactly the people of a listening session hear what plays.

use std::time::Duration;

use async_graphql::{Context, ID, Object, SimpleObject, Subscription};
use chrono::{DateTime, Utc};
use futures::{Stream, stream};
use polyphony_events::{ListeningSessionId, UserId};
use polyphony_kit::{Error, Result, viewer::require_viewer};
use tokio::{sync::watch, time::Instant};

use super::{
    app,
    errors::{AckPayload, nothing, outcome},
    external::User,
};
use crate::{app::App, commands::report_drift::report_drift, domain::drift, live::drifts_signal};

/// Frames are no closer together than this, however many people report.
const FRAME_INTERVAL: Duration = Duration::from_secs(1);
/// Without a report a frame comes all the same, so that old reports go.
const POLL_INTERVAL: Duration = Duration::from_secs(10);

/// How exactly somebody hears what plays in a listening session, as their own client measured it last.
#[derive(Clone, Copy, Debug, SimpleObject)]
struct ParticipantDrift {
    /// Who.
    user: Option<User>,
    /// By how much what they hear is ahead of what plays, in milliseconds; below zero: behind.
    drift_ms: f64,
    /// When they reported it, at most 20 seconds ago.
    reported_at: DateTime<Utc>,
}

impl From<drift::Drift> for ParticipantDrift {
    fn from(drift: drift::Drift) -> Self {
        let drift::Drift { user, offset_ms, at } = drift;
        Self { user: Some(User(user)), drift_ms: offset_ms, reported_at: at }
    }
}

#[derive(Default)]
pub(super) struct DriftMutation;

#[Object]
impl DriftMutation {
    /// Reports how exactly the viewer hears what their listening session plays, for the others to see. `RATE_LIMITED` sooner than five
    /// seconds after the last report; it is forgotten after 20 seconds.
    async fn report_sync(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session's id.")] session_id: ID,
        #[graphql(
            desc = "By how much what sounds is ahead of the server's position, in milliseconds, -60,000 to 60,000; below zero: behind."
        )]
        offset_ms: f64,
    ) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        Ok(match ListeningSessionId::parse(&session_id) {
            Some(id) => {
                let done = report_drift(app(ctx), viewer, id, offset_ms).await;
                outcome(done)?.into()
            }
            None => Err(nothing("session", "sessionId")).into(),
        })
    }
}

#[derive(Default)]
pub(super) struct DriftSubscription;

#[Subscription]
impl DriftSubscription {
    /// How exactly the people of a listening session hear what plays: at once what was reported in the last 20 seconds, then the whole
    /// list again whenever somebody reports, at most once a second. For those who take part; it ends when the viewer leaves.
    async fn listening_session_drifts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session's id.")] id: ID,
    ) -> Result<impl Stream<Item = Vec<ParticipantDrift>> + use<>> {
        let (app, user) = (app(ctx).clone(), require_viewer(ctx)?.user);
        let unseen = || Error::forbidden("there is no such session, or you do not take part");
        let id = ListeningSessionId::parse(&id).ok_or_else(unseen)?;
        if !app.store.listens_in(id, user).await? {
            return Err(unseen());
        }
        let mut changed = app.signals.listen(&drifts_signal(id));
        changed.mark_changed();
        let watcher = Watcher { app, id, user, changed, next_at: Instant::now() };
        Ok(stream::unfold(watcher, |mut watcher| async {
            let drifts = watcher.next().await?;
            Some((drifts, watcher))
        }))
    }
}

struct Watcher {
    app: App,
    id: ListeningSessionId,
    user: UserId,
    changed: watch::Receiver<u64>,
    /// When the next frame may be shown.
    next_at: Instant,
}

impl Watcher {
    /// The drifts once there may be new ones; none when the viewer takes part no more.
    async fn next(&mut self) -> Option<Vec<ParticipantDrift>> {
        // Without a sender there is still the look now and then.
        if let Ok(Err(_)) = tokio::time::timeout(POLL_INTERVAL, self.changed.changed()).await {
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        tokio::time::sleep_until(self.next_at).await;
        self.changed.mark_unchanged();
        self.next_at = Instant::now() + FRAME_INTERVAL;
        let takes_part = self.app.store.listens_in(self.id, self.user).await.unwrap_or(true);
        let mut drifts: Vec<_> = self.app.live.drifts().of(self.id).await.into_values().collect();
        drifts.sort_by_key(|drift| drift.user);
        takes_part.then(|| drifts.into_iter().map(ParticipantDrift::from).collect())
    }
}
