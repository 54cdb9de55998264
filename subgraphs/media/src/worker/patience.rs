//! Waits for an object store that is slow, fails now and then, or is away for a while. FFmpeg waits meanwhile, and what it
//! has made so far is not lost.

use std::time::{Duration, Instant};

/// An object store that is away for longer costs the attempt; the job is tried again later.
const LONGEST: Duration = Duration::from_mins(2);
/// The wait before the second try; it doubles with each, up to the most.
const WAITS: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Does something with the object store, again and again until it works or took too long.
pub(super) async fn patiently<T, F, Fut>(what: &'static str, mut operation: F) -> anyhow::Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = anyhow::Result<T>>,
{
    let (began, mut wait) = (Instant::now(), WAITS.0);
    loop {
        match operation().await {
            Err(error) if began.elapsed() < LONGEST => {
                tracing::debug!(what, error = format!("{error:#}"), "the object store did not do it; once more");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(WAITS.1);
            }
            done => return done,
        }
    }
}
