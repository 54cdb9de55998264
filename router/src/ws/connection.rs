//! One client's socket: its handshake, its operations, and its end.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::Rc,
    time::{Duration, Instant},
};

use futures::{
    StreamExt,
    future::{AbortHandle, abortable},
};
use hive_router::ntex::{
    http::{
        HeaderMap,
        header::{AUTHORIZATION, HeaderName, HeaderValue},
    },
    rt,
    time::sleep,
    util::{Bytes, BytesMut},
    web::ws,
    ws::Item,
};
use serde_json::{Map, Value};

use crate::{graphql::Answer, state::API_KEY};

use super::{
    Place, Sockets,
    protocol::{self, ClientMessage, Closing},
};

/// How long a client has until `connection_init`.
const INITIALISATION: Duration = Duration::from_secs(10);

/// How often a client is asked whether it is still there.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How often it is looked whether the client has begun, and whether its session has ended.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a client may be silent.
const SILENCE: Duration = Duration::from_secs(45);

/// How long a client may leave its results unread. Meanwhile a subscription skips frames, which are full states.
const UNREAD: Duration = Duration::from_secs(10);

/// Operations that one client may have open.
const MOST_OPERATIONS: usize = 100;

/// What an operation's request takes over from the request that opened the socket.
const TAKEN_OVER: [&str; 6] =
    ["authorization", "x-api-key", "user-agent", "x-forwarded-for", "accept-language", "traceparent"];

/// A client's socket.
pub(super) struct Connection {
    sink: ws::WsSink,
    sockets: Sockets,
    /// Headers of each operation's request.
    headers: RefCell<HeaderMap>,
    is_initialised: Cell<bool>,
    last_heard: Cell<Instant>,
    /// The beginning of a message that comes in several frames.
    unfinished: RefCell<BytesMut>,
    operations: RefCell<HashMap<String, AbortHandle>>,
    watch: RefCell<Option<AbortHandle>>,
    _place: Option<Place>,
}

impl Connection {
    /// Starts to serve a client that opened its socket with a request with these headers.
    pub(super) fn open(
        sink: ws::WsSink,
        sockets: Sockets,
        opened_with: &HeaderMap,
        speaks_protocol: bool,
        place: Option<Place>,
    ) -> Rc<Self> {
        let connection = Rc::new(Self {
            sink,
            sockets,
            headers: RefCell::new(taken_over(opened_with)),
            is_initialised: Cell::new(false),
            last_heard: Cell::new(Instant::now()),
            unfinished: RefCell::default(),
            operations: RefCell::default(),
            watch: RefCell::default(),
            _place: place,
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
    pub(super) fn hear(self: &Rc<Self>, frame: ws::Frame) -> Option<ws::Message> {
        self.last_heard.set(Instant::now());
        match frame {
            ws::Frame::Text(text) => self.hear_message(&text),
            ws::Frame::Continuation(item) => match self.assemble(item) {
                Ok(Some(text)) => self.hear_message(&text),
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
    pub(super) fn closed(&self) {
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

    fn hear_message(self: &Rc<Self>, text: &[u8]) -> Option<ws::Message> {
        let Ok(message) = serde_json::from_slice(text) else {
            return Some(Closing::BadRequest.into());
        };
        match message {
            ClientMessage::ConnectionInit { payload } => Some(self.initialise(&payload.unwrap_or_default())),
            ClientMessage::Ping {} => Some(message_of(protocol::pong())),
            ClientMessage::Pong {} => None,
            ClientMessage::Subscribe { .. } if !self.is_initialised.get() => Some(Closing::Unauthorized.into()),
            ClientMessage::Subscribe { id, payload } => self.start(id, &payload),
            ClientMessage::Complete { id } => {
                if let Some(operation) = self.operations.borrow_mut().remove(&id) {
                    operation.abort();
                }
                None
            }
        }
    }

    /// A token that is given here counts instead of one in the request that opened the socket. It is checked with each
    /// operation, as it may expire between two.
    fn initialise(&self, payload: &Map<String, Value>) -> ws::Message {
        if self.is_initialised.replace(true) {
            return Closing::TooManyInitialisations.into();
        }
        let given = [(AUTHORIZATION, protocol::authorization(payload)), (API_KEY, protocol::api_key(payload))];
        if given.iter().any(|(_, credential)| credential.is_some()) {
            let mut headers = self.headers.borrow_mut();
            headers.remove(AUTHORIZATION);
            headers.remove(API_KEY);
            for (name, credential) in given {
                // What cannot be a header is no token either, but must be refused and not forgotten.
                let value = credential.map(|credential| {
                    HeaderValue::try_from(credential).unwrap_or_else(|_| HeaderValue::from_static("Bearer"))
                });
                if let Some(value) = value {
                    headers.insert(name, value);
                }
            }
        }
        message_of(protocol::acknowledged())
    }

    fn start(self: &Rc<Self>, id: String, payload: &Map<String, Value>) -> Option<ws::Message> {
        let mut operations = self.operations.borrow_mut();
        if operations.contains_key(&id) {
            return Some(Closing::SubscriberAlreadyExists.into());
        }
        if operations.len() >= MOST_OPERATIONS {
            let message = "Too many operations are open on this connection.";
            return Some(message_of(protocol::refused(&id, "RATE_LIMITED", message)));
        }
        let body = Value::Object(payload.clone()).to_string().into_bytes();
        let (operation, handle) = abortable(Rc::clone(self).run(id.clone(), body));
        operations.insert(id, handle);
        rt::spawn(operation);
        None
    }

    async fn run(self: Rc<Self>, id: String, body: Vec<u8>) {
        let headers = self.headers.borrow().clone();
        let answer = self.sockets.graphql.execute(headers, body).await;
        let ended = match answer {
            Ok(Answer::Single(result)) => {
                let result = std::str::from_utf8(&result).unwrap_or_default();
                protocol::answered(&id, result)
            }
            Ok(Answer::Stream(mut results)) => {
                while let Some(result) = results.next().await {
                    self.say(protocol::next(&id, &result));
                    self.let_read().await;
                }
                vec![protocol::complete(&id)]
            }
            Err(error) => {
                tracing::error!(%error, "an operation over a socket failed");
                vec![protocol::refused(&id, "INTERNAL", "The operation could not be executed.")]
            }
        };
        // Forgotten first: the client may use the id again as soon as it hears the end.
        self.operations.borrow_mut().remove(&id);
        for message in ended {
            self.say(message);
        }
    }

    fn say(&self, message: String) {
        // A failure means that the socket is gone, which ends this operation anyway.
        drop(self.sink.send(message_of(message)));
    }

    /// Waits until the client has read most of what it was sent.
    async fn let_read(&self) {
        let mut waited = Duration::ZERO;
        let pause = Duration::from_millis(20);
        while self.sink.io().is_wr_backpressure() && !self.sink.io().is_closed() {
            if waited > UNREAD {
                self.close(Closing::TooSlow);
                self.sink.io().terminate();
                return;
            }
            sleep(pause).await;
            waited += pause;
        }
    }

    /// Closes the socket when the client does not begin, when its session has ended, or when it is gone without having said so.
    async fn watch(self: Rc<Self>) {
        let opened_at = Instant::now();
        while !self.is_initialised.get() {
            if opened_at.elapsed() >= INITIALISATION {
                return self.close(Closing::InitialisationTimeout);
            }
            sleep(LOOK_EVERY).await;
        }
        let headers = self.headers.borrow().clone();
        let caller = self.sockets.state.claimed_caller(&headers).await;
        let mut beat = Instant::now();
        while self.last_heard.get().elapsed() < SILENCE {
            if caller.as_ref().is_some_and(|caller| self.sockets.state.identity.has_ended(caller)) {
                return self.close(Closing::SessionEnded);
            }
            if beat <= Instant::now() {
                drop(self.sink.send(ws::Message::Ping(Bytes::new())));
                beat = Instant::now() + HEARTBEAT;
            }
            sleep(LOOK_EVERY).await;
        }
        self.sink.io().terminate();
    }

    fn close(&self, closing: Closing) {
        drop(self.sink.send(closing.into()));
        self.sink.io().close();
    }
}

fn message_of(text: String) -> ws::Message {
    ws::Message::Text(text.into())
}

fn taken_over(opened_with: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for name in TAKEN_OVER.map(HeaderName::from_static) {
        for value in opened_with.get_all(&name) {
            headers.append(name.clone(), value.clone());
        }
    }
    headers
}
