//! Signing in.

use std::time::{Duration, Instant};

use argon2::Params;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{PASSWORD, TestApp, codes};

#[sqlx::test(migrations = false)]
async fn the_right_password_opens_a_session_of_its_own(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let payload = t.login(" NINA@example.org", PASSWORD).await;
    assert_eq!(payload["viewer"]["id"], json!(nina.id));
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
async fn an_unknown_address_takes_as_long_as_a_wrong_password(pool: PgPool) {
    let t = TestApp::with_passwords(pool, Params::default()).await;
    t.register("nina").await;
    let mut fastest = [Duration::MAX; 2];
    for _ in 0..6 {
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
