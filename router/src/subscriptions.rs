//! Live subscriptions: how many one client may have, and the end of those over HTTP when the client's token or session has ended.
//! Those over WebSocket come through here too, and end with their socket.

use std::{
    collections::HashMap,
    error::Error,
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures::{FutureExt, future::LocalBoxFuture};
use hive_router::ntex::{
    http::body::{Body, BodySize, MessageBody, ResponseBody},
    time::{Millis, Sleep, sleep},
    util::Bytes,
};
use parking_lot::Mutex;

use crate::{
    connections::Slot,
    identity::Refusal,
    lease::{Lease, LeaseEnd},
    streaming::StreamFormat,
};

/// How often it is looked whether the token or the session has ended.
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

/// What ends a subscription, beside its source and its client.
pub(crate) enum Lifetime {
    /// The end of its socket, which has a lease of its own.
    OfSocket,
    /// The end of its client's token.
    Leased(Rc<Lease>),
    /// A moment, since nobody is signed in.
    Until(Instant),
}

impl Lifetime {
    /// What it ended with: a code and a message.
    fn end(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::OfSocket => None,
            Self::Leased(lease) => lease.end().map(|end| match end {
                LeaseEnd::TokenExpired => ("UNAUTHENTICATED", Refusal::Expired.message()),
                LeaseEnd::SessionEnded => ("UNAUTHENTICATED", Refusal::Revoked.message()),
            }),
            Self::Until(end) => (*end <= Instant::now())
                .then_some(("CONNECTION_EXPIRED", "This subscription has lasted as long as it may. Subscribe again.")),
        }
    }

    /// What renews it, when it is time.
    fn renewal(&self) -> Option<LocalBoxFuture<'static, ()>> {
        let Self::Leased(lease) = self else { return None };
        let lease = Rc::clone(lease);
        lease.is_due().then(|| async move { lease.renew().await }.boxed_local())
    }
}

/// What a subscription holds while it goes on.
pub(crate) struct SubscriptionPermits {
    /// Of the client's subscriptions.
    _subscription: SubscriptionPermit,
    /// Of the router's long-lived connections; a socket has its own.
    connection: Option<Slot>,
}

impl SubscriptionPermits {
    /// Both.
    pub(crate) fn new(subscription: SubscriptionPermit, connection: Option<Slot>) -> Self {
        Self { _subscription: subscription, connection }
    }

    /// Whether it is streamed over HTTP.
    pub(crate) fn is_over_http(&self) -> bool {
        self.connection.is_some()
    }
}

/// The results of a subscription, for its lifetime.
pub(crate) struct SubscriptionBody {
    body: ResponseBody<Body>,
    format: StreamFormat,
    lifetime: Lifetime,
    renewal: Option<LocalBoxFuture<'static, ()>>,
    next_poll: Sleep,
    is_due: bool,
    /// No event is underway: it may end here.
    is_between_events: bool,
    has_ended: bool,
    _permits: SubscriptionPermits,
}

impl SubscriptionBody {
    /// The same results, which release `permits` at their end.
    pub(crate) fn new(
        body: ResponseBody<Body>,
        format: StreamFormat,
        lifetime: Lifetime,
        permits: SubscriptionPermits,
    ) -> Self {
        Self {
            body,
            format,
            lifetime,
            renewal: None,
            next_poll: sleep(POLL_INTERVAL),
            is_due: false,
            is_between_events: true,
            has_ended: false,
            _permits: permits,
        }
    }

    /// Every [`POLL_INTERVAL`]: whether the lifetime is over, and whether it can be renewed.
    fn poll_lifetime(&mut self, cx: &mut Context<'_>) -> Option<Bytes> {
        if let Some(renewal) = &mut self.renewal
            && renewal.as_mut().poll(cx).is_ready()
        {
            self.renewal = None;
        }
        self.is_due = self.is_due || Pin::new(&mut self.next_poll).poll(cx).is_ready();
        if !self.is_due || !self.is_between_events {
            return None;
        }
        self.is_due = false;
        if let Some((code, message)) = self.lifetime.end() {
            return Some(self.format.last_chunk(code, message));
        }
        if self.renewal.is_none() {
            self.renewal = self.lifetime.renewal();
        }
        self.next_poll = sleep(Millis::from(POLL_INTERVAL));
        // Registers for the next poll, and starts what renews.
        self.is_due = Pin::new(&mut self.next_poll).poll(cx).is_ready();
        if self.is_due || self.renewal.is_some() {
            cx.waker().wake_by_ref();
        }
        None
    }
}

impl MessageBody for SubscriptionBody {
    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Rc<dyn Error>>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        if let Some(last) = self.poll_lifetime(cx) {
            self.has_ended = true;
            return Poll::Ready(Some(Ok(last)));
        }
        let polled = self.body.poll_next_chunk(cx);
        if let Poll::Ready(Some(Ok(chunk))) = &polled {
            self.is_between_events = self.format.ends_event(chunk);
        }
        polled
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
