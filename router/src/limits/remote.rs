//! Counting in Redis, in one script and so at once.

use std::time::Duration;

use redis::{
    Client, FromRedisValue, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::time::timeout;

use super::{Bucket, Budget, MAX_DELAY, Verdict};

/// A request waits no longer for Redis.
const TIMEOUT: Duration = Duration::from_millis(250);

/// For each bucket: when it is full again (microseconds by Redis' clock), as `local` has it. ARGV: interval, burst, cost of each.
/// Answers { milliseconds to wait, microseconds until the first bucket is full }.
const TAKE: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local after, wait = {}, 0
for i = 1, #KEYS do
    local interval, burst, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
    local full = tonumber(redis.call('GET', KEYS[i]) or now)
    if full < now then full = now end
    after[i] = full + interval * cost
    wait = math.max(wait, after[i] - interval * burst - now)
end
if wait > 0 then return { math.ceil(wait / 1000), 0 } end
for i = 1, #KEYS do
    redis.call('SET', KEYS[i], string.format('%.0f', after[i]), 'PX', math.ceil((after[i] - now) / 1000) + 1)
end
return { 0, after[1] - now }
";

/// Puts back what was taken, never more than the bucket holds. ARGV as above.
const REFUND: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
for i = 1, #KEYS do
    local full = tonumber(redis.call('GET', KEYS[i]) or now) - tonumber(ARGV[3 * i - 2]) * tonumber(ARGV[3 * i])
    if full > now then
        redis.call('SET', KEYS[i], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
    else
        redis.call('DEL', KEYS[i])
    end
end
";

/// Takes from each bucket whatever is in it. ARGV as above, then the longest delay in microseconds. Answers milliseconds to delay.
const CHARGE: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local most, delay = tonumber(ARGV[#ARGV]), 0
for i = 1, #KEYS do
    local interval, burst, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
    local full = tonumber(redis.call('GET', KEYS[i]) or now)
    if full < now then full = now end
    local after = math.min(full + interval * cost, now + interval * burst + most)
    delay = math.max(delay, after - interval * burst - now)
    redis.call('SET', KEYS[i], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1)
end
return math.ceil(delay / 1000)
";

/// Buckets in Redis.
pub(super) struct Remote {
    redis: ConnectionManager,
    take: Script,
    charge: Script,
    refund: Script,
}

impl Remote {
    /// The Redis at `url`, connected to when it is needed.
    pub(super) fn new(url: &str) -> Result<Self, RedisError> {
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(TIMEOUT))
            .set_connection_timeout(Some(Duration::from_secs(1)))
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_secs(1));
        let redis = Client::open(url)?.get_connection_manager_lazy(config)?;
        Ok(Self { redis, take: Script::new(TAKE), charge: Script::new(CHARGE), refund: Script::new(REFUND) })
    }

    /// Takes from all of these buckets, or from none.
    pub(super) async fn take(&self, buckets: &[Bucket]) -> Result<Verdict, RedisError> {
        let (wait, missing): (u64, u64) = self.call(&self.take, buckets).await?;
        if wait > 0 {
            return Ok(Verdict::Wait(wait));
        }
        Ok(Verdict::Pass(buckets.first().map(|bucket| Budget::of(bucket, missing))))
    }

    /// Takes from all of these buckets, and answers for how many milliseconds to delay what was counted.
    pub(super) async fn charge(&self, buckets: &[Bucket]) -> Result<u64, RedisError> {
        self.call(&self.charge, buckets).await
    }

    /// Puts back what was taken from these buckets.
    pub(super) async fn refund(&self, buckets: &[Bucket]) -> Result<(), RedisError> {
        self.call(&self.refund, buckets).await
    }

    async fn call<T: FromRedisValue>(&self, script: &Script, buckets: &[Bucket]) -> Result<T, RedisError> {
        let mut call = script.prepare_invoke();
        for bucket in buckets {
            call.key(format!("polyphony:limit:{}", bucket.name));
            call.arg(bucket.rate.interval()).arg(bucket.rate.burst).arg(bucket.cost);
        }
        // Only the script that delays looks at it.
        call.arg(u64::try_from(MAX_DELAY.as_micros()).unwrap_or(u64::MAX));
        let mut redis = self.redis.clone();
        let answer = timeout(TIMEOUT, call.invoke_async(&mut redis)).await;
        answer.unwrap_or_else(|_| Err((redis::ErrorKind::Io, "no answer in time").into()))
    }
}
