//! How many requests of one client are executed at once. Further ones wait for a permit, so that whoever asks a lot at the same
//! moment slows down itself and nobody else.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::network::Counted;

/// How long a request waits for its permit. The rate limits bound how many wait.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

type Clients = Arc<Mutex<HashMap<String, Weak<Semaphore>>>>;

/// Limits the concurrent requests of each client.
pub(crate) struct ConcurrencyLimiter {
    clients: Clients,
    acquire_timeout: Duration,
}

impl Default for ConcurrencyLimiter {
    fn default() -> Self {
        Self { clients: Clients::default(), acquire_timeout: ACQUIRE_TIMEOUT }
    }
}

/// Permission to execute one request; the client's next one gets it when it is dropped.
pub(crate) struct Permit {
    _slots: Vec<Slot>,
}

/// One of those that are counted for a person or a network.
struct Slot {
    clients: Clients,
    client: String,
    semaphore: Option<Arc<Semaphore>>,
    permit: Option<OwnedSemaphorePermit>,
}

impl ConcurrencyLimiter {
    /// A permit for one more request of whom it is counted for, of which `max` are executed at once, in wider networks as many more
    /// as their share is. `None` when none is free in time.
    pub(crate) async fn acquire(&self, counted: &[Counted], max: usize) -> Option<Permit> {
        let slots = async {
            let mut slots = Vec::with_capacity(counted.len());
            // The narrowest first: what waits for a wide network holds up nobody but its own neighbours.
            for Counted { name, share } in counted {
                let most = max.saturating_mul(usize::try_from(*share).unwrap_or(usize::MAX));
                slots.push(self.slot(name.clone(), most.min(Semaphore::MAX_PERMITS)).await?);
            }
            Some(Permit { _slots: slots })
        };
        timeout(self.acquire_timeout, slots).await.ok()?
    }

    async fn slot(&self, client: String, max: usize) -> Option<Slot> {
        let semaphore = {
            let mut clients = self.clients.lock();
            let known = clients.get(&client).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let semaphore = Arc::new(Semaphore::new(max));
                clients.insert(client.clone(), Arc::downgrade(&semaphore));
                semaphore
            })
        };
        // Made before it waits, so that a client that goes away meanwhile is forgotten as well.
        let clients = Arc::clone(&self.clients);
        let mut slot = Slot { clients, client, semaphore: Some(Arc::clone(&semaphore)), permit: None };
        slot.permit = Some(semaphore.acquire_owned().await.ok()?);
        Some(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut clients = self.clients.lock();
        self.permit = None;
        self.semaphore = None;
        if clients.get(&self.client).is_some_and(|semaphore| semaphore.strong_count() == 0) {
            clients.remove(&self.client);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::network::networks;

    #[tokio::test]
    async fn the_addresses_of_a_network_share_its_permits() {
        let limiter = ConcurrencyLimiter::default();
        let acquire =
            async |address: &str| limiter.acquire(&networks(address.parse().ok()), 1).now_or_never().flatten();
        let _held = acquire("2001:db8::1").await.expect("a permit");
        assert!(acquire("2001:db8::2").await.is_none());
        let mut held = Vec::new();
        for number in 1..4 {
            held.push(acquire(&format!("2001:db8:0:{number}::1")).await.expect("a permit"));
        }
        // Four of one /56.
        assert!(acquire("2001:db8:0:9::1").await.is_none());
        assert!(acquire("2001:db8:0:109::1").await.is_some());
        held.clear();
        assert!(acquire("2001:db8:0:9::1").await.is_some());
    }

    #[tokio::test]
    async fn a_client_has_so_many_at_once_and_another_has_its_own() {
        let limiter = ConcurrencyLimiter::default();
        let (a, b) = (networks("192.0.2.1".parse().ok()), networks("192.0.2.2".parse().ok()));
        let acquire = |client| limiter.acquire(client, 2);
        let first = acquire(&a).await;
        let second = acquire(&a).await;
        assert!(first.is_some() && second.is_some());
        let mut third = Box::pin(acquire(&a));
        assert!((&mut third).now_or_never().is_none());
        assert!(acquire(&b).now_or_never().flatten().is_some());
        drop(first);
        assert!(third.now_or_never().flatten().is_some());
    }

    #[tokio::test]
    async fn no_permit_is_given_after_the_timeout() {
        let limiter =
            ConcurrencyLimiter { acquire_timeout: Duration::from_millis(20), ..ConcurrencyLimiter::default() };
        let _first = limiter.acquire(&networks(None), 1).await;
        assert!(limiter.acquire(&networks(None), 1).await.is_none());
    }

    #[tokio::test]
    async fn nothing_is_kept_of_clients_that_are_gone() {
        let limiter = ConcurrencyLimiter::default();
        let client = networks(None);
        let first = limiter.acquire(&client, 1).await;
        let mut second = Box::pin(limiter.acquire(&client, 1));
        assert!((&mut second).now_or_never().is_none());
        drop(first);
        drop(second);
        assert!(limiter.clients.lock().is_empty());
    }
}
