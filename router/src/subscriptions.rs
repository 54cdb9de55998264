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
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How many subscriptions each client has.
#[derive(Clone)]
pub(crate) struct Subscriptions {
    taken: Arc<Mutex<HashMap<String, usize>>>,
    most: usize,
}

/// One of a client's subscriptions; given back when it is dropped.
pub(crate) struct Subscribed {
    taken: Arc<Mutex<HashMap<String, usize>>>,
    client: String,
}

impl Subscriptions {
    /// `most` for each client.
    pub(crate) fn new(most: usize) -> Self {
        Self { taken: Arc::default(), most }
    }

    /// One more for this client, unless it has too many.
    pub(crate) fn begin(&self, client: String) -> Option<Subscribed> {
        let mut taken = self.taken.lock();
        let count = taken.entry(client.clone()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Subscribed { taken: Arc::clone(&self.taken), client })
    }
}

impl Drop for Subscribed {
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
pub(crate) struct Results {
    body: ResponseBody<Body>,
    has_ended: Box<dyn Fn() -> bool>,
    look_again: Sleep,
    _place: Subscribed,
}

impl Results {
    /// The same results, which give back `place` at their end.
    pub(crate) fn new(body: ResponseBody<Body>, place: Subscribed, has_ended: Box<dyn Fn() -> bool>) -> Self {
        Self { body, has_ended, look_again: sleep(LOOK_EVERY), _place: place }
    }
}

impl MessageBody for Results {
    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Rc<dyn Error>>>> {
        if Pin::new(&mut self.look_again).poll(cx).is_ready() {
            if (self.has_ended)() {
                return Poll::Ready(None);
            }
            self.look_again = sleep(Millis::from(LOOK_EVERY));
            // Registers for the next look.
            if Pin::new(&mut self.look_again).poll(cx).is_ready() {
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
        let first = subscriptions.begin("a".to_owned());
        let second = subscriptions.begin("a".to_owned());
        assert!(first.is_some() && second.is_some());
        assert!(subscriptions.begin("a".to_owned()).is_none());
        assert!(subscriptions.begin("b".to_owned()).is_some());
        drop(first);
        assert!(subscriptions.begin("a".to_owned()).is_some());
    }

    #[test]
    fn nothing_is_kept_of_clients_that_have_none() {
        let subscriptions = Subscriptions::new(2);
        drop(subscriptions.begin("a".to_owned()));
        assert!(subscriptions.taken.lock().is_empty());
    }
}
