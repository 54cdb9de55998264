//! Who is there: devices and people with a live subscription. Each process keeps in Redis whom it
//! serves, and renews that; when it dies, its people are gone by themselves. Whom it serves itself it knows without Redis.

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
use polyphony_kit::{
    Clock,
    signals::{self, Signals},
};
use redis::{Pipeline, aio::ConnectionManager};
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::devices_signal;

/// Who is not renewed for this long is gone.
const LIFETIME: TimeDelta = TimeDelta::seconds(12);
/// How often presence is renewed.
const RENEW: Duration = Duration::from_secs(4);
/// The same while that fails.
const RENEW_AGAIN: Duration = Duration::from_millis(500);
/// When Redis is back all processes have said within this whom they serve.
const SAID_AGAIN: Duration = Duration::from_secs(5);
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
    /// Tells those who watch a person's devices.
    signals: Signals,
    /// People of whose devices one has gone.
    left: Mutex<HashSet<UserId>>,
    someone_left: Notify,
    /// When Redis failed last: until all had the time to say again whom they serve, nobody is known to be gone.
    failed_at: Mutex<Option<Instant>>,
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
            signals: Signals::new(url, service).await?,
            left: Mutex::default(),
            someone_left: Notify::new(),
            failed_at: Mutex::default(),
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
        if let Some(user) = owner_of_device(&who) {
            self.signals.send(&devices_signal(user));
        }
        Present { presence: Arc::clone(self), who }
    }

    /// Says that they are there, for a while. Gives whether it was heard.
    async fn show(&self, who: &[Who]) -> bool {
        let mut is_heard = true;
        for batch in who.chunks(BATCH) {
            let mut pipeline = redis::pipe();
            let until = (self.clock.now() + LIFETIME).timestamp_millis();
            for who in batch {
                let key = self.key(*who);
                pipeline.zadd(&key, &self.process, until).ignore();
                pipeline.pexpire(&key, LIFETIME.num_milliseconds()).ignore();
            }
            is_heard &= self.tell(&pipeline).await;
        }
        is_heard
    }

    /// Those of `who` that are there, as far as is known: while Redis is away, those whom this process serves.
    pub async fn online(&self, who: &[Who]) -> HashSet<Who> {
        let mut online = self.shown(who).await.unwrap_or_else(|error| {
            tracing::warn!(error = format!("{error:#}"), "presence is not known");
            HashSet::new()
        });
        self.add_served(who, &mut online);
        online
    }

    /// Those of `who` that are there, when it is sure that the others are not: neither while Redis is away nor just after.
    pub async fn ask(&self, who: &[Who]) -> anyhow::Result<HashSet<Who>> {
        let mut online = self.shown(who).await?;
        self.add_served(who, &mut online);
        let is_sure = self.failed_at.lock().is_none_or(|at| at.elapsed() > SAID_AGAIN);
        anyhow::ensure!(is_sure || online.len() == who.len(), "who is there is being said again");
        Ok(online)
    }

    fn add_served(&self, who: &[Who], online: &mut HashSet<Who>) {
        let here = self.here.lock();
        online.extend(who.iter().copied().filter(|who| here.contains_key(who)));
    }

    /// Those of `who` that Redis shows.
    async fn shown(&self, who: &[Who]) -> anyhow::Result<HashSet<Who>> {
        let mut online = HashSet::new();
        for batch in who.chunks(BATCH) {
            let mut pipeline = redis::pipe();
            let now = self.clock.now().timestamp_millis();
            for who in batch {
                pipeline.zcount(self.key(*who), now, "+inf");
            }
            let mut redis = self.redis.clone();
            let asked = async { anyhow::Ok(timeout(PATIENCE, pipeline.query_async::<Vec<usize>>(&mut redis)).await??) };
            let counts = asked.await.inspect_err(|_| self.note_failure()).context("ask Redis")?;
            online.extend(batch.iter().zip(counts).filter(|(_, count)| *count > 0).map(|(who, _)| *who));
        }
        Ok(online)
    }

    fn note_failure(&self) {
        *self.failed_at.lock() = Some(Instant::now());
    }

    fn key(&self, who: Who) -> String {
        format!("{}{who}", self.prefix)
    }

    async fn tell(&self, pipeline: &Pipeline) -> bool {
        match timeout(PATIENCE, pipeline.exec_async(&mut self.redis.clone())).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => tracing::warn!(%error, "presence was not kept"),
            Err(_) => tracing::warn!("presence was not kept in time"),
        }
        self.note_failure();
        false
    }

    pub(super) async fn run(&self, stop: &CancellationToken) {
        let mut renew = tokio::time::interval(RENEW);
        while !stop.is_cancelled() {
            tokio::select! {
                _ = renew.tick() => {
                    let here: Vec<_> = self.here.lock().keys().copied().collect();
                    // Who serves nobody asks all the same, to know when Redis fails.
                    let is_heard =
                        if here.is_empty() { self.tell(redis::pipe().ping().ignore()).await } else { self.show(&here).await };
                    if !is_heard {
                        renew.reset_after(RENEW_AGAIN);
                    }
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
        let left = std::mem::take(&mut *self.left.lock());
        for user in left {
            self.signals.send(&devices_signal(user));
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
        self.presence.left.lock().extend(owner_of_device(&self.who));
        for who in &self.who {
            self.presence.leave(*who);
        }
    }
}

/// The person whose device enters or leaves with them.
fn owner_of_device(who: &[Who]) -> Option<UserId> {
    let has_device = who.iter().any(|who| matches!(who, Who::Device(_)));
    who.iter().find_map(|who| match who {
        Who::Person(user) => Some(*user).filter(|_| has_device),
        Who::Device(_) => None,
    })
}
