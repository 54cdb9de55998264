//! How much one client may ask for: buckets that fill steadily and are emptied by requests (GCRA), kept in Redis so that all
//! routers count together. While Redis is away each router counts for itself.

mod fields;
mod local;
mod remote;

use std::{
    net::IpAddr,
    str::FromStr,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use crate::{
    config::{Environment, RateLimits},
    identity::Caller,
};

pub(crate) use fields::{is_login_alone, special_buckets};

/// After Redis has failed it is left alone for this long.
const PAUSE: Duration = Duration::from_secs(1);
/// That Redis fails is told this often.
const TELL_EVERY: u64 = 30;

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
        60_000_000 / u64::from(self.per_minute)
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
    /// What is allowed.
    pub(crate) rates: Rates,
    redis: Option<remote::Remote>,
    local: local::Local,
    resumes_at: Mutex<Option<Instant>>,
    failures: AtomicU64,
}

impl Limiter {
    /// Counts in the Redis of `config`.
    pub(crate) fn new(config: &RateLimits, redis_url: &str, environment: Environment) -> anyhow::Result<Self> {
        Ok(Self {
            rates: Rates::new(config, environment),
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
        let may_ask = self.resumes_at.lock().is_none_or(|at| at <= Instant::now());
        if let Some(redis) = self.redis.as_ref().filter(|_| may_ask) {
            match redis.take(buckets).await {
                Ok(verdict) => {
                    if self.failures.swap(0, Ordering::Relaxed) > 0 {
                        tracing::info!("requests are counted in Redis again");
                    }
                    return verdict;
                }
                Err(error) => {
                    *self.resumes_at.lock() = Some(Instant::now() + PAUSE);
                    if self.failures.fetch_add(1, Ordering::Relaxed).is_multiple_of(TELL_EVERY) {
                        tracing::warn!(%error, "Redis is away: this router counts requests for itself");
                    }
                }
            }
        }
        self.local.take(buckets)
    }

    /// Puts back what was taken: a password that was right was no guess.
    pub(crate) async fn refund(&self, buckets: &[Bucket]) {
        if let Some(redis) = &self.redis
            && redis.refund(buckets).await.is_ok()
        {
            return;
        }
        self.local.refund(buckets);
    }

    /// What the opening of a WebSocket from this address is taken from.
    pub(crate) fn socket_buckets(&self, address: Option<IpAddr>) -> Vec<Bucket> {
        bucket_of_network("socket", self.rates.socket, address)
    }

    /// What an API key that accounts has to be asked about is taken from.
    pub(crate) fn key_exchange_buckets(&self, address: Option<IpAddr>) -> Vec<Bucket> {
        bucket_of_network("key-exchange", self.rates.key_exchange, address)
    }

    /// What any request of this client is taken from.
    pub(crate) fn buckets_of(&self, caller: Option<&Caller>, address: Option<IpAddr>) -> Vec<Bucket> {
        let rates = &self.rates;
        let bucket = |name, limit: Limit| limit.0.map(|rate| Bucket { name, rate, cost: 1 });
        let buckets = match caller {
            Some(caller) if caller.is_key => {
                vec![
                    bucket(format!("key:{}", caller.session), rates.key),
                    bucket(format!("user:{}", caller.user), rates.user),
                ]
            }
            Some(caller) => vec![bucket(format!("user:{}", caller.user), rates.user)],
            None => vec![bucket(format!("address:{}", network(address)), rates.address)],
        };
        buckets.into_iter().flatten().collect()
    }
}

fn bucket_of_network(what: &str, limit: Limit, address: Option<IpAddr>) -> Vec<Bucket> {
    let bucket = limit.0.map(|rate| Bucket { name: format!("{what}:{}", network(address)), rate, cost: 1 });
    bucket.into_iter().collect()
}

/// What is allowed.
#[derive(Debug, Clone)]
pub(crate) struct Rates {
    user: Limit,
    key: Limit,
    address: Limit,
    socket: Limit,
    key_exchange: Limit,
    login: Limit,
    login_address: Limit,
    register: Limit,
    reset: Limit,
    password: Limit,
    create_upload: Limit,
    join: Limit,
}

impl Rates {
    /// As configured. On a developer's machine all clients share one address, so addresses get more there by default.
    fn new(config: &RateLimits, environment: Environment) -> Self {
        let development = environment == Environment::Development;
        let by_address = |given: Option<Limit>, per_minute: u32, burst: u32| {
            let more = if development { 30 } else { 1 };
            given.unwrap_or(Limit(Some(Rate { per_minute: per_minute * more, burst: burst * more })))
        };
        Self {
            user: config.user,
            key: config.key,
            address: by_address(config.address, 1_200, 300),
            socket: by_address(config.socket, 300, 300),
            key_exchange: by_address(config.key_exchange, 60, 60),
            login: config.login.unwrap_or_else(|| {
                let more = if development { 6 } else { 1 };
                Limit(Some(Rate { per_minute: 10 * more, burst: 10 * more }))
            }),
            login_address: by_address(config.login_address, 60, 60),
            register: by_address(config.register, 20, 20),
            reset: config.reset,
            password: config.password,
            create_upload: config.create_upload,
            join: config.join,
        }
    }
}

/// The address as a client can hardly change it: of IPv6 the network, of which a client has all addresses.
pub(crate) fn network(address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V6(address)) => {
            if let Some(address) = address.to_ipv4_mapped() {
                return address.to_string();
            }
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::")
        }
        Some(address) => address.to_string(),
        None => "unknown".to_owned(),
    }
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

    #[test]
    fn all_addresses_of_a_network_are_one_client() {
        let of = |text: &str| network(text.parse().ok());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
