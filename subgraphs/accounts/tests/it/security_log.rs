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
    assert!(t.app.store.prune(t.app.clock.now()).await.unwrap() >= 1);
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
