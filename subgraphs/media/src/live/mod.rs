//! Live playback between processes: who is there, what has changed, and what happens by itself.
//!
//! Invariant: the state is in PostgreSQL; Redis only says where to look. With Redis away commands work as ever, the
//! subscribers of this process are told at once and those of others at the next look; nothing is missing afterwards.

mod device_follower;
mod drifts;
mod follower;
mod hub;
mod presence;
mod relay;
mod sweep;
mod upload_follower;

use std::{future::Future, sync::Arc, time::Duration};

use anyhow::Context;
use polyphony_events::PlayerId;
use polyphony_kit::Clock;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::store::Store;

pub use device_follower::{DeviceFollower, DeviceView, devices_signal};
pub use drifts::{Drifts, drifts_signal};
pub use follower::{Follower, Start};
pub use hub::{Frame, Room, Watch};
pub use presence::{Present, Who};
pub use sweep::{advance_due, look_after_sessions, sweep};
pub use upload_follower::{UploadFollower, UploadFrame, uploads_signal};

use hub::Hub;
use presence::Presence;
use relay::Relay;

/// A database that has not answered for this long is asked again. Its own limit on statements is of no use when it hangs.
const ANSWERS_WITHIN: Duration = Duration::from_secs(15);

/// What all requests of a process share for live playback.
#[derive(Clone)]
pub struct Live {
    hub: Arc<Hub>,
    relay: Arc<Relay>,
    presence: Arc<Presence>,
    drifts: Arc<Drifts>,
    /// Wakes the sweep, which looks when something is due next.
    due: Arc<Notify>,
}

impl Live {
    /// The live part of the service of this name.
    pub async fn new(store: Store, clock: Clock, redis_url: &str, service: &str) -> anyhow::Result<Self> {
        let hub = Arc::new(Hub::new(store));
        Ok(Self {
            relay: Arc::new(Relay::new(redis_url, service, Arc::clone(&hub)).await?),
            drifts: Arc::new(Drifts::new(redis_url, service, clock.clone()).await?),
            presence: Arc::new(Presence::new(redis_url, service, clock).await?),
            hub,
            due: Arc::default(),
        })
    }

    /// Tells everybody who watches these players that they have changed. It waits for nothing.
    pub fn changed(&self, players: impl IntoIterator<Item = PlayerId>) {
        for player in players {
            self.hub.look_at(player);
            self.relay.announce(player);
        }
        self.due.notify_one();
    }

    /// Watches a player, which must be there.
    pub async fn watch(&self, player: PlayerId) -> polyphony_kit::Result<Watch> {
        self.hub.watch(player).await
    }

    /// Who is there.
    pub fn presence(&self) -> &Arc<Presence> {
        &self.presence
    }

    /// How exactly people hear what plays in their sessions.
    pub fn drifts(&self) -> &Drifts {
        &self.drifts
    }

    /// Keeps everything up to date until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        tokio::join!(self.hub.run(&stop), self.relay.send(&stop), self.relay.hear(&stop), self.presence.run(&stop),);
    }
}

/// What the database says, as long as it says anything.
async fn in_time<T, E: Into<anyhow::Error>>(asked: impl Future<Output = Result<T, E>>) -> anyhow::Result<T> {
    let answer = tokio::time::timeout(ANSWERS_WITHIN, asked).await.context("wait for the database")?;
    answer.map_err(Into::into)
}
