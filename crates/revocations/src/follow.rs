//! Following: what everybody does who takes tokens.

use std::time::Duration;

use redis::{AsyncCommands, Client, RedisError, aio::MultiplexedConnection};
use tokio::time::{sleep, timeout};

use crate::{KEY, Revocation, Revoked};

/// How often it is asked what is new.
const ASK_EVERY: Duration = Duration::from_millis(500);
/// How often everything is read again, should a clock have been put back.
const READ_ALL_EVERY: u32 = 60;
/// What was published this much earlier than the newest that is known is read again.
const OVERLAP_MS: f64 = 2_000.0;
const TIMEOUT: Duration = Duration::from_secs(2);
/// A failure that lasts is told this often (in attempts).
const TELL_EVERY: u32 = 120;

/// Keeps `revoked` fresh for as long as anybody else has it. While Redis is away, what is known stays known: tokens that are
/// revoked meanwhile are taken until it is back, or until they expire.
pub async fn follow(url: String, revoked: Revoked) {
    let shared = revoked.0;
    let known = std::sync::Arc::downgrade(&shared);
    drop(shared);
    let mut failures = 0_u32;
    let mut newest = 0.0;
    while let Some(shared) = known.upgrade() {
        let revoked = Revoked(shared);
        match read_on(&url, &revoked, &mut newest, &mut failures).await {
            Ok(()) => return,
            Err(error) => {
                if failures.is_multiple_of(TELL_EVERY) {
                    tracing::warn!(%error, "revoked sessions cannot be read; tokens are taken for what they say");
                }
                failures += 1;
            }
        }
        drop(revoked);
        sleep(ASK_EVERY).await;
    }
}

/// Reads on until the connection breaks. It ends well only when nobody else has `revoked` any more.
async fn read_on(url: &str, revoked: &Revoked, newest: &mut f64, failures: &mut u32) -> Result<(), RedisError> {
    let connect = async { Client::open(url)?.get_multiplexed_async_connection().await };
    let mut redis = within(connect).await?;
    // Redis may have lost its memory meanwhile, and its clock may be another's.
    *newest = 0.0;
    let mut round = 0_u32;
    while std::sync::Arc::strong_count(&revoked.0) > 1 {
        let since = if round.is_multiple_of(READ_ALL_EVERY) { 0.0 } else { *newest - OVERLAP_MS };
        for (text, published) in within(since_of(&mut redis, since)).await? {
            revoked.add(Revocation::parse(&text));
            *newest = newest.max(published);
        }
        if *failures > 0 {
            tracing::info!("revoked sessions are read again");
            *failures = 0;
        }
        revoked.forget_old();
        round = round.wrapping_add(1);
        sleep(ASK_EVERY).await;
    }
    Ok(())
}

async fn since_of(redis: &mut MultiplexedConnection, since: f64) -> Result<Vec<(String, f64)>, RedisError> {
    redis.zrangebyscore_withscores(KEY, since, "+inf").await
}

async fn within<T>(work: impl Future<Output = Result<T, RedisError>>) -> Result<T, RedisError> {
    timeout(TIMEOUT, work).await.unwrap_or_else(|_| Err((redis::ErrorKind::Io, "no answer in time").into()))
}
