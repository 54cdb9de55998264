//! Follows a person's devices: which there are, which are there now, which one plays, and how loud each is.

use std::{collections::HashSet, time::Duration};

use polyphony_events::UserId;
use polyphony_kit::Result;
use tokio::{sync::watch, time::Instant};

use super::{Live, Watch, Who, in_time};
use crate::{
    domain::{device::Device, player::Player},
    store::Store,
};

/// How often to ask who is there: a process that dies says nothing.
const PRESENCE_INTERVAL: Duration = Duration::from_secs(4);
/// How often to read the devices when no signal came, should one be lost.
const POLL_INTERVAL: Duration = Duration::from_secs(30);

/// A device as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceView {
    /// The device.
    pub device: Device,
    /// Whether it is there.
    pub is_online: bool,
    /// Whether it is the one that plays.
    pub is_active: bool,
}

impl DeviceView {
    /// Whether a client would show the same. When a device was last seen says nothing while it is there.
    fn shows_as(&self, other: &Self) -> bool {
        let bare = |view: &Self| {
            let Device { id, name, kind, volume_percent, .. } = &view.device;
            (*id, name.clone(), *kind, *volume_percent, view.is_online, view.is_active)
        };
        bare(self) == bare(other)
    }
}

/// Follows the devices of a person.
pub struct DeviceFollower {
    live: Live,
    store: Store,
    user: UserId,
    own: Watch,
    changed: watch::Receiver<u64>,
    devices: Vec<Device>,
    /// Who was there when that was known last.
    online: HashSet<Who>,
    /// When to read the devices again at the latest.
    reads_at: Instant,
    shown: Option<Vec<DeviceView>>,
}

impl DeviceFollower {
    /// Follows the devices of `user`, whose own player must be there; `changed` tells when to read them again.
    pub async fn new(live: &Live, store: &Store, user: UserId, changed: watch::Receiver<u64>) -> Result<Self> {
        let own = live.watch(Player::id_of(user)).await?;
        let (live, store, reads_at) = (live.clone(), store.clone(), Instant::now());
        Ok(Self { live, store, user, own, changed, devices: Vec::new(), online: HashSet::new(), reads_at, shown: None })
    }

    /// The devices, those seen last first, once they show otherwise than before. It waits for that as long as it takes.
    pub async fn next(&mut self) -> Vec<DeviceView> {
        loop {
            match self.look().await {
                Ok(views) if !self.is_shown(&views) => {
                    self.shown = Some(views.clone());
                    return views;
                }
                Ok(_) => self.wait().await,
                Err(error) => {
                    tracing::warn!(?error, "a live view could not look");
                    self.reads_at = Instant::now();
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
    }

    fn is_shown(&self, views: &[DeviceView]) -> bool {
        let Some(shown) = &self.shown else { return false };
        shown.len() == views.len() && views.iter().zip(shown).all(|(view, shown)| view.shows_as(shown))
    }

    async fn look(&mut self) -> Result<Vec<DeviceView>> {
        if Instant::now() >= self.reads_at {
            // Marked before they are read, so that a change during the read is heard of.
            self.changed.mark_unchanged();
            self.devices = in_time(self.store.devices_of(self.user)).await?;
            self.reads_at = Instant::now() + POLL_INTERVAL;
        }
        let active = self.own.newest().and_then(|frame| frame.player.active_device);
        let who: Vec<_> = self.devices.iter().map(|device| Who::Device(device.id)).collect();
        let presence = self.live.presence();
        match presence.ask(&who).await {
            Ok(online) => self.online = online,
            // With Redis away nobody is known to have gone.
            Err(_) => self.online.extend(presence.online(&who).await),
        }
        let view = |device: &Device| DeviceView {
            is_online: self.online.contains(&Who::Device(device.id)),
            is_active: active == Some(device.id),
            device: device.clone(),
        };
        Ok(self.devices.iter().map(view).collect())
    }

    async fn wait(&mut self) {
        let Self { own, changed, reads_at, .. } = self;
        tokio::select! {
            // Without a sender there is still the look now and then.
            changed = changed.changed() => match changed {
                Ok(()) => *reads_at = Instant::now(),
                Err(_) => tokio::time::sleep(PRESENCE_INTERVAL).await,
            },
            () = own.changed() => {}
            () = tokio::time::sleep(PRESENCE_INTERVAL) => {}
        }
    }
}

/// The name of the signal that something has changed among a person's devices.
pub fn devices_signal(user: UserId) -> String {
    format!("devices:{user}")
}
