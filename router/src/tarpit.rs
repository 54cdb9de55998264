//! The tarpit: rejections are delayed. A client that does not wait although it was told to is made to, so that refusing it costs
//! little, whatever it does: its next request comes after this one's answer.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::{sync::Semaphore, time::sleep};

/// How long a rejection is delayed at least, however soon the client may ask again: many requests at once are each told to wait
/// for the same next place.
const MIN_DELAY_MS: u64 = 250;
/// Up to this much longer, each a different time: what was refused at one moment does not come back at one moment.
const DELAY_JITTER_MS: u64 = 500;
/// Has no divisor in common with the spread and is far from its ends, so that one after the other they cover it evenly.
const JITTER_STRIDE_MS: u64 = 309;
/// Rejections that are delayed at once; bounds the memory that they take. Further ones are answered at once.
const MAX_DELAYED: usize = 2_000;

/// Delays rejections.
pub(crate) struct Tarpit {
    slots: Semaphore,
    delayed: AtomicU64,
}

impl Default for Tarpit {
    fn default() -> Self {
        Self::new(MAX_DELAYED)
    }
}

impl Tarpit {
    fn new(most: usize) -> Self {
        Self { slots: Semaphore::new(most), delayed: AtomicU64::new(0) }
    }

    /// Delays who was told to wait for `wait_ms` milliseconds, and gives what is left of them, at least 1.
    pub(crate) async fn delay(&self, wait_ms: u64) -> u64 {
        let Ok(_slot) = self.slots.try_acquire() else { return wait_ms };
        let delay_ms = self.next_ms();
        sleep(Duration::from_millis(delay_ms)).await;
        wait_ms.saturating_sub(delay_ms).max(1)
    }

    /// How long the next rejection is delayed.
    fn next_ms(&self) -> u64 {
        MIN_DELAY_MS + self.delayed.fetch_add(JITTER_STRIDE_MS, Ordering::Relaxed) % DELAY_JITTER_MS
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn a_refusal_comes_late_and_says_what_is_left() {
        let tarpit = Tarpit::default();
        let started = Instant::now();
        assert_eq!(tarpit.delay(2_000).await, 2_000 - MIN_DELAY_MS);
        assert!(started.elapsed() >= Duration::from_millis(MIN_DELAY_MS));
        assert_eq!(tarpit.delay(20).await, 1);
    }

    #[tokio::test]
    async fn only_so_many_are_kept_back() {
        let tarpit = Tarpit::new(1);
        assert_eq!(tokio::join!(tarpit.delay(50), tarpit.delay(50)), (1, 50));
    }

    #[test]
    fn refusals_of_one_moment_end_one_after_the_other() {
        let tarpit = Tarpit::default();
        let mut held: Vec<_> = (0..10).map(|_| tarpit.next_ms()).collect();
        held.sort_unstable();
        assert!(held.windows(2).all(|two| (20..100).contains(&(two[1] - two[0]))), "{held:?}");
    }
}
