//! Signals over Redis: "this changed, look again". They carry no state, so a lost or doubled one does no harm, and a slow
//! listener gets one signal for many changes, never a growing buffer.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use futures::StreamExt;
use parking_lot::Mutex;
use redis::{Client, aio::ConnectionManager, aio::ConnectionManagerConfig};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::retry;

/// The longest wait while Redis is away.
const MAX_BACKOFF: Duration = Duration::from_secs(2);

/// A batch of signals that Redis does not take in this time is dropped: listeners look by themselves now and then.
const SEND_TIMEOUT: Duration = Duration::from_secs(2);
/// Signals that wait to be sent at once; more are dropped.
const MAX_WAITING: usize = 10_000;

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
    outgoing: Mutex<Outgoing>,
}

/// Signals that are not sent yet.
#[derive(Default)]
struct Outgoing {
    /// A set: what is signalled many times meanwhile is sent once.
    names: HashSet<String>,
    /// Whether a task sends them.
    is_sending: bool,
}

impl Signals {
    /// Signals of the service of this name. [`Signals::run`] must run for listeners to hear anything.
    pub async fn new(url: &str, service: &str) -> anyhow::Result<Self> {
        let sender = connect(url).await?;
        Ok(Self(Arc::new(Inner {
            prefix: format!("polyphony:{service}:signal:"),
            url: url.to_owned(),
            sender,
            listeners: Mutex::default(),
            outgoing: Mutex::default(),
        })))
    }

    /// Tells everybody who listens to `name` to look again. Comes back at once, whatever Redis does: a task sends what waits.
    /// Best effort: a listener also looks by itself now and then.
    pub fn send(&self, name: &str) {
        let mut outgoing = self.0.outgoing.lock();
        if outgoing.names.len() >= MAX_WAITING && !outgoing.names.contains(name) {
            metrics::counter!("signals_dropped_total").increment(1);
            return;
        }
        outgoing.names.insert(name.to_owned());
        if !std::mem::replace(&mut outgoing.is_sending, true) {
            #[expect(clippy::disallowed_methods, reason = "it ends with what waits, and what is lost does no harm")]
            tokio::spawn(self.clone().send_outgoing());
        }
    }

    /// Sends until nothing waits any more.
    async fn send_outgoing(self) {
        while let Some(names) = self.take_outgoing() {
            let mut batch = redis::pipe();
            for name in &names {
                batch.publish(format!("{}{name}", self.0.prefix), "").ignore();
            }
            let mut sender = self.0.sender.clone();
            let because = match timeout(SEND_TIMEOUT, batch.query_async::<()>(&mut sender)).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "Redis did not answer in time".to_owned(),
            };
            metrics::counter!("signals_dropped_total").increment(names.len() as u64);
            tracing::warn!(error = because, signals = names.len(), "signals were not sent");
        }
    }

    /// What waits to be sent; with nothing, the task that sends has ended.
    fn take_outgoing(&self) -> Option<HashSet<String>> {
        let mut outgoing = self.0.outgoing.lock();
        outgoing.is_sending = !outgoing.names.is_empty();
        outgoing.is_sending.then(|| std::mem::take(&mut outgoing.names))
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
