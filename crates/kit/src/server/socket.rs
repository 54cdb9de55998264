//! One WebSocket of the router: it must begin in time, and whoever has gone without a word is noticed.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_graphql::{
    Data, Executor,
    http::{WebSocket as Protocol, WebSocketProtocols, WsMessage},
};
use axum::{
    body::Bytes,
    extract::ws::{CloseFrame, Message, WebSocket},
};
use futures::{SinkExt, StreamExt, future::ready, stream::SplitSink};
use parking_lot::Mutex;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

/// `connection_init` did not come in time (graphql-transport-ws).
const INITIALISATION_TIMEOUT: u16 = 4408;

/// How patient a socket is.
#[derive(Clone, Copy, Debug)]
pub struct SocketTimeouts {
    /// Until `connection_init` must have come.
    pub init: Duration,
    /// Between two pings.
    pub ping_interval: Duration,
    /// Without any frame, for this long, the other end is taken for gone.
    pub silence: Duration,
    /// Until a message must have been taken.
    pub write: Duration,
}

impl Default for SocketTimeouts {
    fn default() -> Self {
        Self {
            init: Duration::from_secs(10),
            ping_interval: Duration::from_secs(10),
            silence: Duration::from_secs(30),
            write: Duration::from_secs(15),
        }
    }
}

/// Executes what comes over `socket` until either end has had enough.
pub(super) async fn serve<E, F, R>(socket: WebSocket, executor: E, timeouts: SocketTimeouts, on_init: F)
where
    E: Executor,
    F: FnOnce(serde_json::Value) -> R + Send + 'static,
    R: Future<Output = async_graphql::Result<Data>> + Send + 'static,
{
    let (mut sink, frames) = socket.split();
    let heard_at = Arc::new(Mutex::new(Instant::now()));
    let is_initialised = Arc::new(AtomicBool::new(false));
    // Pings and pongs are signs of life as well; axum answers the pings.
    let heard = Arc::clone(&heard_at);
    let texts = frames.take_while(|frame| ready(frame.is_ok())).filter_map(move |frame| {
        *heard.lock() = Instant::now();
        ready(frame.ok().filter(|frame| matches!(frame, Message::Text(_) | Message::Binary(_))).map(Message::into_data))
    });
    let initialised = Arc::clone(&is_initialised);
    let messages = Protocol::new(executor, texts, WebSocketProtocols::GraphQLWS).on_connection_init(move |payload| {
        initialised.store(true, Ordering::Relaxed);
        on_init(payload)
    });
    let mut messages = std::pin::pin!(messages);
    let mut init_deadline = std::pin::pin!(sleep(timeouts.init));
    let mut waits_for_init = true;
    let mut ping = interval(timeouts.ping_interval);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let next = tokio::select! {
            // What has come is read first: a process that stood still must not take its peers for gone.
            biased;
            message = messages.next() => message.map(into_frame),
            () = &mut init_deadline, if waits_for_init => {
                waits_for_init = false;
                if is_initialised.load(Ordering::Relaxed) {
                    continue;
                }
                Some(close(INITIALISATION_TIMEOUT, "connection_init did not come in time"))
            }
            _ = ping.tick() => {
                let is_silent = heard_at.lock().elapsed() > timeouts.silence;
                (!is_silent).then(|| Message::Ping(Bytes::new()))
            }
        };
        if send(&mut sink, next, timeouts.write).await.is_break() {
            return;
        }
    }
}

/// Sends a frame; nothing to send, a closing one, and one that is not taken in time are the last.
async fn send(sink: &mut SplitSink<WebSocket, Message>, frame: Option<Message>, within: Duration) -> ControlFlow<()> {
    let Some(frame) = frame else { return ControlFlow::Break(()) };
    let is_last = matches!(frame, Message::Close(_));
    let sent = timeout(within, sink.send(frame)).await;
    if is_last || !matches!(sent, Ok(Ok(()))) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

fn into_frame(message: WsMessage) -> Message {
    match message {
        WsMessage::Text(text) => Message::Text(text.into()),
        WsMessage::Close(code, reason) => close(code, &reason),
    }
}

fn close(code: u16, reason: &str) -> Message {
    Message::Close(Some(CloseFrame { code, reason: reason.into() }))
}
