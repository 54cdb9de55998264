//! Sessions that have ended: their tokens are refused and their sockets are closed, within seconds. These tests need a Redis.

use std::time::Duration;

use polyphony_revocations::{Publisher, Revocation};
use polyphony_router_it::{router::Platform, tokens::claims};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

const HEARD: &str = r#"subscription { heard(name: "accept", every: 50) { count } }"#;
/// What the contract allows.
const WITHIN: Duration = Duration::from_secs(5);

fn redis() -> String {
    std::env::var("REDIS_URL").expect("REDIS_URL is not set: run the tests with `cargo xtask test`")
}

/// A session id that no other test uses.
fn session(name: &str) -> String {
    let nanoseconds = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos());
    format!("ses_{name}{nanoseconds}")
}

fn token(platform: &Platform, user: &str, session: &str, version: i64) -> String {
    let mut claims = claims(user);
    claims["sid"] = session.into();
    claims["ver"] = version.into();
    platform.key.sign(&platform.key.header(), &claims)
}

async fn until_refused(platform: &Platform, token: &str) {
    let refused = async {
        while platform.router.query_as(token, "{ person { name } }").await["data"]["person"].is_object() {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(WITHIN, refused).await.expect("it is refused in time");
}

#[tokio::test]
async fn a_revoked_session_is_refused_and_its_socket_closed_and_no_others() {
    let platform = Platform::start_with(&[("REDIS_URL", &redis())]).await;
    let (ended, other) = (session("a"), session("b"));
    let tokens = [token(&platform, "usr_1", &ended, 1), token(&platform, "usr_1", &other, 1)];
    let mut sockets = Vec::new();
    for token in &tokens {
        let mut socket = platform.router.socket(&[], json!({ "Authorization": format!("Bearer {token}") })).await;
        socket.subscribe("1", HEARD).await;
        assert_eq!(socket.hear().await["type"], "next");
        sockets.push(socket);
    }
    Publisher::new(&redis()).expect("a publisher").publish(&[Revocation::Session(ended)]).await.expect("published");

    until_refused(&platform, &tokens[0]).await;
    let closed = async {
        loop {
            let message = sockets[0].hear().await;
            if message.get("close").is_some() {
                return message;
            }
        }
    };
    assert_eq!(timeout(WITHIN, closed).await.expect("it is closed in time"), json!({ "close": 4403 }));
    assert_eq!(platform.router.query_as(&tokens[1], "{ person { name } }").await["data"]["person"]["name"], "Ada");
    assert_eq!(sockets[1].hear().await["type"], "next");
}

#[tokio::test]
async fn tokens_of_an_older_account_are_refused_and_the_next_is_not() {
    let platform = Platform::start_with(&[("REDIS_URL", &redis())]).await;
    let user = session("usr").replace("ses_", "usr_");
    let (old, new) = (token(&platform, &user, "ses_1", 3), token(&platform, &user, "ses_1", 4));
    let revocation = Revocation::User { id: user, version: 3 };
    Publisher::new(&redis()).expect("a publisher").publish(&[revocation]).await.expect("published");
    until_refused(&platform, &old).await;
    assert_eq!(platform.router.query_as(&new, "{ person { name } }").await["data"]["person"]["name"], "Ada");
}

#[tokio::test]
async fn two_routers_count_together() {
    let settings = [("REDIS_URL", redis()), ("RATE_LIMIT_USER", "1/4".to_owned())];
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (one, other) = (Platform::start_with(&settings).await, Platform::start_with(&settings).await);
    let user = session("usr");
    let mut passed = 0;
    for platform in [&one, &other, &one, &other, &one, &other] {
        let token = token(platform, &user, "ses_1", 1);
        let answer: Value = platform.router.query_as(&token, "{ person { name } }").await;
        passed += usize::from(answer["data"]["person"].is_object());
    }
    assert_eq!(passed, 4);
}
