//! Live results: over WebSocket and over server-sent events.

use std::{sync::atomic::Ordering, time::Duration};

use futures::{StreamExt, future::join_all};
use polyphony_router_it::router::{Platform, SECRET};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

fn heard(name: &str) -> String {
    format!(r#"subscription {{ heard(name: "{name}", every: 20) {{ count value track {{ title }} }} }}"#)
}

async fn first_value(socket: &mut polyphony_router_it::client::Socket, name: &str) -> Value {
    socket.subscribe("1", &heard(name)).await;
    let mut message = socket.hear().await;
    assert_eq!(message["type"], "next", "{message}");
    message["payload"]["data"]["heard"]["value"].take()
}

#[tokio::test]
async fn frames_arrive_with_what_the_other_subgraph_knows() {
    let platform = Platform::start().await;
    let mut socket = platform.router.socket(&[], json!({})).await;
    socket.subscribe("a", &heard("x-router-secret")).await;
    for count in 0..3 {
        let frame = socket.hear().await;
        let data = json!({ "heard": { "count": count, "value": SECRET, "track": { "title": "Here" } } });
        assert_eq!(frame, json!({ "type": "next", "id": "a", "payload": { "data": data } }));
    }
    socket.say(json!({ "type": "complete", "id": "a" })).await;
    socket.subscribe("b", "{ person { name } }").await;
    let mut message = socket.hear().await;
    while message["id"] == "a" {
        message = socket.hear().await;
    }
    assert_eq!(message["payload"]["data"]["person"]["name"], "Ada");
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "b" }));
}

#[tokio::test]
async fn a_token_may_come_in_a_header_or_in_the_first_message() {
    let platform = Platform::start().await;
    let bearer = format!("Bearer {}", platform.key.token("usr_1"));
    for init in [
        json!({ "Authorization": bearer }),
        json!({ "authorization": bearer }),
        json!({ "headers": { "Authorization": bearer } }),
    ] {
        let mut socket = platform.router.socket(&[], init).await;
        assert_eq!(first_value(&mut socket, "authorization").await, bearer.as_str());
    }
    let mut socket = platform.router.socket(&[("authorization", &bearer)], json!({})).await;
    assert_eq!(first_value(&mut socket, "authorization").await, bearer.as_str());
}

#[tokio::test]
async fn a_client_cannot_pretend_over_a_socket() {
    let platform = Platform::start().await;
    let pretended = json!({ "x-forwarded-for": "8.8.8.8", "x-router-secret": "a-guess", "cookie": "a=b" });
    for (name, expected) in
        [("x-forwarded-for", "127.0.0.1".into()), ("x-router-secret", SECRET.into()), ("cookie", Value::Null)]
    {
        let mut socket = platform.router.socket(&[("x-forwarded-for", "9.9.9.9")], pretended.clone()).await;
        assert_eq!(first_value(&mut socket, name).await, expected, "{name}");
    }
    let mut socket = platform.router.socket(&[], json!({ "Authorization": "Bearer nonsense" })).await;
    for (id, query) in [("1", heard("authorization")), ("2", "{ person { name } }".to_owned())] {
        socket.subscribe(id, &query).await;
        let refused = socket.hear().await;
        assert_eq!((&refused["type"], &refused["id"]), (&"error".into(), &id.into()));
        assert_eq!(refused["payload"][0]["extensions"]["code"], "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn two_users_who_subscribe_at_once_see_only_their_own() {
    let platform = Platform::start().await;
    let listen = async |number: usize| {
        let bearer = format!("Bearer {}", platform.key.token(&format!("usr_{}", number % 2)));
        let mut socket = platform.router.socket(&[], json!({ "Authorization": bearer })).await;
        socket.subscribe("1", &heard("authorization")).await;
        for _ in 0..5 {
            assert_eq!(socket.hear().await["payload"]["data"]["heard"]["value"], bearer.as_str());
        }
    };
    join_all((0..20).map(listen)).await;
}

#[tokio::test]
async fn a_subgraph_serves_nobody_who_is_gone() {
    let platform = Platform::start().await;
    let open = async |count: usize| {
        let reached = async {
            while platform.accounts.subscriptions.load(Ordering::SeqCst) != count {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(5), reached).await.expect("the number of live subscriptions");
    };
    let mut socket = platform.router.socket(&[], json!({})).await;
    first_value(&mut socket, "host").await;
    open(1).await;
    socket.say(json!({ "type": "complete", "id": "1" })).await;
    open(0).await;
    socket.subscribe("2", &heard("host")).await;
    open(1).await;
    socket.close().await;
    open(0).await;
}

#[tokio::test]
async fn who_breaks_the_protocol_is_told_why() {
    let platform = Platform::start().await;
    let mut twice = platform.router.socket(&[], json!({})).await;
    twice.say(json!({ "type": "connection_init" })).await;
    assert_eq!(twice.hear().await["close"], 4429);

    let mut same_id = platform.router.socket(&[], json!({})).await;
    same_id.subscribe("1", &heard("host")).await;
    same_id.subscribe("1", &heard("host")).await;
    let mut message = same_id.hear().await;
    while message["type"] == "next" {
        message = same_id.hear().await;
    }
    assert_eq!(message["close"], 4409);

    let mut nonsense = platform.router.socket(&[], json!({})).await;
    nonsense.say(json!({ "type": "dance" })).await;
    assert_eq!(nonsense.hear().await["close"], 4400);
}

#[tokio::test]
async fn subscriptions_work_over_http_too() {
    let platform = Platform::start().await;
    let bearer = platform.key.token("usr_1");
    for (accept, expected) in
        [("text/event-stream", "event: next"), (r#"multipart/mixed;subscriptionSpec="1.0""#, "payload")]
    {
        let request = platform.router.post(&heard("authorization")).bearer_auth(&bearer).header("accept", accept);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let mut body = answer.bytes_stream();
        let mut text = String::new();
        while !text.contains(&bearer) {
            let chunk = timeout(Duration::from_secs(5), body.next()).await.expect("a frame in time");
            text.push_str(&String::from_utf8_lossy(&chunk.expect("more").expect("a chunk")));
        }
        assert!(text.contains(expected), "{text}");
    }
}
