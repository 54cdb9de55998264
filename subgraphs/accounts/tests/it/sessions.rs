//! Where people are signed in, and signing out.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{PASSWORD, Person, TestApp, codes};

async fn session_ids(t: &TestApp, person: &Person) -> Vec<String> {
    let seen = t.query(Some(&person.access), "{ viewer { sessions { id } } }", json!({})).await;
    let sessions = seen["viewer"]["sessions"].as_array().unwrap();
    sessions.iter().map(|session| session["id"].as_str().unwrap().to_owned()).collect()
}

async fn is_signed_in(t: &TestApp, person: &Person) -> bool {
    t.query(Some(&person.access), "{ viewer { id } }", json!({})).await["viewer"] != Value::Null
}

#[sqlx::test(migrations = false)]
async fn who_logs_out_is_signed_out_here_only(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let phone = t.register("nina").await;
    let laptop = t.sign_in(&phone.email).await;
    let out = t.query(Some(&phone.access), "mutation { logout { ok userErrors { code } } }", json!({})).await;
    assert_eq!(out["logout"], json!({ "ok": true, "userErrors": [] }));
    assert!(!is_signed_in(&t, &phone).await);
    assert!(is_signed_in(&t, &laptop).await);
    assert_eq!(codes(&t.refresh(&phone.refresh).await), ["INVALID_TOKEN"]);
    assert_eq!(t.event_types().await, ["SessionRevoked"]);
}

#[sqlx::test(migrations = false)]
async fn who_logs_out_everywhere_is_signed_out_everywhere(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let phone = t.register("nina").await;
    let laptop = t.sign_in(&phone.email).await;
    let stranger = t.register("miles").await;
    t.query(Some(&phone.access), "mutation { logout(everywhere: true) { ok } }", json!({})).await;
    assert!(!is_signed_in(&t, &phone).await && !is_signed_in(&t, &laptop).await);
    assert!(is_signed_in(&t, &stranger).await);
    assert_eq!(t.event_types().await, ["SessionRevoked", "SessionRevoked"]);
}

#[sqlx::test(migrations = false)]
async fn a_token_of_an_ended_session_does_nothing_any_more(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    t.query(Some(&nina.access), "mutation { logout { ok } }", json!({})).await;
    for mutation in [
        "mutation { logout { ok } }",
        "mutation { updatePreferences(input: { autoplay: false }) { viewer { id } } }",
        "mutation { updateProfile(input: { displayName: \"X\" }) { viewer { id } } }",
    ] {
        assert_eq!(t.code(Some(&nina.access), mutation, json!({})).await, "UNAUTHENTICATED", "{mutation}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_lost_device_is_signed_out_from_another(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let phone = t.register("nina").await;
    let lost = session_ids(&t, &phone).await.remove(0);
    t.wait(1);
    let laptop = t.sign_in(&phone.email).await;
    let revoke = "mutation($id: ID!) { revokeSession(sessionId: $id) { ok userErrors { code } } }";
    let out = t.query(Some(&laptop.access), revoke, json!({ "id": lost })).await;
    assert_eq!(out["revokeSession"]["ok"], json!(true));
    assert!(!is_signed_in(&t, &phone).await);
    assert_eq!(session_ids(&t, &laptop).await.len(), 1);
}

#[sqlx::test(migrations = false)]
async fn nobody_signs_out_somebody_else(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let miles = t.register("miles").await;
    let hers = session_ids(&t, &nina).await.remove(0);
    let revoke = "mutation($id: ID!) { revokeSession(sessionId: $id) { ok userErrors { code } } }";
    for id in [hers.as_str(), "nonsense"] {
        let out = t.query(Some(&miles.access), revoke, json!({ "id": id })).await;
        assert_eq!(codes(&out["revokeSession"]), ["NOT_FOUND"]);
    }
    assert!(is_signed_in(&t, &nina).await);
}

#[sqlx::test(migrations = false)]
async fn with_one_session_too_many_the_one_ends_that_was_idle_longest(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let first = t.register("nina").await;
    t.wait(1);
    let second = t.sign_in(&first.email).await;
    t.wait(1);
    t.refresh(&first.refresh).await;
    for _ in 0..48 {
        t.wait(1);
        t.login(&first.email, PASSWORD).await;
    }
    assert_eq!(session_ids(&t, &first).await.len(), 50);
    assert!(is_signed_in(&t, &second).await);
    t.events().await;
    t.wait(1);
    let last = t.sign_in(&first.email).await;
    assert!(!is_signed_in(&t, &second).await, "it was idle longest");
    assert!(is_signed_in(&t, &first).await && is_signed_in(&t, &last).await);
    assert_eq!(session_ids(&t, &last).await.len(), 50);
    assert_eq!(codes(&t.refresh(&second.refresh).await), ["INVALID_TOKEN"]);
    let log = "{ viewer { securityLog(kinds: [SESSION_ENDED]) { totalCount edges { node { detail } } } } }";
    let log = t.query(Some(&last.access), log, json!({})).await["viewer"]["securityLog"].take();
    assert_eq!(log["edges"], json!([{ "node": { "detail": "too many sessions" } }]));
    // Nor does the table grow: what has ended is deleted after a day.
    t.app.store.prune(t.app.clock.now() + chrono::TimeDelta::days(2)).await;
    let left: i64 = sqlx::query_scalar("select count(*) from sessions").fetch_one(&t.pool).await.unwrap();
    assert_eq!(left, 50);
}

#[sqlx::test(migrations = false)]
async fn made_up_devices_do_not_fill_a_mailbox(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let query = "mutation($input: LoginInput!) { login(input: $input) { userErrors { code } } }";
    for number in 0..20 {
        let input = json!({ "email": nina.email, "password": PASSWORD, "deviceName": format!("Device {number}") });
        t.query(None, query, json!({ "input": input })).await;
    }
    let mails = t.event_types().await.into_iter().filter(|kind| kind == "SignedInOnNewDevice").count();
    assert!((1..=5).contains(&mails), "{mails} mails");
}
