//! Tells other processes which players have changed, and hears it from them: ids over Redis, no state.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use anyhow::Context;
use futures::StreamExt;
use parking_lot::Mutex;
use polyphony_events::PlayerId;
use polyphony_kit::signals;
use redis::{AsyncCommands, Client, aio::ConnectionManager};
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::hub::Hub;

/// Ids in one message.
const BATCH: usize = 512;
/// The longest wait between two attempts to reach Redis.
const MAX_BACKOFF: Duration = Duration::from_secs(1);
/// Who has nothing to tell says so this often, for all to hear that Redis is there.
const BEAT: Duration = Duration::from_secs(2);
/// A connection on which nothing comes for this long is dead, whatever the system thinks of it.
const SILENCE: Duration = Duration::from_secs(6);

pub(super) struct Relay {
    url: String,
    channel: String,
    sender: ConnectionManager,
    hub: Arc<Hub>,
    /// Players to tell of; a set, so it is bounded by how many there are.
    waiting: Mutex<HashSet<PlayerId>>,
    is_waiting: Notify,
}

impl Relay {
    pub(super) async fn new(url: &str, service: &str, hub: Arc<Hub>) -> anyhow::Result<Self> {
        Ok(Self {
            url: url.to_owned(),
            channel: format!("polyphony:{service}:players"),
            sender: signals::connect(url).await?,
            hub,
            waiting: Mutex::default(),
            is_waiting: Notify::new(),
        })
    }

    pub(super) fn announce(&self, player: PlayerId) {
        self.waiting.lock().insert(player);
        self.is_waiting.notify_one();
    }

    /// Sends what is announced until `stop`. What cannot be sent is sent later: others look, it does no harm twice.
    pub(super) async fn send(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = self.is_waiting.notified() => {}
                () = tokio::time::sleep(BEAT) => {
                    // Whoever hears us, ourselves among them, tells when this does not come.
                    self.publish(&[]).await.ok();
                }
                () = stop.cancelled() => return,
            }
            let players: Vec<_> = std::mem::take(&mut *self.waiting.lock()).into_iter().collect();
            for batch in players.chunks(BATCH) {
                if let Err(error) = self.publish(batch).await {
                    tracing::warn!(%error, "changes of players are announced later");
                    self.waiting.lock().extend(batch);
                    tokio::select! { () = tokio::time::sleep(MAX_BACKOFF) => {} () = stop.cancelled() => return }
                    self.is_waiting.notify_one();
                }
            }
        }
    }

    async fn publish(&self, players: &[PlayerId]) -> Result<(), redis::RedisError> {
        let message: Vec<u8> = players.iter().flat_map(|player| player.0.into_bytes()).collect();
        self.sender.clone().publish(&self.channel, message).await
    }

    /// Hears what others announce until `stop`. After a broken connection all players are looked at.
    pub(super) async fn hear(&self, stop: &CancellationToken) {
        let mut backoff = Duration::from_millis(50);
        while !stop.is_cancelled() {
            let heard = tokio::select! { heard = self.listen() => heard, () = stop.cancelled() => return };
            if self.hub.is_connected.swap(false, Ordering::Relaxed) {
                backoff = Duration::from_millis(50);
            }
            if let Err(error) = heard {
                tracing::warn!(error = format!("{error:#}"), "changes made elsewhere are found by looking");
            }
            tokio::select! { () = tokio::time::sleep(backoff) => {} () = stop.cancelled() => return }
            backoff = (backoff * 2).min(MAX_BACKOFF);
        }
    }

    async fn listen(&self) -> anyhow::Result<()> {
        let client = Client::open(self.url.as_str()).context("read the Redis URL")?;
        let subscribed = async {
            let mut hub = client.get_async_pubsub().await?;
            hub.subscribe(&self.channel).await?;
            Ok::<_, redis::RedisError>(hub)
        };
        let hub = timeout(SILENCE, subscribed).await.context("connect to Redis in time")?;
        let mut hub = hub.context("subscribe to changes of players")?;
        self.hub.is_connected.store(true, Ordering::Relaxed);
        self.hub.look_at_all();
        let mut messages = hub.on_message();
        while let Some(message) = timeout(SILENCE, messages.next()).await.context("hear from Redis in time")? {
            for id in message.get_payload_bytes().chunks_exact(16) {
                self.hub.look_at(PlayerId(Uuid::from_slice(id).context("read the id of a player")?));
            }
        }
        Ok(())
    }
}
