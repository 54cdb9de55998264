//! Waits for an object store that is slow, fails now and then, or is away for a while. FFmpeg waits meanwhile, and what it
//! has made so far is not lost.

use std::time::{Duration, Instant};

/// An object store that is away for longer costs the attempt; the job is tried again later.
const LONGEST: Duration = Duration::from_mins(2);
/// The wait before the second try; it doubles with each, up to the most.
const WAITS: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Does something with the object store, again and again until it works or took too long.
pub(super) async fn patiently<T, F, Fut>(what: &'static str, operation: F) -> anyhow::Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = anyhow::Result<T>>,
{
    while_it_goes_on(what, || 0, operation).await
}

/// The same for what may take long: the time counts from when it last came further, as `done` tells.
pub(super) async fn while_it_goes_on<T, F, Fut>(
    what: &'static str,
    done: impl Fn() -> u64,
    mut operation: F,
) -> anyhow::Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = anyhow::Result<T>>,
{
    let (mut since, mut before, mut wait) = (Instant::now(), done(), WAITS.0);
    loop {
        let ended = operation().await;
        let now = done();
        if now > before {
            (since, before, wait) = (Instant::now(), now, WAITS.0);
        }
        match ended {
            Err(error) if since.elapsed() < LONGEST => {
                tracing::debug!(what, error = format!("{error:#}"), "the object store did not do it; once more");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(WAITS.1);
            }
            ended => return ended,
        }
    }
}
