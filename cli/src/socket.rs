//! Subscriptions over one WebSocket (graphql-transport-ws). The socket is opened with the first subscription, opened again
//! when it breaks, and every subscription that is still wanted is made again on the new one. Each frame is a full state, so
//! that nothing is lost by a gap.

use std::{collections::HashMap, sync::Arc, time::Duration};

use cynic::{GraphQlResponse, StreamingOperation};
use futures::{SinkExt, StreamExt};
use polyphony_kit::Tasks;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::mpsc,
    time::{Instant, interval, sleep, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use crate::{
    client::{Client, Extensions, classify},
    error::ApiError,
    retry::jittered,
};

const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
const PING_EVERY: Duration = Duration::from_secs(15);
/// A server that says nothing for this long, not even to our pings, is gone.
const SILENCE: Duration = Duration::from_secs(45);
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// One WebSocket to the platform, shared by any number of subscriptions.
pub(crate) struct Socket {
    wishes: mpsc::UnboundedSender<Wish>,
    next_id: std::sync::atomic::AtomicU64,
}

enum Wish {
    Subscribe { id: String, payload: Value, frames: mpsc::UnboundedSender<Value> },
    Forget { id: String },
}

/// The frames of a subscription; dropping it ends the subscription.
pub(crate) struct Frames<D> {
    id: String,
    received: mpsc::UnboundedReceiver<Value>,
    wishes: mpsc::UnboundedSender<Wish>,
    data: std::marker::PhantomData<fn() -> D>,
}

impl<D: DeserializeOwned> Frames<D> {
    /// The next frame that can be read; `None` when the server ended the subscription.
    pub(crate) async fn next(&mut self) -> Option<D> {
        loop {
            let frame = self.received.recv().await?;
            if let Ok(GraphQlResponse { data: Some(data), .. }) = serde_json::from_value::<GraphQlResponse<D>>(frame) {
                return Some(data);
            }
        }
    }
}

impl<D> Drop for Frames<D> {
    fn drop(&mut self) {
        // A driver that has ended has nothing to forget.
        let _ = self.wishes.send(Wish::Forget { id: std::mem::take(&mut self.id) });
    }
}

impl Socket {
    /// A socket for this client's session; it lives until the tasks end.
    pub(crate) fn new(client: Arc<Client>, tasks: &Tasks) -> Self {
        let (wishes, heard) = mpsc::unbounded_channel();
        let driver = Driver { client, heard, wanted: HashMap::new() };
        let stop = tasks.token();
        tasks.spawn("socket", async move {
            tokio::select! { () = driver.run() => {} () = stop.cancelled() => {} }
        });
        Self { wishes, next_id: std::sync::atomic::AtomicU64::new(1) }
    }

    /// Subscribes; frames come as soon as the socket is open.
    pub(crate) fn subscribe<D, V: Serialize>(&self, operation: &StreamingOperation<D, V>) -> Frames<D> {
        let id = self.next_id.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
        let payload = serde_json::to_value(operation).unwrap_or_default();
        let (sender, received) = mpsc::unbounded_channel();
        // Without a driver the sender is dropped here, and the subscription has ended.
        let _ = self.wishes.send(Wish::Subscribe { id: id.clone(), payload, frames: sender });
        Frames { id, received, wishes: self.wishes.clone(), data: std::marker::PhantomData }
    }
}

struct Wanted {
    payload: Value,
    frames: mpsc::UnboundedSender<Value>,
}

struct Driver {
    client: Arc<Client>,
    heard: mpsc::UnboundedReceiver<Wish>,
    wanted: HashMap<String, Wanted>,
}

/// Why a connection ended.
enum Ended {
    /// Nobody wants it any more.
    Unwanted,
    /// It broke, or the server closed it.
    Broken,
}

/// A message of the protocol.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    ConnectionAck,
    Ping,
    Pong,
    Next { id: String, payload: Value },
    Error { id: String, payload: Value },
    Complete { id: String },
}

impl Driver {
    async fn run(mut self) {
        let mut wait = FIRST_WAIT;
        loop {
            while self.wanted.is_empty() {
                let Some(wish) = self.heard.recv().await else { return };
                self.note(wish);
            }
            let began = Instant::now();
            if let Ok((stream, authorization)) = self.open().await
                && matches!(self.serve(stream, authorization).await, Ended::Unwanted)
            {
                return;
            }
            // One that held for a while was a good one: on a bad network it is worth to come back at once.
            if began.elapsed() > wait * 2 {
                wait = FIRST_WAIT;
            }
            sleep(jittered(wait)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    fn note(&mut self, wish: Wish) -> Option<Value> {
        match wish {
            Wish::Subscribe { id, payload, frames } => {
                let message = json!({ "id": id, "type": "subscribe", "payload": payload });
                self.wanted.insert(id, Wanted { payload, frames });
                Some(message)
            }
            Wish::Forget { id } => self.wanted.remove(&id).map(|_| json!({ "id": id, "type": "complete" })),
        }
    }

    /// Opens a socket, and gives it with the authorization that the server has seen.
    async fn open(&self) -> anyhow::Result<(Stream, String)> {
        let endpoint = &self.client.endpoint;
        let token = self.authorization().await?;
        let mut url = endpoint.url.clone();
        let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
        anyhow::ensure!(url.set_scheme(scheme).is_ok(), "the address cannot be that of a WebSocket");
        let mut request = url.as_str().into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        request.headers_mut().insert("authorization", HeaderValue::from_str(&token)?);
        let opening = async {
            let (mut stream, _) = connect_async(request).await?;
            say(&mut stream, &json!({ "type": "connection_init", "payload": { "Authorization": token } })).await?;
            while let Some(message) = stream.next().await {
                match read(&message?) {
                    Some(Said::ConnectionAck) => return Ok((stream, token)),
                    Some(Said::Ping) => say(&mut stream, &json!({ "type": "pong" })).await?,
                    _ => {}
                }
            }
            anyhow::bail!("the server closed the socket")
        };
        timeout(OPEN_TIMEOUT, opening).await?
    }

    async fn authorization(&self) -> Result<String, ApiError> {
        Ok(format!("Bearer {}", self.client.session.token(&self.client.endpoint).await?))
    }

    /// A ping. The server closes the socket when its token ends, so a newer one is shown in time.
    async fn ping(&self, shown: &mut String) -> Value {
        match timeout(OPEN_TIMEOUT, self.authorization()).await {
            Ok(Ok(newer)) if newer != *shown => {
                shown.clone_from(&newer);
                json!({ "type": "ping", "payload": { "authorization": newer } })
            }
            _ => json!({ "type": "ping" }),
        }
    }

    async fn serve(&mut self, mut stream: Stream, mut shown: String) -> Ended {
        for (id, wanted) in &self.wanted {
            let message = json!({ "id": id, "type": "subscribe", "payload": wanted.payload });
            if say(&mut stream, &message).await.is_err() {
                return Ended::Broken;
            }
        }
        let mut ping = interval(PING_EVERY);
        let mut last_heard = Instant::now();
        loop {
            let answer = tokio::select! {
                wish = self.heard.recv() => match wish {
                    Some(wish) => self.note(wish),
                    None => return Ended::Unwanted,
                },
                message = stream.next() => {
                    let Some(Ok(message)) = message else { return Ended::Broken };
                    last_heard = Instant::now();
                    match self.hear(read(&message)) {
                        Ok(answer) => answer,
                        Err(Stale) => return Ended::Broken,
                    }
                }
                _ = ping.tick() => {
                    if last_heard.elapsed() > SILENCE {
                        return Ended::Broken;
                    }
                    Some(self.ping(&mut shown).await)
                }
            };
            if let Some(answer) = answer
                && say(&mut stream, &answer).await.is_err()
            {
                return Ended::Broken;
            }
        }
    }

    fn hear(&mut self, said: Option<Said>) -> Result<Option<Value>, Stale> {
        match said {
            Some(Said::Ping) => return Ok(Some(json!({ "type": "pong" }))),
            Some(Said::Next { id, payload }) => {
                if let Some(wanted) = self.wanted.get(&id) {
                    // Whoever dropped the frames has sent its wish to forget them.
                    let _ = wanted.frames.send(payload);
                }
            }
            Some(Said::Error { payload, .. }) if is_unauthenticated(&payload) => return Err(Stale),
            Some(Said::Error { id, .. } | Said::Complete { id }) => drop(self.wanted.remove(&id)),
            Some(Said::ConnectionAck | Said::Pong) | None => {}
        }
        Ok(None)
    }
}

/// The token that the connection was opened with has ended: a new connection has a new one.
struct Stale;

fn is_unauthenticated(payload: &Value) -> bool {
    let errors: Vec<cynic::GraphQlError<Extensions>> = serde_json::from_value(payload.clone()).unwrap_or_default();
    errors.iter().any(|error| matches!(classify(error), ApiError::Unauthenticated))
}

fn read(message: &Message) -> Option<Said> {
    serde_json::from_str(message.to_text().ok()?).ok()
}

async fn say(stream: &mut Stream, message: &Value) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    stream.send(Message::text(message.to_string())).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Option<Said> {
        read(&Message::text(text))
    }

    #[test]
    fn messages_of_the_protocol_are_told_apart() {
        assert!(matches!(said(r#"{"type":"connection_ack","payload":null}"#), Some(Said::ConnectionAck)));
        assert!(matches!(said(r#"{"type":"next","id":"1","payload":{}}"#), Some(Said::Next { .. })));
        assert!(matches!(said(r#"{"type":"complete","id":"1"}"#), Some(Said::Complete { .. })));
        assert!(said("no json").is_none() && said(r#"{"type":"later"}"#).is_none());
    }

    #[test]
    fn an_ended_token_is_recognised_in_an_error() {
        let payload = json!([{ "message": "x", "extensions": { "code": "UNAUTHENTICATED" } }]);
        assert!(is_unauthenticated(&payload));
        assert!(!is_unauthenticated(&json!([{ "message": "x" }])));
    }
}
