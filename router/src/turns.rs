//! Turns: of one client only so many requests are executed at once. Its further ones wait, so that whoever asks a lot at the same
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

/// How long a request waits for its turn. The buckets bound how many wait.
const PATIENCE: Duration = Duration::from_secs(10);

type Clients = Arc<Mutex<HashMap<String, Weak<Semaphore>>>>;

/// Whose turn it is.
pub(crate) struct Turns {
    clients: Clients,
    patience: Duration,
}

impl Default for Turns {
    fn default() -> Self {
        Self { clients: Clients::default(), patience: PATIENCE }
    }
}

/// A request's turn; the client's next one has it when it is dropped.
pub(crate) struct Turn {
    clients: Clients,
    client: String,
    places: Option<Arc<Semaphore>>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// A turn for one more request of this client, of which `most` are executed at once. `None` when it does not come in time.
    pub(crate) async fn wait(&self, client: String, most: usize) -> Option<Turn> {
        let places = {
            let mut clients = self.clients.lock();
            let known = clients.get(&client).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let places = Arc::new(Semaphore::new(most));
                clients.insert(client.clone(), Arc::downgrade(&places));
                places
            })
        };
        // Made before it waits, so that a client that goes away meanwhile is forgotten as well.
        let clients = Arc::clone(&self.clients);
        let mut turn = Turn { clients, client, places: Some(Arc::clone(&places)), permit: None };
        turn.permit = Some(timeout(self.patience, places.acquire_owned()).await.ok()?.ok()?);
        Some(turn)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut clients = self.clients.lock();
        self.permit = None;
        self.places = None;
        if clients.get(&self.client).is_some_and(|places| places.strong_count() == 0) {
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
        let turns = Turns::default();
        let turn = |client: &str| turns.wait(client.to_owned(), 2);
        let first = turn("a").await;
        let second = turn("a").await;
        assert!(first.is_some() && second.is_some());
        let mut third = Box::pin(turn("a"));
        assert!((&mut third).now_or_never().is_none());
        assert!(turn("b").now_or_never().flatten().is_some());
        drop(first);
        assert!(third.now_or_never().flatten().is_some());
    }

    #[tokio::test]
    async fn who_waits_in_vain_is_told() {
        let turns = Turns { patience: Duration::from_millis(20), ..Turns::default() };
        let _first = turns.wait("a".to_owned(), 1).await;
        assert!(turns.wait("a".to_owned(), 1).await.is_none());
    }

    #[tokio::test]
    async fn nothing_is_kept_of_clients_that_are_gone() {
        let turns = Turns::default();
        let first = turns.wait("a".to_owned(), 1).await;
        let mut second = Box::pin(turns.wait("a".to_owned(), 1));
        assert!((&mut second).now_or_never().is_none());
        drop(first);
        drop(second);
        assert!(turns.clients.lock().is_empty());
    }
}
