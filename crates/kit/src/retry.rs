//! How long to wait before something that failed is tried again: longer each time, at a random moment, so that all who
//! wait for the same server do not come back at once.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The wait after the first failure.
const MIN_DELAY: Duration = Duration::from_millis(100);
/// What ran for so long was well: its next failure counts as the first.
const HEALTHY_AFTER: Duration = Duration::from_secs(10);

/// Waits that double up to `max_delay`, and never end.
pub(crate) fn backoff(max_delay: Duration) -> ExponentialBuilder {
    ExponentialBuilder::new().with_min_delay(MIN_DELAY).with_max_delay(max_delay).without_max_times().with_jitter()
}

/// Does `work` again after each failure, until it ends well or `stop` is cancelled. `name` is for the log.
pub(crate) async fn keep_running<F>(name: &str, stop: &CancellationToken, max_delay: Duration, work: impl Fn() -> F)
where
    F: Future<Output = anyhow::Result<()>>,
{
    let backoff = backoff(max_delay);
    let mut delays = backoff.build();
    while !stop.is_cancelled() {
        let started_at = Instant::now();
        let Err(error) = work().await else { return };
        if started_at.elapsed() >= HEALTHY_AFTER {
            delays = backoff.build();
        }
        let delay = delays.next().unwrap_or(max_delay);
        tracing::warn!(
            task = name,
            error = format!("{error:#}"),
            ?delay,
            "a background task failed and is tried again"
        );
        tokio::select! { () = tokio::time::sleep(delay) => {} () = stop.cancelled() => return }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// When `work` was begun that runs for these seconds each time before it fails, and ends well at last.
    async fn begun_at(runs: &[u64]) -> Vec<Duration> {
        let (start, begun) = (Instant::now(), Mutex::new(Vec::new()));
        let stop = CancellationToken::new();
        keep_running("a test", &stop, Duration::from_secs(5), || async {
            let number = begun.lock().unwrap().len();
            begun.lock().unwrap().push(start.elapsed());
            let Some(seconds) = runs.get(number) else { return Ok(()) };
            tokio::time::sleep(Duration::from_secs(*seconds)).await;
            Err(anyhow::anyhow!("it is away"))
        })
        .await;
        begun.into_inner().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn waits_grow_and_begin_anew_after_it_was_well() {
        let begun = begun_at(&[0, 0, 0, 0, 0, 0, 60]).await;
        let waits: Vec<_> = begun.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
        // Up to as much again by chance.
        assert!(waits[0] < Duration::from_millis(201), "{waits:?}");
        assert!(waits[5] >= Duration::from_millis(3_200), "{waits:?}");
        assert!(waits[6] < Duration::from_millis(60_201), "{waits:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_waiting() {
        let stop = CancellationToken::new();
        let failing = keep_running("a test", &stop, Duration::from_hours(1), || async { anyhow::bail!("it is away") });
        let stopping = async {
            tokio::time::sleep(Duration::from_mins(1)).await;
            stop.cancel();
        };
        let ended = tokio::time::timeout(Duration::from_secs(61), async { tokio::join!(failing, stopping) });
        ended.await.unwrap();
    }
}
