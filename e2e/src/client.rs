//! A plain client of the public API: GraphQL over HTTP and over graphql-transport-ws.

use std::time::Duration;

use futures::{SinkExt, Stream, StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::{Platform, unique};

const AUTH: &str = "tokens { accessToken refreshToken } viewer { id role email user { id handle displayName } } userErrors { code message }";
/// How long a test waits for the next frame of a subscription.
const FRAME_TIMEOUT: Duration = Duration::from_mins(1);

/// Somebody who talks to the router.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    router: String,
    /// The access token, for those who are signed in.
    pub token: Option<String>,
    /// The tokens as they were given.
    pub tokens: Value,
    /// The viewer as register or login gave it.
    pub viewer: Value,
    credentials: (String, String),
}

impl Client {
    /// Somebody who is not signed in.
    ///
    /// # Panics
    /// When the HTTP client cannot be made.
    pub fn anonymous(platform: &Platform) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_mins(1)).build().expect("a client");
        let router = platform.url("router");
        Self { http, router, token: None, tokens: Value::Null, viewer: Value::Null, credentials: Default::default() }
    }

    /// A new account, signed in.
    pub async fn register(platform: &Platform, name: &str) -> Self {
        let handle = format!("{name}{}", unique());
        let (email, password) = (format!("{handle}@example.org"), format!("correct horse {}", unique()));
        let input = json!({ "email": email, "password": password, "handle": handle, "displayName": name });
        let anonymous = Self::anonymous(platform);
        let query = format!("mutation($input: RegisterInput!) {{ register(input: $input) {{ {AUTH} }} }}");
        let payload = anonymous.mutate(&query, json!({ "input": input })).await;
        anonymous.signed_in(payload, (email, password))
    }

    /// Signs in with an address and a password.
    pub async fn login(platform: &Platform, credentials: (String, String)) -> Self {
        let anonymous = Self::anonymous(platform);
        let query = format!("mutation($input: LoginInput!) {{ login(input: $input) {{ {AUTH} }} }}");
        let input = json!({ "email": credentials.0, "password": credentials.1 });
        let payload = anonymous.mutate(&query, json!({ "input": input })).await;
        anonymous.signed_in(payload, credentials)
    }

    /// A new account that may upload.
    pub async fn creator(platform: &Platform) -> Self {
        let somebody = Self::register(platform, "maker").await;
        let admin = Self::login(platform, platform.admin()).await;
        let query = "mutation($user: ID!) { setUserRole(userId: $user, role: CREATOR) { user { id } userErrors { code message } } }";
        admin.mutate(query, json!({ "user": somebody.viewer["user"]["id"] })).await;
        Self::login(platform, somebody.credentials).await
    }

    fn signed_in(self, payload: Value, credentials: (String, String)) -> Self {
        let token = payload["tokens"]["accessToken"].as_str().map(str::to_owned);
        Self { token, tokens: payload["tokens"].clone(), viewer: payload["viewer"].clone(), credentials, ..self }
    }

    /// The password that this client signed in with.
    pub fn password(&self) -> &str {
        &self.credentials.1
    }

    /// The address and the password, for those who have an account.
    pub fn credentials(&self) -> (String, String) {
        self.credentials.clone()
    }

    /// The same client with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Sends a query and gives status and answer, whatever they are.
    ///
    /// # Panics
    /// When the router cannot be reached.
    pub async fn raw(&self, query: &str, variables: Value) -> (u16, Value) {
        let mut request = self.http.post(format!("{}/graphql", self.router)).header("accept", "application/json");
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer =
            request.json(&json!({ "query": query, "variables": variables })).send().await.expect("the router answers");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Sends a query that must succeed and gives its data.
    ///
    /// # Panics
    /// When there were errors.
    pub async fn query(&self, query: &str, variables: Value) -> Value {
        let (status, mut answer) = self.raw(query, variables).await;
        assert!(answer["errors"].is_null(), "{status} {:#}", answer["errors"]);
        answer["data"].take()
    }

    /// Sends one mutation that must not be refused and gives its payload.
    ///
    /// # Panics
    /// When it failed or was refused.
    pub async fn mutate(&self, query: &str, variables: Value) -> Value {
        let payload = self.payload(query, variables).await;
        let errors = payload["userErrors"].as_array().cloned().unwrap_or_default();
        assert!(errors.is_empty(), "{errors:?}");
        payload
    }

    /// Sends one mutation and gives its payload, refused or not.
    ///
    /// # Panics
    /// When it failed.
    pub async fn payload(&self, query: &str, variables: Value) -> Value {
        let mut data = self.query(query, variables).await;
        let fields = data.as_object_mut().expect("data is an object");
        fields.values_mut().next().expect("one mutation").take()
    }

    /// The codes of the errors and refusals of a query, in order; empty when it was let through.
    pub async fn refusals(&self, query: &str, variables: Value) -> Vec<String> {
        let (_, answer) = self.raw(query, variables).await;
        let thrown = answer["errors"].as_array().into_iter().flatten().map(|error| &error["extensions"]["code"]);
        let payloads = answer["data"].as_object().into_iter().flat_map(|data| data.values());
        let refused =
            payloads.filter_map(|payload| payload["userErrors"].as_array()).flatten().map(|error| &error["code"]);
        thrown.chain(refused).map(|code| code.as_str().unwrap_or("no code").to_owned()).collect()
    }

    /// PUTs or GETs any URL, without credentials.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn http(&self, method: reqwest::Method, url: &str, body: Vec<u8>) -> reqwest::Response {
        self.http.request(method, url).body(body).send().await.expect("the server answers")
    }

    /// The same client, on another way to the router.
    #[must_use]
    pub fn through(&self, url: &str) -> Self {
        Self { router: url.to_owned(), ..self.clone() }
    }

    /// The frames of a subscription until it completes; an error frame is given as it is and ends it.
    ///
    /// # Panics
    /// When the router refuses the socket.
    pub async fn subscribe(&self, query: &str, variables: Value) -> impl Stream<Item = Value> + Send + Unpin + use<> {
        self.try_subscribe(query, variables).await.expect("the router takes WebSockets")
    }

    /// The same, when the router can be reached and takes the socket.
    pub async fn try_subscribe(
        &self,
        query: &str,
        variables: Value,
    ) -> Option<impl Stream<Item = Value> + Send + Unpin + use<>> {
        let url = format!("{}/graphql", self.router.replacen("http", "ws", 1));
        let mut request = url.into_client_request().expect("a WebSocket URL");
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a header value"));
        let (mut socket, _) = connect_async(request).await.ok()?;
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let init = json!({ "type": "connection_init", "payload": { "Authorization": bearer } });
        socket.send(Message::text(init.to_string())).await.ok()?;
        let subscribe =
            json!({ "type": "subscribe", "id": "1", "payload": { "query": query, "variables": variables } });
        // A server may refuse the subscription at once; it is asked only after its acknowledgement.
        next_frame(&mut socket).await.filter(|frame| frame["type"] == "connection_ack")?;
        socket.send(Message::text(subscribe.to_string())).await.ok()?;
        Some(Box::pin(stream::unfold(socket, |mut socket| async move {
            let frame = next_frame(&mut socket).await?;
            match frame["type"].as_str()? {
                "next" => Some((frame["payload"].clone(), socket)),
                "error" => Some((json!({ "errors": frame["payload"] }), socket)),
                _ => None,
            }
        })))
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The next message that is not a ping; `None` when the socket is closed.
async fn next_frame(socket: &mut Socket) -> Option<Value> {
    loop {
        let message = tokio::time::timeout(FRAME_TIMEOUT, socket.next()).await.expect("a frame in time")?;
        let Message::Text(text) = message.ok()? else { continue };
        let frame: Value = serde_json::from_str(&text).ok()?;
        if frame["type"] != "ping" {
            return Some(frame);
        }
        socket.send(Message::text(r#"{"type":"pong"}"#)).await.ok()?;
    }
}
