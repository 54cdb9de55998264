//! Clients of the router: one over HTTP, one over graphql-transport-ws.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};

use crate::router::Router;

impl Router {
    /// A request that executes `query`.
    pub fn post(&self, query: &str) -> RequestBuilder {
        reqwest::Client::new().post(self.url("/graphql")).json(&json!({ "query": query }))
    }

    /// The result of `query`, asked by nobody in particular.
    pub async fn query(&self, query: &str) -> Value {
        json_of(self.post(query).send().await.expect("an answer")).await
    }

    /// The result of `query`, asked with an access token.
    pub async fn query_as(&self, token: &str, query: &str) -> Value {
        json_of(self.post(query).bearer_auth(token).send().await.expect("an answer")).await
    }

    /// Opens a socket with these headers and this `connection_init` payload, and waits for its acknowledgement.
    pub async fn socket(&self, headers: &[(&'static str, &str)], init: Value) -> Socket {
        let mut socket = self.try_socket(headers, init).await.expect("a socket");
        assert_eq!(socket.hear().await["type"], "connection_ack");
        socket
    }

    /// The same, without waiting for anything; the HTTP status when the router does not open one.
    pub async fn try_socket(&self, headers: &[(&'static str, &str)], init: Value) -> Result<Socket, u16> {
        let mut socket = self.silent_socket(headers).await?;
        socket.say(json!({ "type": "connection_init", "payload": init })).await;
        Ok(socket)
    }

    /// The same, without a first message.
    pub async fn silent_socket(&self, headers: &[(&'static str, &str)]) -> Result<Socket, u16> {
        let mut request = format!("ws://{}/graphql", self.address).into_client_request().expect("a request");
        let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
        for (name, value) in headers.iter().chain([&protocol]) {
            request.headers_mut().insert(*name, value.parse().expect("a header"));
        }
        let stream = match connect_async(request).await {
            Ok((stream, _)) => stream,
            Err(tungstenite::Error::Http(refused)) => return Err(refused.status().as_u16()),
            Err(error) => panic!("the router cannot be reached: {error}"),
        };
        Ok(Socket { stream })
    }
}

/// The status of what a server answers to these very bytes, which need not be a request that a client library would send. `None`
/// when it closes the connection or says nothing.
pub async fn raw_status(address: &str, request: &[u8]) -> Option<u16> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(request).await.ok()?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        String::from_utf8_lossy(&head).split(' ').nth(1)?.parse().ok()
    };
    timeout(Duration::from_secs(10), exchange).await.ok().flatten()
}

/// The JSON of an answer.
pub async fn json_of(answer: Response) -> Value {
    let text = answer.text().await.expect("a body");
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"))
}

/// The code of the first error in a result.
pub fn code(result: &Value) -> &str {
    result["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no code in {result}"))
}

/// An open socket.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Sends a message.
    pub async fn say(&mut self, message: Value) {
        self.stream.send(Message::text(message.to_string())).await.expect("send");
    }

    /// Starts an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": query } })).await;
    }

    /// The next message; a close frame is told as `{"close": code}`.
    pub async fn hear(&mut self) -> Value {
        loop {
            let heard = timeout(Duration::from_secs(15), self.stream.next()).await.expect("a message in time");
            match heard.expect("an open socket").expect("a frame") {
                Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
                Message::Close(frame) => return json!({ "close": frame.map(|frame| u16::from(frame.code)) }),
                _ => {}
            }
        }
    }

    /// The code that the router closes the socket with, whatever it says before.
    pub async fn close_code(&mut self) -> Value {
        loop {
            let mut heard = self.hear().await;
            if heard.get("close").is_some() {
                return heard["close"].take();
            }
        }
    }

    /// Whether results of the subscription `id` arrive all the time for this long.
    pub async fn hears_for(&mut self, id: &str, period: Duration) -> bool {
        let until = tokio::time::Instant::now() + period;
        while tokio::time::Instant::now() < until {
            let heard = self.hear().await;
            if heard["id"] != id || heard["type"] != "next" {
                eprintln!("instead of a result: {heard}");
                return false;
            }
        }
        true
    }

    /// Closes the socket.
    pub async fn close(mut self) {
        self.stream.close(None).await.expect("close");
    }
}
