//! Whatever is sent to the public port: nothing of it is executed without having been counted.

use futures::{StreamExt, future::join_all, stream};
use polyphony_router_it::{
    client::raw_status,
    router::{Platform, Router},
};
use proptest::{
    prelude::*,
    sample::select,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::json;

/// Requests of the property test.
const REQUESTS: usize = 1_500;
const AT_ONCE: usize = 100;
/// Operations that the address of the tests has at once, and regains within a test at most.
const BURST: usize = 5;
const REGAINED: usize = 2;

/// One request that a client library might never send.
#[derive(Debug)]
struct Odd {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
}

fn method() -> impl Strategy<Value = String> {
    let known = ["POST", "GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "QUERY", "post", "PROPFIND"];
    prop_oneof![3 => Just("POST".to_owned()), 2 => select(known.to_vec()).prop_map(str::to_owned)]
}

/// Each letter of a path as it is, percent-encoded, in capitals, or twice.
fn path() -> impl Strategy<Value = String> {
    let known = [
        "/graphql",
        "/graphql/",
        "//graphql",
        "/graphql/x",
        "/graphql/sha256:1",
        "/graphql//",
        "/./graphql",
        "/x/../graphql",
        "/graphql;a=b",
        "/graphql%2F",
        "/graphql%00",
        "/graphql/ws",
        "http://127.0.0.1/graphql",
        "http://other/graphql/x",
        "/",
        "*",
        "/graphql?x=1",
        "/graphql#x",
        "/callback/x",
        "/health",
        "/metrics",
        "/graphql\\x",
        "graphql",
    ];
    let letter = |letter: char, how: u8| match how {
        0 => format!("%{:02x}", letter as u32),
        1 => format!("%{:02X}", letter as u32),
        2 => letter.to_ascii_uppercase().to_string(),
        3 => format!("{letter}{letter}"),
        _ => letter.to_string(),
    };
    let written = (select(known.to_vec()), prop::collection::vec(0_u8..60, 30)).prop_map(move |(known, how)| {
        known.chars().zip(how.into_iter().cycle()).map(|(each, how)| letter(each, how)).collect::<String>()
    });
    prop_oneof![2 => select(known.to_vec()).prop_map(str::to_owned), 3 => written, 1 => "/[a-z%/.]{0,12}"]
}

fn header() -> impl Strategy<Value = (String, String)> {
    let known = [
        ("Upgrade", "x"),
        ("Upgrade", "h2c"),
        ("Upgrade", "websocket"),
        ("Connection", "upgrade"),
        ("Connection", "close"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Protocol", "graphql-transport-ws"),
        ("Accept", "text/event-stream"),
        ("Accept", "text/html"),
        ("Accept", "multipart/mixed;subscriptionSpec=1.0"),
        ("Accept", "*/*"),
        ("Origin", "https://evil.example"),
        ("Access-Control-Request-Method", "POST"),
        ("X-Forwarded-For", "203.0.113.9"),
        ("X-HTTP-Method-Override", "POST"),
        ("X-Original-URL", "/graphql"),
        ("Expect", "100-continue"),
        ("X-Router-Secret", "guess"),
    ];
    select(known.to_vec()).prop_map(|(name, value)| (name.to_owned(), value.to_owned()))
}

fn odd_requests() -> Vec<Odd> {
    let strategy = (method(), path(), prop::collection::vec(header(), 0..4)).prop_map(|(method, path, headers)| Odd {
        method,
        path,
        headers,
    });
    let mut runner = TestRunner::new(Config::default());
    (0..REQUESTS).map(|_| strategy.new_tree(&mut runner).expect("a request").current()).collect()
}

/// The bytes of a request for a field that names the request.
fn bytes(number: usize, odd: &Odd) -> Vec<u8> {
    let query = format!("{{ header(name: \"x-{number}\") }}");
    let body = json!({ "query": query }).to_string();
    let asks = if odd.path.contains('?') { '&' } else { '?' };
    let encoded: Vec<String> = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let headers: Vec<String> = odd.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (path, query, headers, length) = (&odd.path, encoded.concat(), headers.concat(), body.len());
    let head = format!("{} {path}{asks}query={query} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}", odd.method);
    format!("{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
}

#[tokio::test]
async fn nothing_is_executed_that_was_not_counted() {
    let burst = format!("1/{BURST}");
    let platform = Platform::start_with(&[("RATE_LIMIT_ADDRESS", &burst)]).await;
    let odd = odd_requests();
    let address = platform.router.address.as_str();
    let sent = stream::iter(odd.iter().enumerate())
        .map(|(number, odd)| async move { raw_status(address, &bytes(number, odd)).await })
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    assert!(sent.iter().flatten().any(|status| *status == 429) && sent.iter().flatten().any(|status| *status == 404));

    let executed = platform.accounts.executed.lock().expect("the queries").clone();
    let which = odd
        .iter()
        .enumerate()
        .filter(|(number, _)| executed.iter().any(|query| query.contains(&format!("\"x-{number}\""))));
    assert!(!executed.is_empty() && executed.len() <= BURST + REGAINED, "{:#?}", which.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_query_in_another_path_is_never_executed_even_when_there_is_room() {
    let platform = Platform::start_with(&[("RATE_LIMIT_ADDRESS", "off")]).await;
    for path in
        ["/graphql/", "//graphql", "/%67raphql", "/GRAPHQL", "/graphql/x", "/graphql/sha256:1", "/graphql%2f", "/x"]
    {
        let odd = Odd { method: "POST".to_owned(), path: path.to_owned(), headers: Vec::new() };
        assert_eq!(raw_status(&platform.router.address, &bytes(1, &odd)).await, Some(404), "{path}");
    }
    assert!(platform.accounts.executed.lock().expect("the queries").is_empty());
}

/// How many of 200 wrong passwords for one account accounts has checked.
async fn checked_passwords(router: &Router, platform: &Platform, path: &str, headers: &[(&str, &str)]) -> usize {
    let attempt = async |number: usize| {
        let query =
            format!("mutation {{ login(input: {{ email: \"victim@example.org\", password: \"guess{number}\" }}) }}");
        let body = json!({ "query": query }).to_string();
        let more: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{}", more.concat());
        let text = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        raw_status(&router.address, text.as_bytes()).await
    };
    join_all((0..200).map(attempt)).await;
    let executed = platform.accounts.executed.lock().expect("the queries");
    executed.iter().filter(|query| query.contains("login")).count()
}

#[tokio::test]
async fn two_hundred_wrong_passwords_are_counted_on_every_path_and_with_every_header() {
    let variants: [(&str, &[(&str, &str)]); 9] = [
        ("/graphql", &[]),
        ("/graphql", &[("Upgrade", "x")]),
        ("/graphql", &[("Upgrade", "h2c"), ("Connection", "Upgrade, HTTP2-Settings")]),
        ("/graphql", &[("Upgrade", "websocket"), ("Connection", "upgrade")]),
        ("/graphql/", &[]),
        ("/graphql/x", &[]),
        ("//graphql", &[]),
        ("/%67raphql", &[]),
        ("/GRAPHQL", &[]),
    ];
    for (path, headers) in variants {
        let platform = Platform::start_with(&[("RATE_LIMIT_LOGIN", "1/10")]).await;
        let checked = checked_passwords(&platform.router, &platform, path, headers).await;
        println!("{path} {headers:?}: {checked} of 200 wrong passwords were checked");
        let expected = if path == "/graphql" { 10..=12 } else { 0..=0 };
        assert!(expected.contains(&checked), "{path} {headers:?}: {checked}");
    }
}
