//! The WebSocket of a subgraph: who is let in, and who is not kept.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use async_graphql::{Context, EmptyMutation, Object, Schema, Subscription};
use axum::Router;
use futures::{SinkExt, Stream, StreamExt, stream};
use polyphony_kit::{
    Result, Role,
    server::{self, SocketTimeouts},
    viewer,
};
use polyphony_testkit::{Keys, keys};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest},
};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const SHORT: SocketTimeouts = SocketTimeouts {
    init: Duration::from_millis(300),
    ping_interval: Duration::from_millis(100),
    silence: Duration::from_millis(400),
    write: Duration::from_secs(5),
};

struct Query;

/// The query of a test.
#[Object]
impl Query {
    async fn me(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(viewer::require_viewer(ctx)?.user.to_string())
    }
}

struct Subscription;

/// The subscription of a test.
#[Subscription]
impl Subscription {
    async fn me(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = String> + use<>> {
        let me = viewer::require_viewer(ctx)?.user.to_string();
        Ok(stream::once(async { me }).chain(stream::pending()))
    }
}

#[expect(clippy::disallowed_methods, reason = "it ends with the test")]
async fn serve(timeouts: SocketTimeouts) -> (SocketAddr, Keys) {
    let keys = Keys::new();
    let schema = Schema::new(Query, EmptyMutation, Subscription);
    let door = server::GraphqlDoor { schema, verifier: keys.verifier(), per_request: Arc::new(|_, _| {}) };
    let routes: Router = server::graphql_with(door, timeouts);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (address, keys)
}

/// Opens a socket; gives the status when it is not upgraded.
async fn open(address: SocketAddr, path: &str, headers: &[(&'static str, &str)]) -> std::result::Result<Socket, u16> {
    let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn say(socket: &mut Socket, message: &Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

/// The next message; the code when the socket is closed instead, 0 when it just ends.
async fn hear(socket: &mut Socket) -> std::result::Result<Value, u16> {
    loop {
        match tokio::time::timeout(Duration::from_secs(5), socket.next()).await.expect("it is left open") {
            Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(frame))) => return Err(frame.map_or(0, |frame| frame.code.into())),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Err(0),
        }
    }
}

#[tokio::test]
async fn without_the_secret_no_socket_is_upgraded() {
    let (address, _) = serve(SocketTimeouts::default()).await;
    let foreign = polyphony_tokens::upgrade_ticket("the secret of another router");
    let guesses = [
        ("/graphql/ws", vec![]),
        ("/graphql/ws", vec![("x-router-secret", "guessed")]),
        ("/graphql/ws", vec![("authorization", "Bearer x")]),
        ("/graphql/ws?ticket=00", vec![]),
        (&*format!("/graphql/ws?ticket={foreign}"), vec![]),
    ];
    for (path, headers) in guesses {
        assert_eq!(open(address, path, &headers).await.err(), Some(401), "{path} {headers:?}");
    }
}

#[tokio::test]
async fn the_router_comes_in_by_header_or_ticket_and_shows_the_secret_once_more() {
    let (address, keys) = serve(SocketTimeouts::default()).await;
    let ticket = polyphony_tokens::upgrade_ticket(keys::ROUTER_SECRET);
    let somebody = keys::viewer(Role::Listener);
    let authorization = format!("Bearer {}", keys.token(&somebody));

    let mut by_header = open(address, "/graphql/ws", &[("x-router-secret", keys::ROUTER_SECRET)]).await.unwrap();
    say(&mut by_header, &json!({ "type": "connection_init" })).await;
    assert_eq!(hear(&mut by_header).await.unwrap()["type"], "connection_ack");

    let path = format!("/graphql/ws?ticket={ticket}");
    let mut by_ticket = open(address, &path, &[]).await.unwrap();
    let payload = json!({ "x-router-secret": keys::ROUTER_SECRET, "authorization": authorization });
    say(&mut by_ticket, &json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(hear(&mut by_ticket).await.unwrap()["type"], "connection_ack");
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": "subscription { me }" } });
    say(&mut by_ticket, &subscribe).await;
    assert_eq!(hear(&mut by_ticket).await.unwrap()["payload"]["data"]["me"], somebody.user.to_string());

    let mut ticket_alone = open(address, &path, &[]).await.unwrap();
    say(&mut ticket_alone, &json!({ "type": "connection_init" })).await;
    assert!(hear(&mut ticket_alone).await.is_err(), "the ticket opens a socket and nothing more");
}

#[tokio::test]
async fn a_socket_that_does_not_begin_is_closed() {
    let (address, _) = serve(SHORT).await;
    let mut socket = open(address, "/graphql/ws", &[("x-router-secret", keys::ROUTER_SECRET)]).await.unwrap();
    // Answering pings alone is not beginning.
    assert_eq!(hear(&mut socket).await, Err(4408));
}

#[tokio::test]
async fn who_has_gone_without_a_word_is_noticed_and_who_answers_pings_is_kept() {
    let (address, _) = serve(SHORT).await;
    let begin = async || {
        let mut socket = open(address, "/graphql/ws", &[("x-router-secret", keys::ROUTER_SECRET)]).await.unwrap();
        say(&mut socket, &json!({ "type": "connection_init" })).await;
        assert_eq!(hear(&mut socket).await.unwrap()["type"], "connection_ack");
        socket
    };
    let (mut polite, mut gone) = (begin().await, begin().await);
    // Reading answers pings.
    let reading = async { while polite.next().await.is_some() {} };
    let _ = tokio::time::timeout(Duration::from_millis(1_500), reading).await;
    // Nobody has read from it meanwhile, so no ping was answered.
    let ended = tokio::time::timeout(Duration::from_secs(2), async {
        while let Some(Ok(message)) = gone.next().await {
            if message.is_close() {
                break;
            }
        }
    });
    ended.await.expect("a silent socket is closed");
    say(&mut polite, &json!({ "type": "ping" })).await;
    assert_eq!(hear(&mut polite).await.unwrap()["type"], "pong");
}
