//! How much one client may ask for: buckets that fill steadily and are emptied by requests (GCRA), kept in Redis so that all
//! routers count together. While Redis is away each router counts for itself.

mod directives;
mod fields;
mod key;
mod local;
mod policies;
mod remote;

use std::{
    net::IpAddr,
    str::FromStr,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use redis::RedisError;

use crate::{
    config::{Environment, RateLimits},
    identity::Caller,
    network::{Counted, networks},
};

pub(crate) use directives::Directives;
pub(crate) use fields::{Client, Operation};
pub(crate) use key::Variables;

use fields::Charges;
use policies::Policies;

/// After Redis has failed it is left alone for this long.
const PAUSE: Duration = Duration::from_secs(1);
/// A failure of Redis that lasts is logged this often (in attempts).
const LOG_EVERY: u64 = 30;
/// What is counted too often is delayed no longer than this.
const MAX_DELAY: Duration = Duration::from_secs(10);

/// How fast a bucket fills, and how much it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate {
    /// Requests a minute.
    pub(crate) per_minute: u32,
    /// Requests at once.
    pub(crate) burst: u32,
}

impl Rate {
    /// Microseconds in which one more request is allowed.
    fn interval(self) -> u64 {
        (60_000_000 / u64::from(self.per_minute)).max(1)
    }

    /// The rate of as many clients together.
    fn times(self, share: u32) -> Self {
        Self { per_minute: self.per_minute.saturating_mul(share), burst: self.burst.saturating_mul(share) }
    }
}

/// A rate, or no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit(pub(crate) Option<Rate>);

impl FromStr for Limit {
    type Err = String;

    /// `60/20`: 60 a minute, 20 at once. `off`: no limit.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self(None));
        }
        let numbers = text.split_once('/').and_then(|(rate, burst)| Some((rate.parse().ok()?, burst.parse().ok()?)));
        match numbers {
            Some((per_minute @ 1..=60_000_000, burst @ 1..=10_000_000)) => Ok(Self(Some(Rate { per_minute, burst }))),
            _ => Err("expected requests a minute and at once, like 60/20, or off".to_owned()),
        }
    }
}

/// A bucket, and how much a request takes out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// Its name; people and addresses are part of it.
    pub(crate) name: String,
    /// How it fills.
    pub(crate) rate: Rate,
    /// What is taken.
    pub(crate) cost: u32,
}

/// What is left in a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Requests at once, when it is full.
    pub(crate) limit: u32,
    /// Requests that are left.
    pub(crate) remaining: u32,
    /// Milliseconds until it is full again.
    pub(crate) full_in_ms: u64,
}

impl Budget {
    /// What is left in a bucket that is full in `missing` microseconds.
    fn of(bucket: &Bucket, missing: u64) -> Self {
        let taken = missing.div_ceil(bucket.rate.interval());
        let remaining = u64::from(bucket.rate.burst).saturating_sub(taken);
        Self {
            limit: bucket.rate.burst,
            remaining: u32::try_from(remaining).unwrap_or(u32::MAX),
            full_in_ms: missing.div_ceil(1_000),
        }
    }
}

/// Whether a request may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It may; what is left in the first bucket.
    Pass(Option<Budget>),
    /// Not before this many milliseconds have gone by.
    Wait(u64),
}

/// The sentence that a limited client sees.
pub(crate) fn message(retry_after_ms: u64) -> String {
    format!("Too many requests. Try again in {retry_after_ms} ms.")
}

/// Counts requests.
pub(crate) struct Limiter {
    policies: Policies,
    directives: Directives,
    redis: Option<remote::Remote>,
    local: local::Local,
    resumes_at: Mutex<Option<Instant>>,
    failures: AtomicU64,
}

impl Limiter {
    /// Counts in the Redis of `config` what `directives` name.
    pub(crate) fn new(
        config: &RateLimits,
        redis_url: &str,
        environment: Environment,
        directives: Directives,
    ) -> anyhow::Result<Self> {
        let policies = Policies::new(config, environment);
        for bucket in policies.unknown(&directives) {
            tracing::warn!(
                bucket,
                "the composed schema names a rate limit that this router does not know: it is a small one"
            );
        }
        Ok(Self {
            policies,
            directives,
            redis: Some(remote::Remote::new(redis_url)?),
            local: local::Local::default(),
            resumes_at: Mutex::new(None),
            failures: AtomicU64::new(0),
        })
    }

    /// Takes from all of these buckets, or from none when one has not enough.
    pub(crate) async fn take(&self, buckets: &[Bucket]) -> Verdict {
        if buckets.is_empty() {
            return Verdict::Pass(None);
        }
        if let Some(redis) = self.redis() {
            let verdict = redis.take(buckets).await;
            if let Some(verdict) = self.noted(verdict) {
                return verdict;
            }
        }
        self.local.take(buckets)
    }

    /// Counts a file that this address fetches. Within this process alone: asking Redis would cost more than the file does.
    pub(crate) fn take_for_file(&self, address: Option<IpAddr>) -> Verdict {
        self.local.take(&network_buckets("file", self.policies.file, address))
    }

    /// Takes from all of these buckets, whatever is in them, and answers for how many milliseconds to delay what was counted: none
    /// while there is enough, more with each that is taken too much, [`MAX_DELAY`] at most.
    pub(crate) async fn charge(&self, buckets: &[Bucket]) -> u64 {
        if buckets.is_empty() {
            return 0;
        }
        if let Some(redis) = self.redis() {
            let delay = redis.charge(buckets).await;
            if let Some(delay) = self.noted(delay) {
                return delay;
            }
        }
        self.local.charge(buckets)
    }

    /// Puts back what was taken: a password that was right was no guess.
    pub(crate) async fn refund(&self, buckets: &[Bucket]) {
        if let Some(redis) = self.redis()
            && redis.refund(buckets).await.is_ok()
        {
            return;
        }
        self.local.refund(buckets);
    }

    /// What the opening of a WebSocket from this address is taken from.
    pub(crate) fn socket_buckets(&self, address: Option<IpAddr>) -> Vec<Bucket> {
        network_buckets("socket", self.policies.socket, address)
    }

    /// What an API key that accounts has to be asked about is taken from.
    pub(crate) fn key_exchange_buckets(&self, address: Option<IpAddr>) -> Vec<Bucket> {
        network_buckets("key-exchange", self.policies.key_exchange, address)
    }

    /// What the root fields of this operation are counted in.
    pub(crate) fn charges(&self, operation: Operation<'_>, client: Client<'_>) -> Charges {
        fields::charges(&self.directives, &self.policies, operation, client)
    }

    /// What any request of this client is taken from.
    pub(crate) fn buckets_of(&self, caller: Option<&Caller>, address: Option<IpAddr>) -> Vec<Bucket> {
        let policies = &self.policies;
        let bucket = |name, limit: Limit| limit.0.map(|rate| Bucket { name, rate, cost: 1 });
        let Some(caller) = caller else {
            return network_buckets("address", policies.address, address);
        };
        let person = bucket(format!("user:{}", caller.user), policies.user);
        let key = caller.is_key.then(|| bucket(format!("key:{}", caller.session), policies.key)).flatten();
        key.into_iter().chain(person).collect()
    }

    /// Redis, unless it has failed a moment ago.
    fn redis(&self) -> Option<&remote::Remote> {
        let may_ask = self.resumes_at.lock().is_none_or(|at| at <= Instant::now());
        self.redis.as_ref().filter(|_| may_ask)
    }

    /// What Redis has answered; when it has not, it is left alone for a while.
    fn noted<T>(&self, answer: Result<T, RedisError>) -> Option<T> {
        match answer {
            Ok(answer) => {
                if self.failures.swap(0, Ordering::Relaxed) > 0 {
                    tracing::info!("requests are counted in Redis again");
                }
                Some(answer)
            }
            Err(error) => {
                *self.resumes_at.lock() = Some(Instant::now() + PAUSE);
                if self.failures.fetch_add(1, Ordering::Relaxed).is_multiple_of(LOG_EVERY) {
                    tracing::warn!(%error, "Redis is away: this router counts requests for itself");
                }
                None
            }
        }
    }
}

/// The buckets of the networks that an address is in.
fn network_buckets(what: &str, limit: Limit, address: Option<IpAddr>) -> Vec<Bucket> {
    let Some(rate) = limit.0 else { return Vec::new() };
    let named = networks(address).into_iter();
    named
        .map(|Counted { name, share }| Bucket { name: format!("{what}:{name}"), rate: rate.times(share), cost: 1 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_rate_and_a_burst_or_off() {
        assert_eq!("60/20".parse(), Ok(Limit(Some(Rate { per_minute: 60, burst: 20 }))));
        assert_eq!("off".parse(), Ok(Limit(None)));
        for text in ["", "60", "0/1", "1/0", "a/b", "-1/1"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
