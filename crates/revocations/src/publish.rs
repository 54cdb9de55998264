//! Publishing: what accounts does.

use std::time::Duration;

use redis::{
    Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use crate::{KEPT_FOR, KEY, Revocation};

/// Adds what is new, with Redis' own time so that followers miss nothing whichever process published it, and drops what is old.
const ADD: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1])
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'NX', now, ARGV[i]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
";

/// Publishes revocations.
#[derive(Clone)]
pub struct Publisher {
    redis: ConnectionManager,
    add: Script,
}

impl Publisher {
    /// Publishes on this Redis, which is connected to when it is needed.
    pub fn new(url: &str) -> Result<Self, RedisError> {
        let config = ConnectionManagerConfig::new()
            .set_response_timeout(Some(Duration::from_secs(2)))
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_max_delay(Duration::from_secs(2));
        let redis = Client::open(url)?.get_connection_manager_lazy(config)?;
        Ok(Self { redis, add: Script::new(ADD) })
    }

    /// Publishes these; those that are published already stay as they are.
    pub async fn publish(&self, revocations: &[Revocation]) -> Result<(), RedisError> {
        for some in revocations.chunks(1_000) {
            let mut call = self.add.prepare_invoke();
            call.key(KEY).arg(KEPT_FOR.as_millis() as u64);
            for revocation in some {
                call.arg(revocation.to_string());
            }
            call.invoke_async::<()>(&mut self.redis.clone()).await?;
        }
        Ok(())
    }
}
