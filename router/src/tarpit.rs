//! Refusals that are answered late. A client that does not wait although it was told to is made to, so that refusing it costs
//! little, whatever it does: its next request comes after this one's answer.

use std::time::Duration;

use tokio::{sync::Semaphore, time::sleep};

/// How long a refusal is kept back, however soon the client may ask again: many requests at once are each told to wait for the
/// same next place.
const HELD: Duration = Duration::from_millis(500);
/// Refusals that are kept back at once; bounds the memory that they take. Further ones are answered at once.
const MOST: usize = 2_000;

/// Keeps refusals back.
pub(crate) struct Tarpit(Semaphore);

impl Default for Tarpit {
    fn default() -> Self {
        Self(Semaphore::new(MOST))
    }
}

impl Tarpit {
    /// Keeps back who was told to wait for `wait_ms` milliseconds, and gives what is left of them, at least 1.
    pub(crate) async fn hold(&self, wait_ms: u64) -> u64 {
        let Ok(_place) = self.0.try_acquire() else { return wait_ms };
        sleep(HELD).await;
        Duration::from_millis(wait_ms).saturating_sub(HELD).as_millis().try_into().unwrap_or(wait_ms).max(1)
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
        assert_eq!(tarpit.hold(2_000).await, 1_500);
        assert!(started.elapsed() >= HELD);
        assert_eq!(tarpit.hold(20).await, 1);
    }

    #[tokio::test]
    async fn only_so_many_are_kept_back() {
        let tarpit = Tarpit(Semaphore::new(1));
        assert_eq!(tokio::join!(tarpit.hold(50), tarpit.hold(50)), (1, 50));
    }
}
