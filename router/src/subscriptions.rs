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
    network::Counted,
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
    counted: Vec<Counted>,
}

impl Subscriptions {
    /// `most` for each client, and in wider networks as many more as their share is.
    pub(crate) fn new(most: usize) -> Self {
        Self { taken: Arc::default(), most }
    }

    /// One more for whom it is counted, unless one of them has too many.
    pub(crate) fn acquire(&self, counted: Vec<Counted>) -> Option<SubscriptionPermit> {
        let mut taken = self.taken.lock();
        let is_full = |Counted { name, share }: &Counted| {
            let most = self.most.saturating_mul(usize::try_from(*share).unwrap_or(usize::MAX));
            taken.get(name).copied().unwrap_or_default() >= most
        };
        if counted.iter().any(is_full) {
            return None;
        }
        for Counted { name, .. } in &counted {
            *taken.entry(name.clone()).or_default() += 1;
        }
        Some(SubscriptionPermit { taken: Arc::clone(&self.taken), counted })
    }
}

impl Drop for SubscriptionPermit {
    fn drop(&mut self) {
        let mut taken = self.taken.lock();
        for Counted { name, .. } in &self.counted {
            let Some(count) = taken.get_mut(name) else { continue };
            *count -= 1;
            if *count == 0 {
                taken.remove(name);
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
    use crate::network::networks;

    fn client(address: &str) -> Vec<Counted> {
        networks(address.parse().ok())
    }

    #[test]
    fn the_addresses_of_a_network_are_one_client() {
        let subscriptions = Subscriptions::new(1);
        let _first = subscriptions.acquire(client("2001:db8::1"));
        assert!(subscriptions.acquire(client("2001:db8::2")).is_none());
        let one = |number: u32| subscriptions.acquire(client(&format!("2001:db8:0:{number}::1")));
        let held: Vec<_> = (1..9).filter_map(one).collect();
        assert_eq!(held.len(), 3, "four of one /56");
        assert!(subscriptions.acquire(client("2001:db8:0:100::1")).is_some());
    }

    #[test]
    fn a_client_has_so_many_and_another_has_its_own() {
        let subscriptions = Subscriptions::new(2);
        let first = subscriptions.acquire(client("192.0.2.1"));
        let second = subscriptions.acquire(client("192.0.2.1"));
        assert!(first.is_some() && second.is_some());
        assert!(subscriptions.acquire(client("192.0.2.1")).is_none());
        assert!(subscriptions.acquire(client("192.0.2.2")).is_some());
        drop(first);
        assert!(subscriptions.acquire(client("192.0.2.1")).is_some());
    }

    #[test]
    fn nothing_is_kept_of_clients_that_have_none() {
        let subscriptions = Subscriptions::new(2);
        drop(subscriptions.acquire(client("192.0.2.1")));
        assert!(subscriptions.taken.lock().is_empty());
    }
}
