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
    clients: Clients,
    client: String,
    semaphore: Option<Arc<Semaphore>>,
    permit: Option<OwnedSemaphorePermit>,
}

impl ConcurrencyLimiter {
    /// A permit for one more request of this client, of which `max` are executed at once. `None` when none is free in time.
    pub(crate) async fn acquire(&self, client: String, max: usize) -> Option<Permit> {
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
        let mut permit = Permit { clients, client, semaphore: Some(Arc::clone(&semaphore)), permit: None };
        permit.permit = Some(timeout(self.acquire_timeout, semaphore.acquire_owned()).await.ok()?.ok()?);
        Some(permit)
    }
}

impl Drop for Permit {
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

    #[tokio::test]
    async fn a_client_has_so_many_at_once_and_another_has_its_own() {
        let limiter = ConcurrencyLimiter::default();
        let acquire = |client: &str| limiter.acquire(client.to_owned(), 2);
        let first = acquire("a").await;
        let second = acquire("a").await;
        assert!(first.is_some() && second.is_some());
        let mut third = Box::pin(acquire("a"));
        assert!((&mut third).now_or_never().is_none());
        assert!(acquire("b").now_or_never().flatten().is_some());
        drop(first);
        assert!(third.now_or_never().flatten().is_some());
    }

    #[tokio::test]
    async fn no_permit_is_given_after_the_timeout() {
        let limiter =
            ConcurrencyLimiter { acquire_timeout: Duration::from_millis(20), ..ConcurrencyLimiter::default() };
        let _first = limiter.acquire("a".to_owned(), 1).await;
        assert!(limiter.acquire("a".to_owned(), 1).await.is_none());
    }

    #[tokio::test]
    async fn nothing_is_kept_of_clients_that_are_gone() {
        let limiter = ConcurrencyLimiter::default();
        let first = limiter.acquire("a".to_owned(), 1).await;
        let mut second = Box::pin(limiter.acquire("a".to_owned(), 1));
        assert!((&mut second).now_or_never().is_none());
        drop(first);
        drop(second);
        assert!(limiter.clients.lock().is_empty());
    }
}
