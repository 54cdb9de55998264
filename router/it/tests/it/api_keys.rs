//! API keys: what is asked of accounts for them, and what guessing them comes to.

use std::sync::atomic::Ordering;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::{StreamExt, future::join_all, stream};
use polyphony_router_it::{
    client::{code, json_of},
    router::Platform,
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const WHO: &str = r#"{ header(name: "authorization") }"#;

/// A key in the form that accounts gives out, another for each number.
fn api_key(number: u64) -> String {
    let mut secret = [0xa5; 32];
    secret[..8].copy_from_slice(&number.to_be_bytes());
    format!("ppk_{}", URL_SAFE_NO_PAD.encode(secret))
}

/// A platform with these variables and the good key number 0.
async fn start(environment: &[(&str, &str)]) -> Platform {
    let platform = Platform::start_with(environment).await;
    let key = platform.key.clone();
    platform.accounts.accept_api_key(&api_key(0), move || key.token("usr_1"));
    platform
}

async fn ask(platform: &Platform, api_key: &str) -> Value {
    json_of(platform.router.post(WHO).header("x-api-key", api_key).send().await.expect("an answer")).await
}

fn exchanges(platform: &Platform) -> usize {
    platform.accounts.exchanges.load(Ordering::SeqCst)
}

#[tokio::test]
async fn guesses_are_counted_before_accounts_is_asked_and_flush_no_good_key() {
    let platform = start(&[("RATE_LIMIT_KEY_EXCHANGE", "1/20"), ("RATE_LIMIT_ADDRESS", "off")]).await;
    assert!(ask(&platform, &api_key(0)).await["data"]["header"].is_string());
    let codes: Vec<_> = stream::iter(1..=2_000)
        .map(|number| {
            let platform = &platform;
            async move { code(&ask(platform, &api_key(number)).await).to_owned() }
        })
        .buffer_unordered(500)
        .collect()
        .await;
    // One a minute is added to the twenty.
    let asked = exchanges(&platform) - 1;
    assert!((20..=22).contains(&asked), "accounts was asked {asked} times");
    assert_eq!(codes.iter().filter(|code| *code == "UNAUTHENTICATED").count(), asked);
    assert_eq!(codes.iter().filter(|code| *code == "RATE_LIMITED").count(), codes.len() - asked);

    assert!(ask(&platform, &api_key(0)).await["data"]["header"].is_string());
    assert_eq!(exchanges(&platform), asked + 1, "the good key was asked for again");
}

#[tokio::test]
async fn what_is_no_key_by_its_form_is_never_asked_for() {
    let platform = start(&[]).await;
    let good = api_key(0);
    for bad in ["ppk_", "ppk_short", &good[..46], &format!("{good}A"), &good.replace('p', "P"), &good.replace('A', "!")]
    {
        assert_eq!(code(&ask(&platform, bad).await), "UNAUTHENTICATED", "{bad}");
    }
    assert_eq!(exchanges(&platform), 0);
}

#[tokio::test]
async fn many_who_use_one_key_at_once_share_one_exchange() {
    let platform = start(&[("RATE_LIMIT_KEY_EXCHANGE", "1/2")]).await;
    let key = api_key(0);
    for result in join_all((0..50).map(|_| ask(&platform, &key))).await {
        assert!(result["data"]["header"].is_string(), "{result}");
    }
    assert_eq!(exchanges(&platform), 1);
    let unknown = api_key(1);
    for result in join_all((0..50).map(|_| ask(&platform, &unknown))).await {
        assert_eq!(code(&result), "UNAUTHENTICATED");
    }
    assert!(exchanges(&platform) <= 3, "{} exchanges", exchanges(&platform));
}

#[tokio::test]
async fn good_keys_of_a_whole_network_are_no_guesses() {
    let platform = start(&[("RATE_LIMIT_KEY_EXCHANGE", "1/2")]).await;
    for number in 10..30 {
        let key = platform.key.clone();
        platform.accounts.accept_api_key(&api_key(number), move || key.token("usr_1"));
        assert!(ask(&platform, &api_key(number)).await["data"]["header"].is_string(), "key {number}");
    }
}

/// Java's `HttpClient` offers HTTP/2 with each first request over clear text.
#[tokio::test]
async fn a_client_that_offers_http_2_signs_in_with_its_key() {
    let platform = start(&[]).await;
    let body = format!(r#"{{"query":{}}}"#, Value::from(WHO));
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n\
         HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nX-Api-Key: {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        platform.router.address,
        api_key(0),
        body.len(),
    );
    let mut stream = TcpStream::connect(&platform.router.address).await.expect("a connection");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("Bearer ey"), "{answer}");
}
