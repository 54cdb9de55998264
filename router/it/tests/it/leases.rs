//! What was opened with a token ends with it, unless a newer one was shown.

use std::{sync::atomic::Ordering, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::StreamExt;
use polyphony_router_it::{client::Socket, router::Platform};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

const HEARD: &str = r#"subscription { heard(name: "accept", every: 100) { count } }"#;
/// A short life of a token, in seconds. Five more are allowed.
const SHORT: u64 = 2;
/// By then something that was opened with a short token has ended.
const ENDED: Duration = Duration::from_secs(10);

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// A socket of this person, opened with a short token, with a subscription "1".
async fn short_socket(platform: &Platform, user: &str) -> Socket {
    let token = platform.key.token_for(user, SHORT);
    let mut socket = platform.router.socket(&[], json!({ "Authorization": bearer(&token) })).await;
    socket.subscribe("1", HEARD).await;
    assert_eq!(socket.hear().await["type"], "next");
    socket
}

/// Shows a token in a ping, and gives the payload of the pong.
async fn show(socket: &mut Socket, token: &str) -> Value {
    socket.say(json!({ "type": "ping", "payload": { "authorization": bearer(token) } })).await;
    loop {
        let mut heard = socket.hear().await;
        if heard["type"] == "pong" {
            return heard["payload"].take();
        }
    }
}

/// The next message about the operation `id`.
async fn hear_of(socket: &mut Socket, id: &str) -> Value {
    loop {
        let heard = socket.hear().await;
        if heard["id"] == id || heard.get("close").is_some() {
            return heard;
        }
    }
}

/// A stolen device's socket, too, when Redis is away and nothing is heard of revocations.
#[tokio::test]
async fn a_socket_ends_with_its_token_and_its_subscriptions_are_not_completed() {
    let platform = Platform::start_with(&[("REDIS_URL", "redis://127.0.0.1:1")]).await;
    let mut socket = short_socket(&platform, "usr_1").await;
    let closed = async {
        loop {
            let heard = socket.hear().await;
            assert_ne!(heard["type"], "complete", "a client would not subscribe again");
            if let Some(code) = heard.get("close") {
                return code.clone();
            }
        }
    };
    assert_eq!(timeout(ENDED, closed).await.expect("it ends"), 4498);
}

#[tokio::test]
async fn a_newer_token_in_a_ping_keeps_the_socket() {
    let platform = Platform::start().await;
    let mut socket = short_socket(&platform, "usr_1").await;
    let newer = platform.key.token("usr_1");
    let told = show(&mut socket, &newer).await;
    let expires_in_ms = told["authorization"]["expiresInMs"].as_u64().expect("a time");
    assert!((590_000..=600_000).contains(&expires_in_ms), "{told}");
    assert!(socket.hears_for("1", ENDED).await);
    // What is asked from now on is asked with the newer one.
    socket.subscribe("2", r#"{ header(name: "authorization") }"#).await;
    assert_eq!(hear_of(&mut socket, "2").await["payload"]["data"]["header"], bearer(&newer));
    socket.subscribe("3", HEARD).await;
    assert_eq!(hear_of(&mut socket, "3").await["type"], "next");
}

#[tokio::test]
async fn a_newer_token_with_an_operation_keeps_the_socket() {
    let platform = Platform::start().await;
    let mut socket = short_socket(&platform, "usr_1").await;
    let newer = platform.key.token("usr_1");
    let payload = json!({
        "query": r#"{ header(name: "authorization") }"#,
        "extensions": { "authorization": bearer(&newer) },
    });
    socket.say(json!({ "type": "subscribe", "id": "2", "payload": payload })).await;
    assert_eq!(hear_of(&mut socket, "2").await["payload"]["data"]["header"], bearer(&newer));
    assert_eq!(hear_of(&mut socket, "2").await["type"], "complete");
    assert!(socket.hears_for("1", ENDED).await);
}

#[tokio::test]
async fn a_token_of_somebody_else_or_a_bad_one_keeps_nothing() {
    let platform = Platform::start().await;
    let mut socket = short_socket(&platform, "usr_1").await;
    let stranger = platform.key.token("usr_2");
    assert_eq!(show(&mut socket, &stranger).await["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(show(&mut socket, "nonsense").await["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    let older = platform.key.token_for("usr_1", 1);
    assert!(show(&mut socket, &older).await["authorization"]["expiresInMs"].as_u64().is_some_and(|left| left <= 2_000));
    for (id, token, code) in [("2", stranger.as_str(), "FORBIDDEN"), ("3", "nonsense", "UNAUTHENTICATED")] {
        let payload = json!({ "query": HEARD, "extensions": { "authorization": bearer(token) } });
        socket.say(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
        let refused = hear_of(&mut socket, id).await;
        assert_eq!((&refused["type"], &refused["payload"][0]["extensions"]["code"]), (&json!("error"), &json!(code)));
    }
    assert_eq!(timeout(ENDED, socket.close_code()).await.expect("it ends"), 4498);
}

#[tokio::test]
async fn who_was_nobody_signs_in_on_the_living_socket() {
    let platform = Platform::start_with(&[("ANONYMOUS_IDLE_TIMEOUT_SECONDS", "1")]).await;
    let mut socket = platform.router.socket(&[], json!({})).await;
    let token = platform.key.token("usr_1");
    assert!(show(&mut socket, &token).await["authorization"].is_object());
    sleep(Duration::from_secs(3)).await;
    socket.subscribe("1", r#"{ header(name: "authorization") }"#).await;
    assert_eq!(hear_of(&mut socket, "1").await["payload"]["data"]["header"], bearer(&token));
}

#[tokio::test]
async fn streams_over_http_end_with_their_token_and_say_why() {
    let platform = Platform::start().await;
    for (accept, end) in [
        ("text/event-stream", "event: complete\n\n"),
        (r#"multipart/mixed;subscriptionSpec="1.0""#, "\r\n--graphql--"),
        ("multipart/mixed", "\r\n-----"),
    ] {
        let token = platform.key.token_for("usr_1", SHORT);
        let request = platform.router.post(HEARD).bearer_auth(&token).header("accept", accept);
        let answer = request.send().await.expect("an answer");
        let body = timeout(ENDED, answer.text()).await.expect("it ends").expect("a whole body");
        assert!(body.contains("UNAUTHENTICATED") && body.ends_with(end), "{accept}: {body}");
    }
}

#[tokio::test]
async fn a_program_with_an_api_key_stays_while_its_key_is_good() {
    let platform = Platform::start().await;
    let api_key = format!("ppk_{}", URL_SAFE_NO_PAD.encode([7; 32]));
    let key = platform.key.clone();
    platform.accounts.accept_api_key(&api_key, move || key.token_for("usr_1", 4));
    let mut socket = platform.router.socket(&[("x-api-key", &api_key)], json!({})).await;
    socket.subscribe("1", HEARD).await;
    let request = platform.router.post(HEARD).header("x-api-key", &api_key).header("accept", "text/event-stream");
    let mut stream = request.send().await.expect("an answer").bytes_stream();
    let streams = async {
        let until = tokio::time::Instant::now() + Duration::from_secs(15);
        while tokio::time::Instant::now() < until {
            let chunk = stream.next().await.expect("more").expect("a chunk");
            assert!(!String::from_utf8_lossy(&chunk).contains("UNAUTHENTICATED"));
        }
    };
    assert!(tokio::join!(socket.hears_for("1", Duration::from_secs(15)), streams).0);
    let exchanges = platform.accounts.exchanges.load(Ordering::SeqCst);
    assert!((3..=12).contains(&exchanges), "{exchanges} exchanges");

    platform.accounts.delete_api_key(&api_key);
    assert_eq!(timeout(Duration::from_secs(12), socket.close_code()).await.expect("it ends"), 4403);
}
