//! Who asks too often. These routers find no Redis, so they count for themselves, and nobody is answered with an error for it.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use polyphony_router_it::{
    client::{code, json_of},
    router::Platform,
};
use serde_json::json;

const QUERY: &str = "{ person { name } }";

#[tokio::test]
async fn a_person_who_asks_too_often_waits_and_others_do_not() {
    let platform = Platform::start_with(&[("RATE_LIMIT_USER", "1/3")]).await;
    let (one, other) = (platform.key.token("usr_1"), platform.key.token("usr_2"));
    for left in [2, 1, 0] {
        let answer = platform.router.post(QUERY).bearer_auth(&one).send().await.expect("an answer");
        let header = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
        assert_eq!((header("ratelimit-limit"), header("ratelimit-remaining")), ("3".to_owned(), left.to_string()));
        assert!(header("ratelimit").starts_with(&format!("\"requests\";r={left};t=")));
        assert_eq!(json_of(answer).await["data"]["person"]["name"], "Ada");
    }
    let refused = platform.router.post(QUERY).bearer_auth(&one).send().await.expect("an answer");
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    let refused = json_of(refused).await;
    assert_eq!(code(&refused), "RATE_LIMITED");
    assert!(refused["errors"][0]["extensions"]["retryAfterMs"].as_u64().is_some_and(|ms| ms > 0), "{refused}");
    assert!(refused.get("data").is_none());

    assert_eq!(platform.router.query_as(&other, QUERY).await["data"]["person"]["name"], "Ada");
    assert_eq!(platform.router.query(QUERY).await["data"]["person"]["name"], "Ada");
}

#[tokio::test]
async fn a_forged_address_does_not_help() {
    let platform = Platform::start_with(&[("RATE_LIMIT_ADDRESS", "1/2")]).await;
    let ask = async |address: &str| {
        let request =
            platform.router.post(QUERY).header("x-forwarded-for", address).header("x-request-budget", "9 9 9");
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!([ask("192.0.2.1").await, ask("192.0.2.2").await, ask("192.0.2.3").await], [200, 200, 429]);
}

#[tokio::test]
async fn a_guessed_token_counts_for_the_address() {
    let platform = Platform::start_with(&[("RATE_LIMIT_ADDRESS", "1/5")]).await;
    let guess = async |number: usize| {
        let request = platform.router.post(QUERY).bearer_auth(format!("guess{number}"));
        request.send().await.expect("an answer").headers().contains_key("retry-after")
    };
    let limited = join_all((0..10).map(guess)).await;
    assert_eq!(limited.into_iter().filter(|limited| *limited).count(), 5);
}

#[tokio::test]
async fn operations_on_a_socket_count_too() {
    let platform = Platform::start_with(&[("RATE_LIMIT_USER", "1/2")]).await;
    let bearer = format!("Bearer {}", platform.key.token("usr_1"));
    let mut socket = platform.router.socket(&[], json!({ "Authorization": bearer })).await;
    for id in ["1", "2"] {
        socket.subscribe(id, QUERY).await;
        assert_eq!(socket.hear().await["type"], "next");
        assert_eq!(socket.hear().await["type"], "complete");
    }
    socket.subscribe("3", QUERY).await;
    let refused = socket.hear().await;
    assert_eq!(refused["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{refused}");
}

#[tokio::test]
async fn a_person_has_so_many_subscriptions_and_gets_places_back() {
    let platform = Platform::start_with(&[("MAX_SUBSCRIPTIONS_PER_CLIENT", "2")]).await;
    let bearer = format!("Bearer {}", platform.key.token("usr_1"));
    let heard = r#"subscription { heard(name: "accept", every: 20) { count } }"#;
    let mut sockets = Vec::new();
    for _ in 0..2 {
        let mut socket = platform.router.socket(&[], json!({ "Authorization": bearer })).await;
        socket.subscribe("1", heard).await;
        assert_eq!(socket.hear().await["type"], "next");
        sockets.push(socket);
    }
    let mut third = platform.router.socket(&[], json!({ "Authorization": bearer })).await;
    third.subscribe("1", heard).await;
    assert_eq!(third.hear().await["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    for socket in sockets {
        socket.close().await;
    }
    for turn in 0.. {
        assert!(turn < 100, "no place was given back");
        third.subscribe(&format!("again{turn}"), heard).await;
        if third.hear().await["type"] == "next" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn who_asks_a_lot_at_once_waits_for_its_turn_and_nobody_else_does() {
    let platform = Platform::start_with(&[("MAX_CONCURRENT_PER_CLIENT", "1")]).await;
    let (greedy, other) = (platform.key.token("usr_1"), platform.key.token("usr_2"));
    let answered = AtomicUsize::new(0);
    let all = join_all((0..10).map(async |number| {
        let query = format!("{{ slowHeader(name: \"x-{number}\") }}");
        assert!(platform.router.query_as(&greedy, &query).await["errors"].is_null());
        answered.fetch_add(1, Ordering::Relaxed);
    }));
    let one = async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        platform.router.query_as(&other, r#"{ slowHeader(name: "accept") }"#).await;
        answered.load(Ordering::Relaxed)
    };
    let (_, before) = tokio::join!(all, one);
    assert!(before <= 5, "{before} of ten were executed meanwhile");
    assert_eq!(answered.into_inner(), 10);
}

#[tokio::test]
async fn two_people_who_ask_the_same_two_thousand_times_never_see_each_other() {
    let variables = [("RATE_LIMIT_USER", "off"), ("MAX_CONCURRENT_PER_CLIENT", "1000")];
    let platform = Platform::start_with(&variables).await;
    let tokens = [platform.key.token("usr_1"), platform.key.token("usr_2")];
    for _ in 0..10 {
        join_all((0..400).map(async |turn| {
            let token = &tokens[turn % 2];
            let result = platform.router.query_as(token, r#"{ slowHeader(name: "authorization") }"#).await;
            assert_eq!(result["data"]["slowHeader"], format!("Bearer {token}"));
        }))
        .await;
    }
}
