//! Refusals that are answered late. A client that does not wait although it was told to is made to, so that refusing it costs
//! little, whatever it does: its next request comes after this one's answer.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::{sync::Semaphore, time::sleep};

/// How long a refusal is kept back at least, however soon the client may ask again: many requests at once are each told to wait
/// for the same next place.
const HELD_MS: u64 = 250;
/// Up to this much longer, each a different time: what was refused at one moment does not come back at one moment.
const SPREAD_MS: u64 = 500;
/// Has no divisor in common with the spread and is far from its ends, so that one after the other they cover it evenly.
const STRIDE_MS: u64 = 309;
/// Refusals that are kept back at once; bounds the memory that they take. Further ones are answered at once.
const MOST: usize = 2_000;

/// Keeps refusals back.
pub(crate) struct Tarpit {
    places: Semaphore,
    held: AtomicU64,
}

impl Default for Tarpit {
    fn default() -> Self {
        Self::new(MOST)
    }
}

impl Tarpit {
    fn new(most: usize) -> Self {
        Self { places: Semaphore::new(most), held: AtomicU64::new(0) }
    }

    /// Keeps back who was told to wait for `wait_ms` milliseconds, and gives what is left of them, at least 1.
    pub(crate) async fn hold(&self, wait_ms: u64) -> u64 {
        let Ok(_place) = self.places.try_acquire() else { return wait_ms };
        let held_ms = self.next_ms();
        sleep(Duration::from_millis(held_ms)).await;
        wait_ms.saturating_sub(held_ms).max(1)
    }

    /// How long the next refusal is held.
    fn next_ms(&self) -> u64 {
        HELD_MS + self.held.fetch_add(STRIDE_MS, Ordering::Relaxed) % SPREAD_MS
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
        assert_eq!(tarpit.hold(2_000).await, 2_000 - HELD_MS);
        assert!(started.elapsed() >= Duration::from_millis(HELD_MS));
        assert_eq!(tarpit.hold(20).await, 1);
    }

    #[tokio::test]
    async fn only_so_many_are_kept_back() {
        let tarpit = Tarpit::new(1);
        assert_eq!(tokio::join!(tarpit.hold(50), tarpit.hold(50)), (1, 50));
    }

    #[test]
    fn refusals_of_one_moment_end_one_after_the_other() {
        let tarpit = Tarpit::default();
        let mut held: Vec<_> = (0..10).map(|_| tarpit.next_ms()).collect();
        held.sort_unstable();
        assert!(held.windows(2).all(|two| (20..100).contains(&(two[1] - two[0]))), "{held:?}");
    }
}
