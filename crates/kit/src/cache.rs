//! What is read often and changes seldom, kept in Redis for a while: values by typed keys.
//!
//! Invariant: what was dropped is seen no more. A drop leaves a mark that is unlike any other; whoever fills names what
//! stood under the key before the database was read, and is refused when something else stands there by then. So a value
//! that was read before a change never comes in after the drop that follows the change, and no clock or version decides.
//!
//! Redis is never waited for: away or slow, it has nothing. A process whose drop was not confirmed reads from the database
//! until all that Redis had has expired, so that it sees what it wrote.

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use parking_lot::Mutex;
use redis::{
    Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::timeout;
use uuid::Uuid;

/// How long a value is kept, and with it the mark of a drop: nothing stale, whatever went wrong, is seen for longer.
const LIFE: Duration = Duration::from_mins(1);
/// What was read longer ago is not filled in: the mark that would refuse it must still be there.
const FRESH: Duration = Duration::from_secs(10);
/// A read waits no longer.
const PATIENCE: Duration = Duration::from_millis(50);
/// A drop waits no longer. It is worth more than a read: a lost one costs [`LIFE`] without a cache.
const DROP_PATIENCE: Duration = Duration::from_millis(250);
/// After a failure Redis is left alone for this long.
const PAUSE: Duration = Duration::from_secs(1);
/// So many values are dropped by one pipeline.
const DROPS_AT_ONCE: usize = 1_000;

/// Fills in what is still missing as it was. KEYS: names. ARGV: milliseconds to live, then of each what stood there, and
/// the value.
const FILL: &str = r"
for i = 1, #KEYS do
    if (redis.call('GET', KEYS[i]) or '') == ARGV[2 * i] then
        redis.call('SET', KEYS[i], ARGV[2 * i + 1], 'PX', ARGV[1])
    end
end
";

/// Says what is kept, of one kind, by its id.
pub trait Key: Copy + Eq + Hash + Send + Sync {
    /// What is kept.
    type Value: Serialize + DeserializeOwned + Send + Sync;
    /// The kind, unlike any other of any service: `catalog:album`.
    const KIND: &'static str;
    /// The number of the value's shape, raised with every change of its fields: processes of two releases run side by side,
    /// and neither reads what the other wrote. It stands in the value and not in the name, so that either drops for both.
    const SHAPE: u32;

    /// Which.
    fn id(&self) -> Uuid;
}

/// Under what a value is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// The name of this key.
    pub fn of<K: Key>(key: K) -> Self {
        Self(format!("polyphony:cache:{}:{}", K::KIND, key.id().simple()))
    }
}

/// What is cached of the keys that were looked up, and what is not.
pub struct Found<K: Key> {
    /// What is cached.
    pub values: HashMap<K, K::Value>,
    /// What has to be read elsewhere.
    pub missing: Missing<K>,
}

/// Keys that nothing is cached of, with what stands there instead. Made before the database is read, and only then.
pub struct Missing<K> {
    since: Instant,
    /// Nothing is known of what stands there while Redis is away.
    keys: Vec<(K, Option<Vec<u8>>)>,
}

impl<K: Key> Missing<K> {
    /// Which.
    pub fn keys(&self) -> Vec<K> {
        self.keys.iter().map(|(key, _)| *key).collect()
    }
}

/// Values in Redis, or nothing at all when it is off.
#[derive(Clone)]
pub struct Cache(Option<Arc<Shared>>);

struct Shared {
    redis: ConnectionManager,
    fill: Script,
    health: Mutex<Health>,
}

#[derive(Default)]
struct Health {
    is_away: bool,
    reads_resume_at: Option<Instant>,
    drops_resume_at: Option<Instant>,
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Cache(on)" } else { "Cache(off)" })
    }
}

impl Cache {
    /// Keeps nothing.
    pub fn off() -> Self {
        Self(None)
    }

    /// Keeps values in the Redis at `url`, which is connected to when it is needed.
    pub fn new(url: &str) -> anyhow::Result<Self> {
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(DROP_PATIENCE))
            .set_connection_timeout(Some(PAUSE))
            .set_number_of_retries(1)
            .set_max_delay(PAUSE);
        let client = Client::open(url).context("read the Redis URL")?;
        let redis = client.get_connection_manager_lazy(config).context("prepare the connection to Redis")?;
        Ok(Self(Some(Arc::new(Shared { redis, fill: Script::new(FILL), health: Mutex::default() }))))
    }

    /// Gives values from the cache and reads the others with `read`, at once and only if there are any; then they are cached.
    /// What `read` does not find is not.
    pub async fn read_through<K, E, F>(
        &self,
        keys: &[K],
        read: impl FnOnce(Vec<K>) -> F + Send,
    ) -> Result<HashMap<K, K::Value>, E>
    where
        K: Key,
        F: Future<Output = Result<HashMap<K, K::Value>, E>> + Send,
    {
        let Found { mut values, missing } = self.look_up(keys).await;
        if missing.keys.is_empty() {
            return Ok(values);
        }
        let read = read(missing.keys()).await?;
        self.fill(&missing, &read).await;
        values.extend(read);
        Ok(values)
    }

    /// What is cached of these keys.
    pub async fn look_up<K: Key>(&self, keys: &[K]) -> Found<K> {
        let since = Instant::now();
        let mut values = HashMap::new();
        let mut missing = Vec::new();
        match self.texts(keys).await {
            Some(texts) => {
                for (key, text) in keys.iter().zip(texts) {
                    let text = text.unwrap_or_default();
                    if let Some(value) = value::<K>(&text) {
                        values.insert(*key, value);
                    } else {
                        missing.push((*key, Some(text)));
                    }
                }
            }
            None => missing.extend(keys.iter().map(|key| (*key, None))),
        }
        metrics::counter!("cache_hits_total", "kind" => K::KIND).increment(values.len() as u64);
        metrics::counter!("cache_misses_total", "kind" => K::KIND).increment(missing.len() as u64);
        Found { values, missing: Missing { since, keys: missing } }
    }

    /// Caches what was read since the look-up, where nothing was dropped or filled in meanwhile.
    pub async fn fill<K: Key>(&self, missing: &Missing<K>, values: &HashMap<K, K::Value>) {
        let Some(shared) = &self.0 else { return };
        if missing.since.elapsed() > FRESH || !shared.may_read() {
            return;
        }
        let mut call = shared.fill.prepare_invoke();
        call.arg(LIFE.as_millis() as u64);
        let mut is_empty = true;
        for (key, stood) in &missing.keys {
            if let (Some(stood), Some(text)) = (stood, values.get(key).and_then(text::<K>)) {
                call.key(Name::of(*key).0).arg(stood).arg(text);
                is_empty = false;
            }
        }
        if !is_empty {
            let mut redis = shared.redis.clone();
            let filled = within(PATIENCE, call.invoke_async::<()>(&mut redis)).await;
            shared.note(filled);
        }
    }

    /// Drops what is cached under these names. Call it when the change that makes it stale is committed. Gives whether Redis
    /// has confirmed it: if not, this process reads from the database for a while, and others may see the old until it expires.
    pub async fn forget(&self, names: &[Name]) -> bool {
        let Some(shared) = &self.0 else { return true };
        for names in names.chunks(DROPS_AT_ONCE) {
            if !shared.forget(names).await {
                return false;
            }
        }
        true
    }

    /// What stands in Redis under these keys, if it can be asked.
    async fn texts<K: Key>(&self, keys: &[K]) -> Option<Vec<Option<Vec<u8>>>> {
        let shared = self.0.as_ref().filter(|shared| !keys.is_empty() && shared.may_read())?;
        let (mut call, mut redis) = (redis::cmd("MGET"), shared.redis.clone());
        for key in keys {
            call.arg(Name::of(*key).0);
        }
        shared.note(within(PATIENCE, call.query_async(&mut redis)).await)
    }
}

impl Shared {
    fn may_read(&self) -> bool {
        self.health.lock().reads_resume_at.is_none_or(|at| at <= Instant::now())
    }

    /// Drops a batch; false when that was not confirmed.
    async fn forget(&self, names: &[Name]) -> bool {
        let is_left_alone = self.health.lock().drops_resume_at.is_some_and(|at| at > Instant::now());
        if !is_left_alone {
            let (mark, mut marks) = (format!("-{}", Uuid::new_v4().simple()), redis::pipe());
            for name in names {
                marks.cmd("SET").arg(&name.0).arg(&mark).arg("PX").arg(LIFE.as_millis() as u64).ignore();
            }
            let mut redis = self.redis.clone();
            if self.note(within(DROP_PATIENCE, marks.query_async::<()>(&mut redis)).await).is_some() {
                return true;
            }
        }
        let (mut health, now) = (self.health.lock(), Instant::now());
        if !is_left_alone {
            health.drops_resume_at = Some(now + PAUSE);
        }
        health.reads_resume_at = Some(now + LIFE + FRESH);
        false
    }

    /// Notes how a call to Redis ended. An outage is told of once, and its end.
    fn note<T>(&self, result: Result<T, RedisError>) -> Option<T> {
        let mut health = self.health.lock();
        match result {
            Ok(value) => {
                if std::mem::take(&mut health.is_away) {
                    tracing::info!("the cache is used again");
                }
                Some(value)
            }
            Err(error) => {
                if !std::mem::replace(&mut health.is_away, true) {
                    tracing::warn!(%error, "Redis is away or slow: what is cached is read from the database");
                }
                health.reads_resume_at = health.reads_resume_at.max(Some(Instant::now() + PAUSE));
                None
            }
        }
    }
}

/// The written form of a value: `+`, its shape, and JSON. The mark of a drop begins with `-`.
fn text<K: Key>(value: &K::Value) -> Option<String> {
    Some(format!("+{} {}", K::SHAPE, serde_json::to_string(value).ok()?))
}

/// Reads the written form; marks and other shapes are no values.
fn value<K: Key>(text: &[u8]) -> Option<K::Value> {
    let text = std::str::from_utf8(text).ok()?;
    let (shape, json) = text.strip_prefix('+')?.split_once(' ')?;
    if shape.parse() != Ok(K::SHAPE) {
        return None;
    }
    serde_json::from_str(json).ok()
}

async fn within<T>(patience: Duration, call: impl Future<Output = Result<T, RedisError>>) -> Result<T, RedisError> {
    timeout(patience, call).await.unwrap_or_else(|_| Err((redis::ErrorKind::Io, "no answer in time").into()))
}
