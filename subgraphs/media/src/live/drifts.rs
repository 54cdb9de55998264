//! What people in listening sessions report of their drift. It lives in Redis alone, for as long as it says something: nobody needs it
//! later.

use std::{collections::HashMap, time::Duration};

use anyhow::Context;
use chrono::{DateTime, Utc};
use polyphony_events::{ListeningSessionId, UserId};
use polyphony_kit::{Clock, signals};
use redis::{AsyncCommands, ExistenceCheck, SetExpiry, SetOptions, aio::ConnectionManager};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use crate::domain::drift::{Drift, REPORT_INTERVAL, REPORT_LIFETIME};

/// Nobody waits longer for Redis.
const ANSWERS_WITHIN: Duration = Duration::from_millis(500);

/// A report as it stands in Redis.
#[derive(Serialize, Deserialize)]
struct Stored {
    offset_ms: f64,
    at: DateTime<Utc>,
}

/// Keeps the newest report of each person, by session.
pub struct Drifts {
    prefix: String,
    redis: ConnectionManager,
    clock: Clock,
}

impl Drifts {
    pub(super) async fn new(url: &str, service: &str, clock: Clock) -> anyhow::Result<Self> {
        Ok(Self { prefix: format!("polyphony:{service}:drift:"), redis: signals::connect(url).await?, clock })
    }

    /// Keeps a report; gives whether it was taken: a person's next one is after [`REPORT_INTERVAL`], by Redis' clock.
    pub async fn report(&self, session: ListeningSessionId, drift: Drift) -> anyhow::Result<bool> {
        let mut redis = self.redis.clone();
        let work = async {
            let interval = SetExpiry::PX(REPORT_INTERVAL.num_milliseconds().unsigned_abs());
            let once = SetOptions::default().conditional_set(ExistenceCheck::NX).with_expiration(interval);
            let turn = format!("{}turn:{}", self.prefix, drift.user);
            let taken: Option<String> = redis.set_options(turn, 1, once).await?;
            if taken.is_none() {
                return Ok(false);
            }
            let stored = serde_json::to_string(&Stored { offset_ms: drift.offset_ms, at: drift.at })?;
            let key = self.key(session);
            let mut pipeline = redis::pipe();
            pipeline.hset(&key, drift.user.to_string(), stored).ignore();
            pipeline.pexpire(&key, REPORT_LIFETIME.num_milliseconds()).ignore();
            pipeline.exec_async(&mut redis).await?;
            anyhow::Ok(true)
        };
        timeout(ANSWERS_WITHIN, work).await.context("wait for Redis")?.context("keep a drift")
    }

    /// What was reported lately in a session, by person. With Redis away nothing is.
    pub async fn of(&self, session: ListeningSessionId) -> HashMap<UserId, Drift> {
        match self.read(session).await {
            Ok(drifts) => drifts,
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "drifts are not known");
                HashMap::new()
            }
        }
    }

    async fn read(&self, session: ListeningSessionId) -> anyhow::Result<HashMap<UserId, Drift>> {
        let mut redis = self.redis.clone();
        let asked = timeout(ANSWERS_WITHIN, redis.hgetall::<_, HashMap<String, String>>(self.key(session)));
        let stored = asked.await.context("wait for Redis")?.context("read drifts")?;
        let now = self.clock.now();
        let drifts = stored.into_iter().filter_map(|(user, text)| {
            let (user, stored) = (UserId::parse(&user)?, serde_json::from_str::<Stored>(&text).ok()?);
            Some(Drift { user, offset_ms: stored.offset_ms, at: stored.at })
        });
        Ok(drifts.filter(|drift| drift.is_fresh(now)).map(|drift| (drift.user, drift)).collect())
    }

    fn key(&self, session: ListeningSessionId) -> String {
        format!("{}{session}", self.prefix)
    }
}

/// The name of the signal that somebody in a session has reported a drift.
pub fn drifts_signal(session: ListeningSessionId) -> String {
    format!("drifts:{session}")
}
