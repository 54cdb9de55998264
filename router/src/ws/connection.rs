//! One client's socket: its handshake, its operations, and its end.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    net::IpAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use futures::{
    StreamExt,
    future::{AbortHandle, abortable},
};
use hive_router::ntex::{
    http::{HeaderMap, header::HeaderName},
    rt,
    time::sleep,
    util::{Bytes, BytesMut},
    web::ws,
    ws::Item,
};
use serde_json::{Map, Value};

use crate::{connections::Slot, graphql::Answer, lease::Lease};

use super::{
    Opening, Sockets,
    protocol::{self, ClientMessage, Closing},
};

/// How long a client has until `connection_init`.
const INITIALISATION_TIMEOUT: Duration = Duration::from_secs(10);

/// How often a client is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(15);

/// How often it is looked whether the client has begun, and whether its token or its session has ended.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How long a client may be silent.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(45);

/// How long a client may leave its results unread. Meanwhile a subscription skips frames, which are full states.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Operations that one client may have open.
const MAX_OPERATIONS: usize = 100;

/// What an operation's request takes over from the request that opened the socket.
const FORWARDED_HEADERS: [&str; 6] =
    ["authorization", "x-api-key", "user-agent", "x-forwarded-for", "accept-language", "traceparent"];

/// A client's socket.
pub(super) struct Connection {
    sink: ws::WsSink,
    pub(super) sockets: Sockets,
    /// Headers of each operation's request.
    pub(super) headers: RefCell<HeaderMap>,
    /// The client's address.
    pub(super) address: Option<IpAddr>,
    pub(super) slot: RefCell<Slot>,
    /// Of who is signed in.
    pub(super) lease: RefCell<Option<Rc<Lease>>>,
    /// A token that the client has shown is being looked at.
    pub(super) is_renewing: Cell<bool>,
    pub(super) is_initialised: Cell<bool>,
    opened_at: Instant,
    /// When an operation last began or ended.
    last_active: Cell<Instant>,
    last_received: Cell<Instant>,
    /// The beginning of a message that comes in several frames.
    unfinished: RefCell<BytesMut>,
    operations: RefCell<HashMap<String, AbortHandle>>,
    watch: RefCell<Option<AbortHandle>>,
}

impl Connection {
    /// Starts to serve a client.
    pub(super) fn open(sink: ws::WsSink, sockets: Sockets, opening: Opening, speaks_protocol: bool) -> Rc<Self> {
        let connection = Rc::new(Self {
            sink,
            sockets,
            headers: RefCell::new(forwarded(&opening.headers)),
            address: opening.address,
            slot: RefCell::new(opening.slot),
            lease: RefCell::new(opening.lease.map(Rc::new)),
            is_renewing: Cell::new(false),
            is_initialised: Cell::new(false),
            opened_at: Instant::now(),
            last_active: Cell::new(Instant::now()),
            last_received: Cell::new(Instant::now()),
            unfinished: RefCell::default(),
            operations: RefCell::default(),
            watch: RefCell::default(),
        });
        if speaks_protocol {
            let (watch, handle) = abortable(Rc::clone(&connection).watch());
            connection.watch.replace(Some(handle));
            rt::spawn(watch);
        } else {
            let refused = Rc::clone(&connection);
            rt::spawn(async move { refused.close(Closing::SubprotocolNotAcceptable) });
        }
        connection
    }

    /// Takes in a frame, and says what to answer at once.
    pub(super) fn on_frame(self: &Rc<Self>, frame: ws::Frame) -> Option<ws::Message> {
        self.last_received.set(Instant::now());
        match frame {
            ws::Frame::Text(text) => self.on_message(&text),
            ws::Frame::Continuation(item) => match self.assemble(item) {
                Ok(Some(text)) => self.on_message(&text),
                Ok(None) => None,
                Err(closing) => Some(closing.into()),
            },
            ws::Frame::Ping(data) => Some(ws::Message::Pong(data)),
            ws::Frame::Pong(_) => None,
            ws::Frame::Binary(_) => Some(Closing::BadRequest.into()),
            ws::Frame::Close(reason) => Some(ws::Message::Close(reason)),
        }
    }

    /// Ends all that was done for the client.
    pub(super) fn on_closed(&self) {
        for (_, operation) in self.operations.borrow_mut().drain() {
            operation.abort();
        }
        if let Some(watch) = self.watch.take() {
            watch.abort();
        }
    }

    fn assemble(&self, item: Item) -> Result<Option<Bytes>, Closing> {
        let mut unfinished = self.unfinished.borrow_mut();
        let (part, is_last) = match item {
            Item::FirstText(part) => {
                unfinished.clear();
                (part, false)
            }
            Item::Continue(part) => (part, false),
            Item::Last(part) => (part, true),
            Item::FirstBinary(_) => return Err(Closing::BadRequest),
        };
        if unfinished.len() + part.len() > self.sockets.longest_message {
            return Err(Closing::TooBig);
        }
        unfinished.extend_from_slice(&part);
        Ok(is_last.then(|| std::mem::take(&mut *unfinished).freeze()))
    }

    fn on_message(self: &Rc<Self>, text: &[u8]) -> Option<ws::Message> {
        let Ok(message) = serde_json::from_slice(text) else {
            return Some(Closing::BadRequest.into());
        };
        match message {
            ClientMessage::ConnectionInit { payload } => self.initialise(&payload.unwrap_or_default()),
            ClientMessage::Ping { payload } => self.on_ping(&payload.unwrap_or_default()),
            ClientMessage::Pong {} => None,
            ClientMessage::Subscribe { .. } if !self.is_initialised.get() => Some(Closing::Unauthorized.into()),
            ClientMessage::Subscribe { id, payload } => self.start(id, payload),
            ClientMessage::Complete { id } => {
                if let Some(operation) = self.operations.borrow_mut().remove(&id) {
                    operation.abort();
                }
                None
            }
        }
    }

    fn start(self: &Rc<Self>, id: String, payload: Map<String, Value>) -> Option<ws::Message> {
        let mut operations = self.operations.borrow_mut();
        if operations.contains_key(&id) {
            return Some(Closing::SubscriberAlreadyExists.into());
        }
        if operations.len() >= MAX_OPERATIONS {
            let message = "Too many operations are open on this connection.";
            return Some(message_of(protocol::refused(&id, "RATE_LIMITED", message)));
        }
        self.last_active.set(Instant::now());
        let (operation, handle) = abortable(Rc::clone(self).run(id.clone(), payload));
        operations.insert(id, handle);
        rt::spawn(operation);
        None
    }

    async fn run(self: Rc<Self>, id: String, mut payload: Map<String, Value>) {
        let ended = match self.authorize_operation(&mut payload).await {
            Ok(()) => self.execute(&id, payload).await,
            Err(refusal) => vec![protocol::refused(&id, refusal.code(), refusal.message())],
        };
        // Forgotten first: the client may use the id again as soon as it hears the end.
        self.operations.borrow_mut().remove(&id);
        self.last_active.set(Instant::now());
        for message in ended {
            self.send(message);
        }
    }

    /// Executes an operation, and gives what is sent at its end.
    async fn execute(&self, id: &str, payload: Map<String, Value>) -> Vec<String> {
        let headers = self.headers.borrow().clone();
        let body = Value::Object(payload).to_string().into_bytes();
        match self.sockets.graphql.execute(headers, body).await {
            Ok(Answer::Single(result)) => protocol::answered(id, std::str::from_utf8(&result).unwrap_or_default()),
            Ok(Answer::Stream(mut results)) => {
                while let Some(result) = results.next().await {
                    let Ok(result) = result else { return vec![failed(id)] };
                    self.send(protocol::next(id, &result));
                    self.drain().await;
                }
                vec![protocol::complete(id)]
            }
            Err(error) => {
                tracing::error!(%error, "an operation over a socket failed");
                vec![failed(id)]
            }
        }
    }

    pub(super) fn send(&self, message: String) {
        // A failure means that the socket is gone, which ends this operation anyway.
        drop(self.sink.send(message_of(message)));
    }

    /// Waits until the client has read most of what it was sent.
    async fn drain(&self) {
        let mut waited = Duration::ZERO;
        let pause = Duration::from_millis(20);
        while self.sink.io().is_wr_backpressure() && !self.sink.io().is_closed() {
            if waited > WRITE_TIMEOUT {
                self.close(Closing::TooSlow);
                self.sink.io().terminate();
                return;
            }
            sleep(pause).await;
            waited += pause;
        }
    }

    /// Closes the socket when its time is over, or when the client is gone without having said so.
    async fn watch(self: Rc<Self>) {
        let mut next_ping = Instant::now() + PING_INTERVAL;
        while self.last_received.get().elapsed() < SILENCE_TIMEOUT {
            if let Some(closing) = self.overdue() {
                return self.close(closing);
            }
            let lease = self.lease.borrow().clone();
            if let Some(lease) = lease.filter(|lease| lease.is_due()) {
                lease.renew().await;
            }
            if next_ping <= Instant::now() {
                drop(self.sink.send(ws::Message::Ping(Bytes::new())));
                next_ping = Instant::now() + PING_INTERVAL;
            }
            sleep(POLL_INTERVAL).await;
        }
        self.sink.io().terminate();
    }

    /// Why the socket is closed now, if it is.
    fn overdue(&self) -> Option<Closing> {
        let age = self.opened_at.elapsed();
        if !self.is_initialised.get() {
            return (age >= INITIALISATION_TIMEOUT).then_some(Closing::InitialisationTimeout);
        }
        if let Some(lease) = self.lease.borrow().as_ref() {
            return lease.end().map(Closing::from);
        }
        let anonymous = self.sockets.state.anonymous;
        let is_idle = self.operations.borrow().is_empty() && self.last_active.get().elapsed() >= anonymous.idle_timeout;
        if age >= anonymous.lifetime {
            return Some(Closing::LifetimeOver);
        }
        is_idle.then_some(Closing::Idle)
    }

    pub(super) fn close(&self, closing: Closing) {
        drop(self.sink.send(closing.into()));
        self.sink.io().close();
    }
}

fn failed(id: &str) -> String {
    protocol::refused(id, "INTERNAL", "The operation could not be executed.")
}

pub(super) fn message_of(text: String) -> ws::Message {
    ws::Message::Text(text.into())
}

fn forwarded(opened_with: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in FORWARDED_HEADERS.map(HeaderName::from_static) {
        for value in opened_with.get_all(&name) {
            headers.append(name.clone(), value.clone());
        }
    }
    headers
}
