//! Guessing a password or a code: what is counted, by what, and what it costs others.

use std::time::{Duration, Instant};

use futures::future::join_all;
use polyphony_router_it::{
    client::{code, json_of},
    router::Platform,
};
use serde_json::{Value, json};

/// Whoever connects may say which address it has.
const BEHIND_PROXY: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.0/8");

async fn send(platform: &Platform, address: &str, body: Value) -> Value {
    let request = platform.router.post("").json(&body).header("x-forwarded-for", address);
    json_of(request.send().await.expect("an answer")).await
}

async fn login(platform: &Platform, address: &str, email: &str, password: &str) -> Value {
    let query = "mutation($i: LoginInput!) { login(input: $i) }";
    let variables = json!({ "i": { "email": email, "password": password } });
    send(platform, address, json!({ "query": query, "variables": variables })).await
}

fn is_limited(result: &Value) -> bool {
    result["errors"].is_array() && code(result) == "RATE_LIMITED"
}

#[tokio::test]
async fn an_account_is_the_same_wherever_its_address_stands() {
    let platform = Platform::start_with(&[("RATE_LIMIT_LOGIN", "1/6"), BEHIND_PROXY]).await;
    let attempts = [
        json!({ "query": r#"mutation { login(input: { email: "a@b.example", password: "x" }) }"# }),
        json!({ "query": r#"mutation($e: String! = "a@b.example") { login(input: { email: $e, password: "x" }) }"# }),
        json!({ "query": r#"mutation($i: LoginInput! = { email: "A@B.example", password: "x" }) { login(input: $i) }"# }),
        json!({ "query": "mutation($e: String!) { login(input: { email: $e, password: \"x\" }) }", "variables": { "e": " a@b.EXAMPLE " } }),
        json!({ "query": "mutation($i: LoginInput!) { ...f } fragment f on Mutation { login(input: $i) }",
                "variables": { "i": { "email": "ａ@b.example", "password": "x" } } }),
        json!({ "query": r#"mutation { a: login(input: { email: "a@b.example", password: "x" }) }"# }),
    ];
    for body in attempts {
        let answer = send(&platform, "192.0.2.1", body.clone()).await;
        assert!(answer["errors"].is_null(), "{body}: {answer}");
    }
    assert!(is_limited(&login(&platform, "192.0.2.1", "a@b.example", "x").await));
    assert!(!is_limited(&login(&platform, "192.0.2.1", "other@b.example", "x").await));
}

#[tokio::test]
async fn a_persisted_document_is_counted_by_its_account() {
    let documents = tempfile::NamedTempFile::with_suffix(".json").expect("a file");
    let document = json!({ "in": "mutation($e: String!) { login(input: { email: $e, password: \"x\" }) }" });
    std::fs::write(documents.path(), document.to_string()).expect("write the documents");
    let path = documents.path().to_str().expect("a path");
    let platform =
        Platform::start_with(&[("RATE_LIMIT_LOGIN", "1/1"), ("PERSISTED_DOCUMENTS", path), BEHIND_PROXY]).await;
    let ask = async |email: &str| {
        send(&platform, "192.0.2.1", json!({ "documentId": "in", "variables": { "e": email } })).await
    };
    assert_eq!(ask("a@b.example").await["data"]["login"], false);
    assert_eq!(ask("other@b.example").await["data"]["login"], false);
    assert!(is_limited(&ask("a@b.example").await));
}

#[tokio::test]
async fn two_addresses_of_a_network_are_one_client() {
    let platform =
        Platform::start_with(&[("RATE_LIMIT_LOGIN", "1/1"), ("RATE_LIMIT_ADDRESS", "1/100"), BEHIND_PROXY]).await;
    let limited = async |address: &str| is_limited(&login(&platform, address, "a@b.example", "x").await);
    assert!(!limited("2001:db8:0:1::1").await);
    assert!(limited("2001:db8:0:1:ffff::2").await);
    // A /56 has four times as much, a /48 sixteen times.
    let mut passed = 0;
    for network in 2..=9 {
        passed += usize::from(!limited(&format!("2001:db8:0:{network}::1")).await);
    }
    assert_eq!(passed, 3);
    for network in 1..=0x20 {
        passed += usize::from(!limited(&format!("2001:db8:0:{network:x}00::1")).await);
    }
    // The /48 regains one in four seconds.
    assert!((15..=18).contains(&passed), "{passed}");
    assert!(!limited("2001:db8:1::1").await);
    assert!(!limited("192.0.2.1").await);
    assert!(limited("::ffff:192.0.2.1").await);
}

#[tokio::test]
async fn subscriptions_of_a_network_are_those_of_one_client() {
    let platform = Platform::start_with(&[("MAX_SUBSCRIPTIONS_PER_CLIENT", "1"), BEHIND_PROXY]).await;
    let heard = r#"subscription { heard(name: "accept", every: 20) { count } }"#;
    let mut first = platform.router.socket(&[("x-forwarded-for", "2001:db8::1")], json!({})).await;
    first.subscribe("1", heard).await;
    assert_eq!(first.hear().await["type"], "next");
    let mut second = platform.router.socket(&[("x-forwarded-for", "2001:db8::2")], json!({})).await;
    second.subscribe("1", heard).await;
    assert_eq!(second.hear().await["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    let mut other = platform.router.socket(&[("x-forwarded-for", "2001:db8:9::1")], json!({})).await;
    other.subscribe("1", heard).await;
    assert_eq!(other.hear().await["type"], "next");
}

#[tokio::test]
async fn only_what_accounts_reports_is_a_right_password() {
    let variables = [("RATE_LIMIT_LOGIN", "1/2"), ("RATE_LIMIT_CODE", "1/2"), BEHIND_PROXY];
    let platform = Platform::start_with(&variables).await;
    for _ in 0..6 {
        assert_eq!(login(&platform, "192.0.2.1", "a@b.example", "right").await["data"]["login"], true);
    }
    for _ in 0..2 {
        assert_eq!(login(&platform, "192.0.2.1", "a@b.example", "wrong").await["data"]["login"], false);
    }
    assert!(is_limited(&login(&platform, "192.0.2.1", "a@b.example", "right").await));

    // What only looks like a token is none, and beside a right password there is no free guess.
    let use_code = json!({ "query": "mutation { useCode(code: 1) }" });
    for _ in 0..2 {
        assert_eq!(send(&platform, "192.0.2.2", use_code.clone()).await["data"]["useCode"], "eyJ1");
    }
    assert!(is_limited(&send(&platform, "192.0.2.2", use_code).await));
    let both = json!({ "query": r#"mutation { a: login(input: { email: "c@b.example", password: "right" })
        b: login(input: { email: "c@b.example", password: "wrong" }) }"# });
    assert_eq!(send(&platform, "192.0.2.3", both.clone()).await["data"], json!({ "a": true, "b": false }));
    assert!(is_limited(&send(&platform, "192.0.2.3", both).await));
}

#[tokio::test]
async fn the_outcome_of_a_login_ends_at_the_router() {
    let platform = Platform::start().await;
    let query = r#"mutation { login(input: { email: "a@b.example", password: "right" }) }"#;
    let answer = platform.router.post(query).send().await.expect("an answer");
    assert!(answer.headers().get("x-login-outcome").is_none());
    assert_eq!(json_of(answer).await["data"]["login"], true);
}

#[tokio::test]
async fn a_right_password_opens_so_many_sessions_and_no_more() {
    let platform = Platform::start_with(&[("RATE_LIMIT_SIGN_IN", "1/3")]).await;
    let mut opened = 0;
    for _ in 0..6 {
        opened += usize::from(login(&platform, "", "a@b.example", "right").await["data"]["login"] == true);
    }
    assert_eq!(opened, 3);
}

#[tokio::test]
async fn many_addresses_that_guess_one_account_are_slowed_down_and_its_owner_gets_in() {
    let variables = [("RATE_LIMIT_ACCOUNT", "60/10"), ("MAX_CONCURRENT_PER_CLIENT", "8"), BEHIND_PROXY];
    let platform = Platform::start_with(&variables).await;
    let started = Instant::now();
    let guesses = join_all((0..50).map(async |number| {
        let answer = login(&platform, &format!("198.51.100.{number}"), "owner@b.example", "guess").await;
        assert_eq!(answer["data"]["login"], false, "{answer}");
        started.elapsed()
    }));
    let owner = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let asked = Instant::now();
        // Others are not delayed by it.
        assert_eq!(login(&platform, "203.0.113.8", "else@b.example", "right").await["data"]["login"], true);
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
        let answer = login(&platform, "203.0.113.7", "owner@b.example", "right").await;
        assert_eq!(answer["data"]["login"], true, "{answer}");
        asked.elapsed()
    };
    let (guesses, owner) = tokio::join!(guesses, owner);
    let slowed = guesses.iter().filter(|taken| **taken >= Duration::from_secs(9)).count();
    assert!(slowed >= 25, "{slowed} of 50 were slowed down: {guesses:?}");
    assert!(owner < Duration::from_secs(15), "the owner waited {owner:?}");
}

#[tokio::test]
async fn who_is_delayed_holds_up_nobody_else_at_its_address() {
    let variables = [("RATE_LIMIT_ACCOUNT", "6/1"), ("MAX_CONCURRENT_PER_CLIENT", "1")];
    let platform = Platform::start_with(&variables).await;
    assert_eq!(login(&platform, "", "a@b.example", "guess").await["data"]["login"], false);
    let delayed = async {
        let started = Instant::now();
        let attempts = (0..8).map(async |_| login(&platform, "", "a@b.example", "guess").await);
        let answers = join_all(attempts).await;
        // One waits and is answered; the others are told to come again.
        assert_eq!(answers.iter().filter(|answer| answer["data"]["login"] == false).count(), 1, "{answers:?}");
        assert!(started.elapsed() >= Duration::from_secs(5));
    };
    let others = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let asked = Instant::now();
        assert_eq!(platform.router.query("{ person { name } }").await["data"]["person"]["name"], "Ada");
        assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    };
    tokio::join!(delayed, others);
}

#[tokio::test]
async fn a_bucket_that_the_router_does_not_know_is_a_small_one() {
    let platform = Platform::start_with(&[("RATE_LIMIT_OTHER", "1/2")]).await;
    let brand_new = || platform.router.query("mutation { brandNew }");
    assert_eq!(
        [brand_new().await["data"]["brandNew"].take(), brand_new().await["data"]["brandNew"].take()],
        [true, true]
    );
    assert!(is_limited(&brand_new().await));
}
