//! Signals over Redis: "this changed, look again". They carry no state, so a lost or doubled one does no harm, and a slow
//! listener gets one signal for many changes, never a growing buffer.

use std::{collections::HashMap, sync::Arc, time::Duration};

use anyhow::Context;
use futures::StreamExt;
use parking_lot::Mutex;
use redis::{AsyncCommands, Client, aio::ConnectionManager, aio::ConnectionManagerConfig};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::retry;

/// The longest wait while Redis is away.
const MAX_BACKOFF: Duration = Duration::from_secs(2);

/// Opens a connection that reconnects by itself; every command has a timeout.
pub async fn connect(url: &str) -> anyhow::Result<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_response_timeout(Some(Duration::from_secs(2)))
        .set_connection_timeout(Some(Duration::from_secs(2)))
        .set_max_delay(Duration::from_secs(2));
    let client = Client::open(url).context("read the Redis URL")?;
    client.get_connection_manager_lazy(config).context("prepare the connection to Redis")
}

/// Sends and hears signals under a prefix, across all processes that share the Redis.
#[derive(Clone)]
pub struct Signals(Arc<Inner>);

struct Inner {
    prefix: String,
    url: String,
    sender: ConnectionManager,
    listeners: Mutex<HashMap<String, watch::Sender<u64>>>,
}

impl Signals {
    /// Signals of the service of this name. [`Signals::run`] must run for listeners to hear anything.
    pub async fn new(url: &str, service: &str) -> anyhow::Result<Self> {
        let sender = connect(url).await?;
        let prefix = format!("polyphony:{service}:signal:");
        Ok(Self(Arc::new(Inner { prefix, url: url.to_owned(), sender, listeners: Mutex::default() })))
    }

    /// Tells everybody who listens to `name` to look again. Best effort: a listener also looks by itself now and then.
    pub async fn send(&self, name: &str) {
        let channel = format!("{}{name}", self.0.prefix);
        if let Err(error) = self.0.sender.clone().publish::<_, _, ()>(&channel, "").await {
            tracing::warn!(%error, channel, "a signal was not sent");
        }
    }

    /// Listens to `name`: the receiver changes whenever there may be something new.
    pub fn listen(&self, name: &str) -> watch::Receiver<u64> {
        let mut listeners = self.0.listeners.lock();
        listeners.retain(|_, sender| sender.receiver_count() > 0);
        listeners.entry(name.to_owned()).or_insert_with(|| watch::channel(0).0).subscribe()
    }

    /// Hears signals until `stop`. After a broken connection every listener is told to look again.
    pub async fn run(self, stop: CancellationToken) {
        let hear = || async {
            tokio::select! { ended = self.hear() => ended, () = stop.cancelled() => Ok(()) }
        };
        retry::keep_running("live signals", &stop, MAX_BACKOFF, hear).await;
    }

    async fn hear(&self) -> anyhow::Result<()> {
        let client = Client::open(self.0.url.as_str()).context("read the Redis URL")?;
        let mut hub = client.get_async_pubsub().await.context("connect to Redis")?;
        hub.psubscribe(format!("{}*", self.0.prefix)).await.context("subscribe to signals")?;
        self.0.listeners.lock().values().for_each(raise);
        let mut messages = hub.on_message();
        while let Some(message) = messages.next().await {
            let Some(name) = message.get_channel_name().strip_prefix(&self.0.prefix) else { continue };
            if let Some(sender) = self.0.listeners.lock().get(name) {
                raise(sender);
            }
        }
        anyhow::bail!("Redis has closed the connection")
    }
}

fn raise(sender: &watch::Sender<u64>) {
    sender.send_modify(|count| *count = count.wrapping_add(1));
}
