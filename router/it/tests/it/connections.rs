//! Sockets and streamed responses: how many there may be, of whom, and for how long.

use std::time::Duration;

use futures::{StreamExt, stream};
use polyphony_router_it::{
    client::{Socket, json_of},
    router::Platform,
};
use serde_json::json;
use tokio::time::{sleep, timeout};

const HEARD: &str = r#"subscription { heard(name: "accept", every: 50) { count } }"#;
/// The second router or proxy in front says whom it speaks for.
const BEHIND_A_PROXY: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.0/8");

async fn open_from(platform: &Platform, address: &str) -> Result<Socket, u16> {
    platform.router.try_socket(&[("x-forwarded-for", address)], json!({})).await
}

#[tokio::test]
async fn three_thousand_anonymous_sockets_of_one_address_leave_another_its_place() {
    let platform = Platform::start_with(&[BEHIND_A_PROXY, ("RATE_LIMIT_SOCKET", "off")]).await;
    let outcomes: Vec<_> =
        stream::iter(0..3_000).map(|_| open_from(&platform, "203.0.113.7")).buffer_unordered(100).collect().await;
    let (open, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!((open.len(), refused.len()), (200, 2_800));
    assert!(refused.iter().all(|refused| refused.as_ref().err() == Some(&503)));

    let mut other = open_from(&platform, "203.0.113.8").await.expect("a place for another address");
    assert_eq!(other.hear().await["type"], "connection_ack");
    // Who is signed in has a place even there.
    let bearer = format!("Bearer {}", platform.key.token("usr_1"));
    let headers = [("x-forwarded-for", "203.0.113.7"), ("authorization", bearer.as_str())];
    platform.router.socket(&headers, json!({})).await;
    assert_eq!(open_from(&platform, "203.0.113.7").await.err(), Some(503));
}

#[tokio::test]
async fn addresses_of_one_ipv6_network_are_one_client() {
    let variables = [BEHIND_A_PROXY, ("MAX_ANONYMOUS_CONNECTIONS_PER_NETWORK", "1")];
    let platform = Platform::start_with(&variables).await;
    let _first = open_from(&platform, "2001:db8:1:2::1").await.expect("a place");
    assert_eq!(open_from(&platform, "2001:db8:1:2:3::9").await.err(), Some(503));
    assert!(open_from(&platform, "2001:db8:1:3::1").await.is_ok());
}

#[tokio::test]
async fn no_network_gets_all_even_with_many_accounts() {
    // A quarter of eight.
    let platform = Platform::start_with(&[BEHIND_A_PROXY, ("MAX_LONG_LIVED_CLIENTS", "8")]).await;
    let open = async |user: usize, address: &str| {
        let bearer = format!("Bearer {}", platform.key.token(&format!("usr_{user}")));
        platform.router.try_socket(&[("x-forwarded-for", address), ("authorization", &bearer)], json!({})).await
    };
    let _sockets = [open(1, "203.0.113.7").await.expect("first"), open(2, "203.0.113.7").await.expect("second")];
    assert_eq!(open(3, "203.0.113.7").await.err(), Some(503));
    assert!(open(4, "203.0.113.8").await.is_ok());
}

#[tokio::test]
async fn opening_sockets_is_counted() {
    let platform = Platform::start_with(&[BEHIND_A_PROXY, ("RATE_LIMIT_SOCKET", "1/3")]).await;
    for _ in 0..3 {
        open_from(&platform, "203.0.113.7").await.expect("a place").close().await;
    }
    assert_eq!(open_from(&platform, "203.0.113.7").await.err(), Some(429));
    assert!(open_from(&platform, "203.0.113.8").await.is_ok());
}

#[tokio::test]
async fn a_person_has_so_many_sockets_wherever_they_are() {
    let platform = Platform::start_with(&[BEHIND_A_PROXY, ("MAX_CONNECTIONS_PER_USER", "1")]).await;
    let init = json!({ "Authorization": format!("Bearer {}", platform.key.token("usr_1")) });
    let first = platform.router.socket(&[("x-forwarded-for", "203.0.113.7")], init.clone()).await;
    let mut second =
        platform.router.try_socket(&[("x-forwarded-for", "203.0.113.8")], init.clone()).await.expect("open");
    // A code that clients try again after.
    assert_eq!(second.close_code().await, 1013);
    first.close().await;
    sleep(Duration::from_millis(500)).await;
    platform.router.socket(&[("x-forwarded-for", "203.0.113.8")], init).await;
}

#[tokio::test]
async fn who_is_not_signed_in_and_does_nothing_is_sent_away() {
    let platform = Platform::start_with(&[("ANONYMOUS_IDLE_TIMEOUT_SECONDS", "2")]).await;
    let mut idle = platform.router.socket(&[], json!({})).await;
    let mut busy = platform.router.socket(&[], json!({})).await;
    busy.subscribe("1", HEARD).await;
    let bearer = format!("Bearer {}", platform.key.token("usr_1"));
    let mut known = platform.router.socket(&[], json!({ "Authorization": bearer })).await;
    // A token that is none makes nobody known.
    let mut pretender = platform.router.socket(&[], json!({ "Authorization": "Bearer nonsense" })).await;
    assert_eq!((idle.close_code().await, pretender.close_code().await), (json!(1000), json!(1000)));
    assert!(busy.hears_for("1", Duration::from_secs(3)).await);
    known.subscribe("1", HEARD).await;
    assert_eq!(known.hear().await["type"], "next");
}

#[tokio::test]
async fn who_is_not_signed_in_is_here_for_so_long() {
    let platform = Platform::start_with(&[("ANONYMOUS_CONNECTION_LIFETIME_SECONDS", "2")]).await;
    let mut socket = platform.router.socket(&[], json!({})).await;
    socket.subscribe("1", HEARD).await;
    assert_eq!(socket.close_code().await, 1001);
    let answer = platform.router.post(HEARD).header("accept", "text/event-stream").send().await.expect("an answer");
    let body = timeout(Duration::from_secs(8), answer.text()).await.expect("it ends").expect("a body");
    assert!(body.contains("CONNECTION_EXPIRED") && body.ends_with("event: complete\n\n"), "{body}");
}

#[tokio::test]
async fn streams_over_http_are_connections_too() {
    let platform = Platform::start_with(&[("MAX_ANONYMOUS_CONNECTIONS_PER_NETWORK", "1")]).await;
    let stream =
        async || platform.router.post(HEARD).header("accept", "text/event-stream").send().await.expect("an answer");
    let mut first = stream().await;
    assert!(first.chunk().await.expect("a chunk").is_some());
    // hive-router has no form for a refusal in a stream alone.
    let refused = platform.router.post(HEARD).header("accept", "application/json, text/event-stream").send().await;
    assert_eq!(refused.expect("an answer").status(), 429);
    assert_eq!(platform.router.try_socket(&[], json!({})).await.err(), Some(503));
    drop(first);
    sleep(Duration::from_millis(500)).await;
    platform.router.socket(&[], json!({})).await;
    // Queries are no connections.
    let query = platform.router.post("{ person { name } }").send().await.expect("an answer");
    assert!(json_of(query).await["data"]["person"].is_object());
}

#[tokio::test]
async fn a_socket_that_nobody_begins_is_closed() {
    let platform = Platform::start().await;
    let mut socket = platform.router.silent_socket(&[]).await.expect("open");
    assert_eq!(socket.close_code().await, 4408);
}
