//! Live subscriptions: how many one client may have, and their end when the client's session has ended. Those over WebSocket
//! come through here too.

use std::{
    collections::HashMap,
    error::Error,
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hive_router::ntex::{
    http::body::{Body, BodySize, MessageBody, ResponseBody},
    time::{Millis, Sleep, sleep},
    util::Bytes,
};
use parking_lot::Mutex;

/// How often it is looked whether the session has ended.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How many subscriptions each client has.
#[derive(Clone)]
pub(crate) struct Subscriptions {
    taken: Arc<Mutex<HashMap<String, usize>>>,
    most: usize,
}

/// One of a client's subscriptions; given back when it is dropped.
pub(crate) struct SubscriptionPermit {
    taken: Arc<Mutex<HashMap<String, usize>>>,
    client: String,
}

impl Subscriptions {
    /// `most` for each client.
    pub(crate) fn new(most: usize) -> Self {
        Self { taken: Arc::default(), most }
    }

    /// One more for this client, unless it has too many.
    pub(crate) fn acquire(&self, client: String) -> Option<SubscriptionPermit> {
        let mut taken = self.taken.lock();
        let count = taken.entry(client.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(SubscriptionPermit { taken: Arc::clone(&self.taken), client })
    }
}

impl Drop for SubscriptionPermit {
    fn drop(&mut self) {
        let mut taken = self.taken.lock();
        if let Some(count) = taken.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.client);
            }
        }
    }
}

/// The results of a subscription, as long as `has_ended` says no.
pub(crate) struct SubscriptionBody {
    body: ResponseBody<Body>,
    has_ended: Box<dyn Fn() -> bool>,
    next_poll: Sleep,
    _permit: SubscriptionPermit,
}

impl SubscriptionBody {
    /// The same results, which release `permit` at their end.
    pub(crate) fn new(body: ResponseBody<Body>, permit: SubscriptionPermit, has_ended: Box<dyn Fn() -> bool>) -> Self {
        Self { body, has_ended, next_poll: sleep(POLL_INTERVAL), _permit: permit }
    }
}

impl MessageBody for SubscriptionBody {
    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Rc<dyn Error>>>> {
        if Pin::new(&mut self.next_poll).poll(cx).is_ready() {
            if (self.has_ended)() {
                return Poll::Ready(None);
            }
            self.next_poll = sleep(Millis::from(POLL_INTERVAL));
            // Registers for the next look.
            if Pin::new(&mut self.next_poll).poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
        }
        self.body.poll_next_chunk(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_so_many_and_another_has_its_own() {
        let subscriptions = Subscriptions::new(2);
        let first = subscriptions.acquire("a".to_owned());
        let second = subscriptions.acquire("a".to_owned());
        assert!(first.is_some() && second.is_some());
        assert!(subscriptions.acquire("a".to_owned()).is_none());
        assert!(subscriptions.acquire("b".to_owned()).is_some());
        drop(first);
        assert!(subscriptions.acquire("a".to_owned()).is_some());
    }

    #[test]
    fn nothing_is_kept_of_clients_that_have_none() {
        let subscriptions = Subscriptions::new(2);
        drop(subscriptions.acquire("a".to_owned()));
        assert!(subscriptions.taken.lock().is_empty());
    }
}
