//! Signing in.

use std::time::{Duration, Instant};

use argon2::Params;
use polyphony_kit::rate_limit::LOGIN_OUTCOME_HEADER;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{PASSWORD, TestApp, codes};

#[sqlx::test(migrations = false)]
async fn the_right_password_opens_a_session_of_its_own(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let payload = t.login(" NINA@example.org", PASSWORD).await;
    assert_eq!(payload["viewer"]["id"], json!(nina.viewer));
    let access = payload["tokens"]["accessToken"].as_str().unwrap();
    let sessions = t.query(Some(access), "{ viewer { sessions { deviceName current } } }", json!({})).await;
    let expected = json!([{ "deviceName": "Laptop", "current": true }, { "deviceName": "Phone", "current": false }]);
    assert_eq!(sessions["viewer"]["sessions"], expected);
}

#[sqlx::test(migrations = false)]
async fn an_unknown_address_and_a_wrong_password_are_answered_the_same(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    let wrong = t.login("nina@example.org", "not her password").await;
    assert_eq!(codes(&wrong), ["INVALID_CREDENTIALS"]);
    assert_eq!(wrong["tokens"], Value::Null);
    for email in ["nobody@example.org", "no address", ""] {
        assert_eq!(t.login(email, "not her password").await, wrong);
    }
}

#[sqlx::test(migrations = false)]
async fn the_router_is_told_of_a_right_password_and_of_nothing_else(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    let query = "mutation($input: LoginInput!) { login(input: $input) { userErrors { code message } } }";
    let outcome = async |password: &str| {
        let input = json!({ "email": "nina@example.org", "password": password, "deviceName": "eyJ" });
        let headers = t.headers(query, json!({ "input": input })).await;
        headers.get(LOGIN_OUTCOME_HEADER).map(|outcome| outcome.to_str().unwrap().to_owned())
    };
    assert_eq!(outcome(PASSWORD).await.as_deref(), Some("ok"));
    assert_eq!(outcome("not her password").await, None);
}

#[sqlx::test(migrations = false)]
async fn an_unknown_address_takes_as_long_as_a_wrong_password(pool: PgPool) {
    let t = TestApp::with_passwords(pool, Params::default()).await;
    t.register("nina").await;
    let mut fastest = [Duration::MAX; 2];
    // The fastest of many: other tests take the processor away from some.
    for _ in 0..25 {
        for (email, fastest) in ["nina@example.org", "nobody@example.org"].into_iter().zip(&mut fastest) {
            let started = Instant::now();
            t.login(email, "not her password").await;
            *fastest = started.elapsed().min(*fastest);
        }
    }
    let ratio = fastest[0].as_secs_f64() / fastest[1].as_secs_f64();
    assert!((0.6..1.7).contains(&ratio), "known and unknown address take {fastest:?}");
}

#[sqlx::test(migrations = false)]
async fn a_password_is_right_however_its_letters_are_composed(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let query = "mutation($input: RegisterInput!) { register(input: $input) { userErrors { code } } }";
    let input =
        json!({ "email": "z@example.org", "password": "cafe\u{301} au lait", "handle": "zoe", "displayName": "Zoe" });
    t.query(None, query, json!({ "input": input })).await;
    assert_eq!(codes(&t.login("z@example.org", "caf\u{e9} au lait").await), [""; 0]);
}

#[sqlx::test(migrations = false)]
async fn an_endless_password_is_wrong_not_an_error(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    assert_eq!(codes(&t.login("nina@example.org", &"x".repeat(1 << 20)).await), ["INVALID_CREDENTIALS"]);
}

#[sqlx::test(migrations = false)]
async fn many_logins_at_once_all_come_through(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    let logins = (0..20).map(|_| t.login("nina@example.org", PASSWORD));
    for payload in futures::future::join_all(logins).await {
        assert_eq!(codes(&payload), [""; 0]);
    }
}

#[sqlx::test(migrations = false)]
async fn a_hash_is_renewed_at_sign_in_when_its_parameters_have_changed(pool: PgPool) {
    let weak = TestApp::new(pool.clone()).await;
    let nina = weak.register("nina").await;
    let stored = async || {
        let hash = sqlx::query_scalar("select password_hash from users").fetch_one(&weak.pool).await;
        hash.unwrap_or_else(|error| panic!("{error}"))
    };
    let before: String = stored().await;
    let strong = TestApp::with_passwords(pool, Params::new(64, 3, 1, None).unwrap()).await;
    assert_eq!(codes(&strong.login(&nina.email, "not her password").await), ["INVALID_CREDENTIALS"]);
    assert_eq!(stored().await, before);
    assert_eq!(codes(&strong.login(&nina.email, PASSWORD).await), [""; 0]);
    let after = stored().await;
    assert!(after.contains("m=64,t=3,p=1") && !before.contains("m=64,t=3,p=1"), "{before} {after}");
    assert_eq!(codes(&strong.login(&nina.email, PASSWORD).await), [""; 0]);
    assert_eq!(stored().await, after, "once is enough");
    // Nothing else of the account has changed: her tokens are good.
    let seen = weak.query(Some(&nina.access), "{ viewer { id } }", json!({})).await;
    assert_eq!(seen["viewer"]["id"], json!(nina.viewer));
}

#[sqlx::test(migrations = false)]
async fn under_a_flood_some_are_told_to_come_again_and_nobody_waits_in_vain(pool: PgPool) {
    let t = TestApp::with_passwords(pool, Params::default()).await;
    let query = "mutation($input: LoginInput!) { login(input: $input) { userErrors { code } } }";
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let input = json!({ "input": { "email": "nobody@example.org", "password": "guess" } });
    let flood = (0..cores * 200).map(|_| t.execute(None, query, input.clone()));
    let mut refused = 0;
    for answer in futures::future::join_all(flood).await {
        match answer.errors.first() {
            None => assert_eq!(codes(&answer.data["login"]), ["INVALID_CREDENTIALS"]),
            Some(error) => {
                assert_eq!(error["extensions"]["code"], json!("RATE_LIMITED"));
                assert!(error["extensions"]["retryAfterMs"].as_i64().unwrap() > 0);
                refused += 1;
            }
        }
    }
    assert!((1..=cores * 100).contains(&refused), "{refused} were refused");
}
