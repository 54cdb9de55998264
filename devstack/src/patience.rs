//! Lets a consumer's request wait until something is written, instead of asking again and again until its time is up.
//!
//! The broker asks for the partitions of a request one after the other, and in a task of its own for each connection.
//! One of a connection's partitions does the waiting for all of them; the others answer at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use nisshi_storage::Topition;
use tokio::sync::watch;
use tokio::task;
use tokio::time::{Instant, timeout};

/// A partition that was not asked for in this time is no longer one of the connection's.
const FORGOTTEN: Duration = Duration::from_secs(2);

/// Who waits for what.
#[derive(Debug)]
pub(crate) struct Patience {
    /// Counts what was written.
    writes: watch::Sender<u64>,
    waiters: Mutex<Waiters<task::Id>>,
}

impl Patience {
    pub(crate) fn new() -> Self {
        Self { writes: watch::Sender::new(0), waiters: Mutex::new(Waiters(HashMap::new())) }
    }

    /// Something was written somewhere.
    pub(crate) fn wake_all(&self) {
        self.writes.send_modify(|writes| *writes += 1);
    }

    /// Waits on behalf of a connection at the end of one of its partitions.
    pub(crate) async fn wait(&self, topition: &Topition, at_most: Duration) {
        let Some(connection) = task::try_id() else { return };
        let mut writes = self.writes.subscribe();
        let count = *writes.borrow_and_update();
        let is_to_wait = {
            let mut waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
            waiters.is_to_wait(connection, topition, count, Instant::now())
        };
        if is_to_wait {
            // Whether something was written or the time is up, the answer is the same: look again.
            let _ = timeout(at_most, writes.changed()).await;
        }
    }
}

/// The waiting partitions of all connections.
#[derive(Debug)]
struct Waiters<C>(HashMap<C, Waiter>);

/// The waiting partition of a connection.
#[derive(Debug)]
struct Waiter {
    topition: Topition,
    asked: Instant,
    /// The writes up to which every partition of the connection has been looked at.
    looked_at: u64,
}

impl<C: Eq + Hash> Waiters<C> {
    /// Only the waiting partition waits, and only when nothing was written since the last look at all of them.
    fn is_to_wait(&mut self, connection: C, topition: &Topition, writes: u64, now: Instant) -> bool {
        // Connections end without a word.
        self.0.retain(|_, waiter| now.duration_since(waiter.asked) < FORGOTTEN);
        let first = || Waiter { topition: topition.clone(), asked: now, looked_at: writes };
        let waiter = self.0.entry(connection).or_insert_with(first);
        if waiter.topition != *topition {
            return false;
        }
        waiter.asked = now;
        let nothing_new = waiter.looked_at == writes;
        waiter.looked_at = writes;
        nothing_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(number: i32) -> Topition {
        Topition::new("catalog.v1", number)
    }

    #[test]
    fn one_partition_of_a_connection_waits_for_all() {
        let (mut waiters, now) = (Waiters(HashMap::new()), Instant::now());
        assert!(waiters.is_to_wait("a", &partition(0), 0, now));
        assert!(!waiters.is_to_wait("a", &partition(1), 0, now));
        assert!(waiters.is_to_wait("b", &partition(1), 0, now));
    }

    #[test]
    fn after_a_write_every_partition_is_looked_at_once_without_waiting() {
        let (mut waiters, now) = (Waiters(HashMap::new()), Instant::now());
        assert!(waiters.is_to_wait("a", &partition(0), 0, now));
        assert!(!waiters.is_to_wait("a", &partition(0), 1, now));
        assert!(waiters.is_to_wait("a", &partition(0), 1, now));
    }

    #[test]
    fn another_partition_waits_when_the_first_is_asked_for_no_more() {
        let (mut waiters, now) = (Waiters(HashMap::new()), Instant::now());
        assert!(waiters.is_to_wait("a", &partition(0), 0, now));
        assert!(!waiters.is_to_wait("a", &partition(1), 0, now));
        assert!(waiters.is_to_wait("a", &partition(1), 0, now + FORGOTTEN));
    }
}
