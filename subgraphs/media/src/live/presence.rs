//! Who is there: devices and people with a live subscription. Each process keeps in Redis whom it
//! serves, and renews that; when it dies, its people are gone by themselves.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use chrono::TimeDelta;
use parking_lot::Mutex;
use polyphony_events::{DeviceId, UserId};
use polyphony_kit::{Clock, signals};
use redis::{Pipeline, aio::ConnectionManager};
use tokio::{sync::Notify, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Who is not renewed for this long is gone.
const LIFETIME: TimeDelta = TimeDelta::seconds(12);
/// How often presence is renewed.
const RENEW: Duration = Duration::from_secs(4);
/// Nobody waits longer for Redis: who is there is not worth it.
const PATIENCE: Duration = Duration::from_millis(500);
/// Commands in one round trip.
const BATCH: usize = 500;

/// Somebody or something that can be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// A device.
    Device(DeviceId),
    /// A person, on any device.
    Person(UserId),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(id) => id.fmt(f),
            Self::Person(id) => id.fmt(f),
        }
    }
}

/// Knows who is there.
pub struct Presence {
    prefix: String,
    /// This process, as it stands in Redis.
    process: String,
    redis: ConnectionManager,
    clock: Clock,
    /// Whom this process serves, with how many subscriptions.
    here: Mutex<HashMap<Who, usize>>,
    gone: Mutex<HashSet<Who>>,
    someone_left: Notify,
}

/// Somebody is there as long as this is.
pub struct Present {
    presence: Arc<Presence>,
    who: Vec<Who>,
}

impl Presence {
    pub(super) async fn new(url: &str, service: &str, clock: Clock) -> anyhow::Result<Self> {
        Ok(Self {
            prefix: format!("polyphony:{service}:present:"),
            process: Uuid::new_v4().simple().to_string(),
            redis: signals::connect(url).await?,
            clock,
            here: Mutex::default(),
            gone: Mutex::default(),
            someone_left: Notify::new(),
        })
    }

    /// Lets somebody be there until the result is dropped.
    pub async fn enter(self: &Arc<Self>, who: Vec<Who>) -> Present {
        {
            let mut here = self.here.lock();
            for who in &who {
                *here.entry(*who).or_default() += 1;
            }
        }
        self.show(&who).await;
        Present { presence: Arc::clone(self), who }
    }

    /// Says that they are there, for a while.
    async fn show(&self, who: &[Who]) {
        for batch in who.chunks(BATCH) {
            let mut pipeline = redis::pipe();
            let until = (self.clock.now() + LIFETIME).timestamp_millis();
            for who in batch {
                let key = self.key(*who);
                pipeline.zadd(&key, &self.process, until).ignore();
                pipeline.pexpire(&key, LIFETIME.num_milliseconds()).ignore();
            }
            self.tell(&pipeline).await;
        }
    }

    /// Those of `who` that are there. While Redis is away we know of those whom this process serves.
    pub async fn online(&self, who: &[Who]) -> HashSet<Who> {
        match self.ask(who).await {
            Ok(online) => online,
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "presence is not known");
                let here = self.here.lock();
                who.iter().copied().filter(|who| here.contains_key(who)).collect()
            }
        }
    }

    /// Those of `who` that are there, as far as Redis answers.
    pub async fn ask(&self, who: &[Who]) -> anyhow::Result<HashSet<Who>> {
        let mut online = HashSet::new();
        for batch in who.chunks(BATCH) {
            let mut pipeline = redis::pipe();
            let now = self.clock.now().timestamp_millis();
            for who in batch {
                pipeline.zcount(self.key(*who), now, "+inf");
            }
            let mut redis = self.redis.clone();
            let counts: Vec<usize> =
                timeout(PATIENCE, pipeline.query_async(&mut redis)).await.context("ask Redis")??;
            online.extend(batch.iter().zip(counts).filter(|(_, count)| *count > 0).map(|(who, _)| *who));
        }
        Ok(online)
    }

    fn key(&self, who: Who) -> String {
        format!("{}{who}", self.prefix)
    }

    async fn tell(&self, pipeline: &Pipeline) {
        match timeout(PATIENCE, pipeline.exec_async(&mut self.redis.clone())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "presence was not kept"),
            Err(_) => tracing::warn!("presence was not kept in time"),
        }
    }

    pub(super) async fn run(&self, stop: &CancellationToken) {
        let mut renew = tokio::time::interval(RENEW);
        while !stop.is_cancelled() {
            tokio::select! {
                _ = renew.tick() => {
                    let here: Vec<_> = self.here.lock().keys().copied().collect();
                    self.show(&here).await;
                }
                () = self.someone_left.notified() => self.forget_gone().await,
                () = stop.cancelled() => {}
            }
        }
        // The process ends: whoever comes back does so through another.
        let here = std::mem::take(&mut *self.here.lock());
        self.gone.lock().extend(here.into_keys());
        self.forget_gone().await;
    }

    async fn forget_gone(&self) {
        let mut gone: Vec<_> = std::mem::take(&mut *self.gone.lock()).into_iter().collect();
        {
            let here = self.here.lock();
            gone.retain(|who| !here.contains_key(who));
        }
        for batch in gone.chunks(BATCH) {
            let mut pipeline = redis::pipe();
            for who in batch {
                pipeline.zrem(self.key(*who), &self.process).ignore();
            }
            self.tell(&pipeline).await;
        }
    }

    fn leave(&self, who: Who) {
        let mut here = self.here.lock();
        let Some(count) = here.get_mut(&who) else { return };
        *count -= 1;
        if *count == 0 {
            here.remove(&who);
            self.gone.lock().insert(who);
            self.someone_left.notify_one();
        }
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        for who in &self.who {
            self.presence.leave(*who);
        }
    }
}
