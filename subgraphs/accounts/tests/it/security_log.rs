//! The security log, and the news of new devices.

use polyphony_kit::Role;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{PASSWORD, TestApp};

async fn kinds(t: &TestApp, token: &str) -> Vec<String> {
    let seen = t.query(Some(token), "{ viewer { securityEvents { kind } } }", json!({})).await;
    let events = seen["viewer"]["securityEvents"].as_array().unwrap();
    events.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
}

#[sqlx::test(migrations = false)]
async fn a_person_sees_what_happened_to_them_and_to_nobody_else(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    t.register("miles").await;
    t.wait(1);
    t.login("nina@example.org", "not her password").await;
    t.login("nobody@example.org", "not her password").await;
    t.wait(1);
    let laptop = t.sign_in(&nina.email).await;
    assert_eq!(kinds(&t, &laptop.access).await, ["SIGNED_IN", "SIGN_IN_FAILED", "SIGNED_UP"]);

    let query = "{ viewer { securityEvents { ipAddress userAgent } sessions { current securityEvents { kind } } } }";
    let seen = t.query(Some(&laptop.access), query, json!({})).await;
    let expected = json!({ "ipAddress": "203.0.113.7", "userAgent": "tests/1.0" });
    assert_eq!(seen["viewer"]["securityEvents"][0], expected);
    let current = seen["viewer"]["sessions"].as_array().unwrap().iter().find(|session| session["current"] == true);
    assert_eq!(current.unwrap()["securityEvents"], json!([{ "kind": "SIGNED_IN" }]));
}

#[sqlx::test(migrations = false)]
async fn passwords_that_are_guessed_with_a_stolen_token_are_noted(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    for mutation in [
        "mutation($p: String!) { changePassword(currentPassword: $p, newPassword: \"seventeen green herons\") { userErrors { code } } }",
        "mutation($p: String!) { deleteAccount(password: $p) { userErrors { code } } }",
        "mutation($p: String!) { requestEmailChange(newEmail: \"x@example.net\", password: $p) { userErrors { code } } }",
    ] {
        t.query(Some(&nina.access), mutation, json!({ "p": "not her password" })).await;
    }
    let failures = log(&t, &nina.access, json!({ "kinds": ["SIGN_IN_FAILED"] })).await;
    let expected = json!({ "kind": "SIGN_IN_FAILED", "count": 3 });
    let node = &failures["edges"][0]["node"];
    assert_eq!(json!({ "kind": node["kind"], "count": node["count"] }), expected);
}

#[sqlx::test(migrations = false)]
async fn what_admins_and_thieves_do_is_noted(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let nina = t.register("nina").await;
    let role = "mutation($id: ID!) { setUserRole(userId: $id, role: CREATOR) { user { id } } }";
    t.wait(1);
    t.query(Some(&admin.access), role, json!({ "id": nina.id })).await;
    t.wait(1);
    let second = t.refresh(&nina.refresh).await;
    t.refresh(second["tokens"]["refreshToken"].as_str().unwrap()).await;
    t.refresh(&nina.refresh).await;
    let again = t.sign_in(&nina.email).await;
    let noted = kinds(&t, &again.access).await;
    for kind in ["ROLE_CHANGED", "TOKEN_REUSED", "SESSION_ENDED"] {
        assert!(noted.iter().any(|noted| noted == kind), "{kind} is not in {noted:?}");
    }
}

#[sqlx::test(migrations = false)]
async fn the_log_is_only_added_to(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    for statement in
        ["update security_events set kind = 'SIGNED_IN'", "delete from security_events", "truncate security_events"]
    {
        assert!(sqlx::query(statement).execute(&t.pool).await.is_err(), "{statement}");
    }
    // What is old enough may go.
    sqlx::query(
        "insert into security_events (id, kind, created_at) values (gen_random_uuid(), 'SIGNED_IN', now() - interval '92 days')",
    )
    .execute(&t.pool)
    .await
    .unwrap();
    t.app.store.prune(t.app.clock.now()).await;
    let left: i64 = sqlx::query_scalar("select count(*) from security_events").fetch_one(&t.pool).await.unwrap();
    assert_eq!(left, 1);
}

#[sqlx::test(migrations = false)]
async fn who_signs_in_on_a_new_device_is_told_and_on_a_known_one_is_not(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    t.login("nina@example.org", PASSWORD).await;
    let events = t.events().await;
    assert_eq!(events.len(), 1);
    let (kind, data) = &events[0];
    assert_eq!(kind, "SignedInOnNewDevice");
    assert_eq!((&data["email"], &data["device_name"]), (&json!("nina@example.org"), &json!("Laptop")));
    assert_eq!(data["ip_address"], json!("203.0.113.7"));
    t.login("nina@example.org", PASSWORD).await;
    assert_eq!(t.events().await, []);
}

#[sqlx::test(migrations = false)]
async fn others_hear_of_changed_preferences(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let update =
        "mutation { updatePreferences(input: { locale: \"de\", emailNotifications: false }) { viewer { id } } }";
    t.query(Some(&nina.access), update, json!({})).await;
    let (kind, data) = t.events().await.pop().unwrap();
    assert_eq!(kind, "UserPreferencesChanged");
    assert_eq!((&data["locale"], &data["email_notifications"]), (&json!("de"), &Value::Bool(false)));
}

const LOG: &str = "query($kinds: [SecurityEventKind!], $first: Int, $after: String) {
    viewer { securityLog(kinds: $kinds, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { kind count at lastAt ipAddress } } } } }";

async fn log(t: &TestApp, token: &str, variables: Value) -> Value {
    t.query(Some(token), LOG, variables).await["viewer"]["securityLog"].take()
}

#[sqlx::test(migrations = false)]
async fn guesses_do_not_wash_away_what_a_thief_did(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let thief = t.sign_in(&nina.email).await;
    let make = "mutation { createApiKey(name: \"x\", scopes: []) { secret } }";
    t.query(Some(&thief.access), make, json!({})).await;
    for _ in 0..60 {
        t.wait(1);
        t.login(&nina.email, "not her password").await;
    }
    let seen = kinds(&t, &nina.access).await;
    assert!(seen.contains(&"API_KEY_CREATED".to_owned()) && seen.contains(&"SIGNED_UP".to_owned()), "{seen:?}");
    let failures = log(&t, &nina.access, json!({ "kinds": ["SIGN_IN_FAILED"] })).await;
    let edges = failures["edges"].as_array().unwrap();
    // The hour may have turned in between.
    assert!((1..=2).contains(&edges.len()), "{failures:#}");
    let count: i64 = edges.iter().map(|edge| edge["node"]["count"].as_i64().unwrap()).sum();
    assert_eq!(count, 60);
    assert_ne!(edges[0]["node"]["at"], edges[0]["node"]["lastAt"]);
    assert_eq!(edges[0]["node"]["ipAddress"], json!("203.0.113.7"));
}

#[sqlx::test(migrations = false)]
async fn guesses_at_nobody_are_few_rows(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let guesses = (0..40).map(|n| {
        let t = &t;
        async move { t.login(&format!("nobody{n}@example.org"), "not a password").await }
    });
    futures::future::join_all(guesses).await;
    let (rows, count): (i64, i64) =
        sqlx::query_as("select count(*), sum(count)::bigint from security_events").fetch_one(&t.pool).await.unwrap();
    assert_eq!((rows, count), (1, 40));
}

#[sqlx::test(migrations = false)]
async fn the_log_has_pages_and_a_filter(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    for _ in 0..5 {
        t.wait(1);
        t.login(&nina.email, PASSWORD).await;
    }
    let first = log(&t, &nina.access, json!({ "first": 4 })).await;
    assert_eq!((&first["totalCount"], &first["pageInfo"]["hasNextPage"]), (&json!(6), &json!(true)));
    // What comes in the meantime moves nothing.
    t.wait(1);
    t.login(&nina.email, PASSWORD).await;
    let rest = log(&t, &nina.access, json!({ "first": 4, "after": first["pageInfo"]["endCursor"] })).await;
    let rest: Vec<_> = rest["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["kind"].clone()).collect();
    assert_eq!(rest, ["SIGNED_IN", "SIGNED_UP"]);
    let up = log(&t, &nina.access, json!({ "kinds": ["SIGNED_UP", "SUSPENDED"] })).await;
    assert_eq!((&up["totalCount"], up["edges"].as_array().unwrap().len()), (&json!(1), 1));
    assert_eq!(log(&t, &nina.access, json!({ "kinds": [] })).await["totalCount"], json!(0));
    for wrong in [json!({ "first": 101 }), json!({ "after": "nonsense" })] {
        assert_eq!(t.code(Some(&nina.access), LOG, wrong).await, "BAD_USER_INPUT");
    }
}

#[sqlx::test(migrations = false)]
async fn admins_see_what_happened_to_whom_and_who_did_it(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let nina = t.register("nina").await;
    t.login("nobody@example.org", "not a password").await;
    t.wait(1);
    let role = "mutation($id: ID!) { setUserRole(userId: $id, role: CREATOR) { user { id } } }";
    t.query(Some(&admin.access), role, json!({ "id": nina.id })).await;
    let all = "query($user: ID, $kinds: [SecurityEventKind!]) { securityEvents(userId: $user, kinds: $kinds) {
        totalCount edges { node { kind user { handle } actor { handle } } } } }";
    let seen = t.query(Some(&admin.access), all, json!({ "user": nina.id })).await["securityEvents"].take();
    let expected = json!({ "totalCount": 2, "edges": [
        { "node": { "kind": "ROLE_CHANGED", "user": { "handle": "nina" }, "actor": { "handle": "admin" } } },
        { "node": { "kind": "SIGNED_UP", "user": { "handle": "nina" }, "actor": null } },
    ] });
    assert_eq!(seen, expected);
    let failed = json!({ "kinds": ["SIGN_IN_FAILED"] });
    let seen = t.query(Some(&admin.access), all, failed).await["securityEvents"].take();
    assert_eq!(seen["edges"], json!([{ "node": { "kind": "SIGN_IN_FAILED", "user": null, "actor": null } }]));
    let nobody = t.query(Some(&admin.access), all, json!({ "user": "nonsense" })).await;
    assert_eq!(nobody["securityEvents"], Value::Null);
    assert_eq!(t.code(Some(&nina.access), all, json!({ "user": nina.id })).await, "FORBIDDEN");
    assert_eq!(t.code(None, all, json!({})).await, "UNAUTHENTICATED");
}

#[sqlx::test(migrations = false)]
async fn a_count_grows_and_nothing_else_of_an_entry_changes(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.login("nobody@example.org", "not a password").await;
    for statement in [
        "update security_events set ip_address = '198.51.100.1', count = count + 1",
        "update security_events set count = 0",
        "update security_events set last_at = last_at + interval '1 hour'",
        "update security_events set count = count + 1, last_at = last_at - interval '1 hour'",
    ] {
        assert!(sqlx::query(statement).execute(&t.pool).await.is_err(), "{statement}");
    }
}
