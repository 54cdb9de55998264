//! What a subgraph hears of a request, and what it never does.

use polyphony_router_it::{
    client::json_of,
    router::{Platform, SECRET},
};
use serde_json::Value;

async fn heard(platform: &Platform, sent: (&str, &str), name: &str) -> Value {
    let query = format!(r#"{{ header(name: "{name}") }}"#);
    let answer = platform.router.post(&query).header(sent.0, sent.1).send().await.expect("an answer");
    json_of(answer).await["data"]["header"].take()
}

#[tokio::test]
async fn the_secret_is_the_routers_alone() {
    let platform = Platform::start().await;
    assert_eq!(heard(&platform, ("x-nothing", "1"), "x-router-secret").await, SECRET);
    assert_eq!(heard(&platform, ("x-router-secret", "a-guess-of-a-client"), "x-router-secret").await, SECRET);
    let joined = platform.router.query("{ person { favourite { title secret } } }").await;
    assert_eq!(joined["data"]["person"]["favourite"]["secret"], SECRET);
}

#[tokio::test]
async fn a_request_has_one_id_from_the_client_to_the_subgraph() {
    let platform = Platform::start().await;
    assert_eq!(heard(&platform, ("x-request-id", "my-own-id"), "x-request-id").await, "my-own-id");

    let answer = platform.router.post(r#"{ header(name: "x-request-id") }"#).send().await.expect("an answer");
    let told = answer.headers()["x-request-id"].to_str().expect("text").to_owned();
    assert!(told.len() >= 16);
    assert_eq!(json_of(answer).await["data"]["header"], told.as_str());
}

#[tokio::test]
async fn the_client_is_the_peer_whatever_it_says() {
    let platform = Platform::start().await;
    assert_eq!(heard(&platform, ("x-forwarded-for", "8.8.8.8"), "x-forwarded-for").await, "127.0.0.1");

    let elsewhere = Platform::start_with(&[("TRUSTED_PROXIES", "10.0.0.0/8")]).await;
    assert_eq!(heard(&elsewhere, ("x-forwarded-for", "8.8.8.8"), "x-forwarded-for").await, "127.0.0.1");
}

#[tokio::test]
async fn the_chain_is_believed_as_far_as_it_is_written_by_proxies() {
    let platform = Platform::start_with(&[("TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8")]).await;
    for (chain, client) in [
        ("6.6.6.6, 8.8.8.8", "8.8.8.8"),
        ("6.6.6.6, 8.8.8.8:4711, 10.1.2.3", "8.8.8.8"),
        ("6.6.6.6, [2001:db8::1]:443", "2001:db8::1"),
        ("6.6.6.6, unknown", "127.0.0.1"),
        ("6.6.6.6, _hidden, 10.1.2.3", "10.1.2.3"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
    ] {
        assert_eq!(heard(&platform, ("x-forwarded-for", chain), "x-forwarded-for").await, client, "{chain}");
    }

    let query = r#"{ header(name: "x-forwarded-for") }"#;
    let lines = platform.router.post(query).header("x-forwarded-for", "6.6.6.6").header("x-forwarded-for", "8.8.8.8");
    assert_eq!(json_of(lines.send().await.expect("an answer")).await["data"]["header"], "8.8.8.8");
}

#[tokio::test]
async fn only_headers_that_subgraphs_need_are_forwarded() {
    let platform = Platform::start().await;
    assert_eq!(heard(&platform, ("user-agent", "a-player/1.0"), "user-agent").await, "a-player/1.0");
    assert_eq!(heard(&platform, ("cookie", "a=b"), "cookie").await, Value::Null);
}

#[tokio::test]
async fn a_stranger_does_not_decide_what_is_traced() {
    let platform = Platform::start().await;
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert_eq!(heard(&platform, ("traceparent", traceparent), "traceparent").await, Value::Null);
    assert_eq!(heard(&platform, ("tracestate", "a=b"), "tracestate").await, Value::Null);

    let request = platform.router.post(r#"{ header(name: "traceparent") }"#).header("traceparent", traceparent);
    let answer = request.bearer_auth(platform.key.token("usr_1")).send().await.expect("an answer");
    assert_eq!(json_of(answer).await["data"]["header"], traceparent);
}
