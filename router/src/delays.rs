//! Requests that are answered late because somebody, maybe somebody else, tries the same account too often. The owner of the
//! account waits a little and gets in; whoever guesses is slowed down, from however many addresses it does.

use std::{collections::HashSet, time::Duration};

use parking_lot::Mutex;
use tokio::{sync::Semaphore, time::sleep};

/// Requests that are delayed at once; bounds the memory that they take.
const MAX_DELAYED: usize = 2_000;

/// Delays requests.
pub(crate) struct Delays {
    free: Semaphore,
    delayed: Mutex<HashSet<String>>,
}

/// Somebody is delayed for as long as this exists.
struct Delayed<'d> {
    delays: &'d Delays,
    attempt: String,
}

impl Default for Delays {
    fn default() -> Self {
        Self::new(MAX_DELAYED)
    }
}

impl Delays {
    fn new(most: usize) -> Self {
        Self { free: Semaphore::new(most), delayed: Mutex::default() }
    }

    /// Waits, unless the same attempt waits already or too many others do. An attempt is a client and what it tries: so each client
    /// tries one account again only when its last attempt was answered.
    pub(crate) async fn wait(&self, attempt: String, delay: Duration) -> Result<(), ()> {
        let _free = self.free.try_acquire().map_err(drop)?;
        if !self.delayed.lock().insert(attempt.clone()) {
            return Err(());
        }
        // A client that goes away meanwhile is forgotten.
        let _delayed = Delayed { delays: self, attempt };
        sleep(delay).await;
        Ok(())
    }
}

impl Drop for Delayed<'_> {
    fn drop(&mut self) {
        self.delays.delayed.lock().remove(&self.attempt);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn each_client_waits_for_one_attempt_at_an_account() {
        let delays = Delays::default();
        let mut first = Box::pin(delays.wait("a".to_owned(), LONG));
        assert_eq!((&mut first).now_or_never(), None);
        assert_eq!(delays.wait("a".to_owned(), LONG).now_or_never(), Some(Err(())));
        assert_eq!(delays.wait("b".to_owned(), Duration::from_millis(5)).await, Ok(()));
        drop(first);
        assert_eq!(delays.wait("a".to_owned(), Duration::ZERO).await, Ok(()));
        assert!(delays.delayed.lock().is_empty());
    }

    #[tokio::test]
    async fn only_so_many_wait() {
        let delays = Delays::new(1);
        let mut first = Box::pin(delays.wait("a".to_owned(), LONG));
        assert_eq!((&mut first).now_or_never(), None);
        assert_eq!(delays.wait("b".to_owned(), LONG).now_or_never(), Some(Err(())));
    }
}
