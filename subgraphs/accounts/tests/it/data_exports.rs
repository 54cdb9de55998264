//! People ask for everything that is kept about them.

use axum::body::{Body, to_bytes};
use polyphony_accounts::app::routes;
use polyphony_kit::auth::ROUTER_SECRET_HEADER;
use polyphony_testkit::keys::ROUTER_SECRET;
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt;

use crate::app::{Person, TestApp, codes};

const EXPORT: &str =
    "mutation($key: String) { exportMyData(idempotencyKey: $key) { exportId userErrors { code path } } }";

async fn export(t: &TestApp, who: &Person, key: Option<&str>) -> Value {
    t.query(Some(&who.access), EXPORT, json!({ "key": key })).await["exportMyData"].take()
}

/// The records of the parts among these events, by file.
fn records(events: &[(String, Value)]) -> Vec<(String, Value)> {
    let parts = events.iter().filter(|(kind, _)| kind == "AccountDataExported").map(|(_, data)| &data["part"]);
    let records = parts.flat_map(|part| part["records"].as_array().unwrap().clone());
    records.map(|record| (record["file"].as_str().unwrap().to_owned(), record["data"].clone())).collect()
}

#[sqlx::test(migrations = false)]
async fn an_export_begins_with_what_accounts_keeps_and_tells_its_owner(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let create = "mutation { createApiKey(name: \"Backup\", scopes: []) { secret } }";
    let key = t.query(Some(&nina.access), create, json!({})).await["createApiKey"]["secret"].take();
    t.events().await;

    let begun = export(&t, &nina, None).await;
    let id = begun["exportId"].as_str().unwrap();
    assert!(id.starts_with("exp_") && begun["userErrors"] == json!([]), "{begun:#}");
    let events = t.events().await;
    let kinds: Vec<_> = events.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, ["DataExportRequested", "AccountDataExported", "SecurityNotice"]);
    assert!(events[..2].iter().all(|(_, data)| data["export_id"] == id && data["user_id"] == nina.id.as_str()));
    assert_eq!(events[1].1["part"]["is_last"], true);
    assert_eq!(events[2].1["kind"], "DATA_EXPORT_REQUESTED");

    let records = records(&events);
    let of = |file: &str| records.iter().filter(|(name, _)| name == file).map(|(_, data)| data).collect::<Vec<_>>();
    assert_eq!(of("account")[0]["email"], "nina@example.org");
    assert_eq!(of("sessions")[0]["deviceName"], "Phone");
    assert_eq!(of("api_keys")[0]["name"], "Backup");
    assert!(of("security_log").iter().any(|entry| entry["kind"] == "API_KEY_CREATED"), "{records:#?}");
    let text = serde_json::to_string(&events).unwrap();
    let secrets = [key.as_str().unwrap(), "$argon2", &nina.access, &nina.refresh];
    assert!(secrets.iter().all(|secret| !text.contains(secret)), "a secret is exported");
}

#[sqlx::test(migrations = false)]
async fn a_long_log_is_cut_into_parts(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let sql = "insert into security_events (id, user_id, kind, created_at)
        select gen_random_uuid(), id, 'SIGNED_IN', now() - interval '1 day' from users, generate_series(1, 1250)";
    sqlx::query(sql).execute(&t.pool).await.unwrap();
    export(&t, &nina, None).await;
    let events = t.events().await;
    let parts: Vec<_> = events.iter().filter(|(kind, _)| kind == "AccountDataExported").map(|(_, data)| data).collect();
    let numbers: Vec<_> = parts.iter().map(|data| data["part"]["number"].as_u64().unwrap() as usize).collect();
    assert_eq!(numbers, (1..=parts.len()).collect::<Vec<_>>());
    let last: Vec<_> = parts.iter().map(|data| data["part"]["is_last"].as_bool().unwrap()).collect();
    assert!(last.iter().rev().skip(1).all(|is_last| !is_last) && last.last() == Some(&true));
    assert!(parts.iter().all(|data| data.to_string().len() < 100_000));
    let log = records(&events).into_iter().filter(|(file, _)| file == "security_log").count();
    assert_eq!(log, 1251, "each entry once, that of signing up among them");
}

#[sqlx::test(migrations = false)]
async fn one_export_a_day_and_the_same_key_answers_the_same_export(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let first = export(&t, &nina, Some("k")).await;
    assert!(!t.events().await.is_empty());
    assert_eq!(export(&t, &nina, Some("k")).await, first);
    assert_eq!(codes(&export(&t, &nina, None).await), ["TOO_SOON"]);
    assert_eq!(codes(&export(&t, &nina, Some("other")).await), ["TOO_SOON"]);
    assert!(t.events().await.is_empty(), "nothing was begun");
    let ben = t.register("ben").await;
    assert_eq!(codes(&export(&t, &ben, Some("k")).await), [""; 0], "others have their own");
    sqlx::query("update data_exports set requested_at = requested_at - interval '1 day'")
        .execute(&t.pool)
        .await
        .unwrap();
    assert_eq!(codes(&export(&t, &nina, None).await), [""; 0]);
}

#[sqlx::test(migrations = false)]
async fn an_export_needs_a_step_up_and_api_keys_may_not(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.wait(5 * 60 - 1);
    let nina = t.register("nina").await;
    let create = "mutation { createApiKey(name: \"Backup\", scopes: [\"write\"]) { secret } }";
    let key = t.query(Some(&nina.access), create, json!({})).await["createApiKey"]["secret"].take();
    let request = axum::http::Request::post("/internal/api-key").header(ROUTER_SECRET_HEADER, ROUTER_SECRET);
    let request = request.body(Body::from(key.as_str().unwrap().to_owned())).unwrap();
    let answer = to_bytes(routes(&t.app).oneshot(request).await.unwrap().into_body(), 1 << 20).await.unwrap();
    let token = serde_json::from_slice::<Value>(&answer).unwrap()["token"].as_str().unwrap().to_owned();
    let verifier = t.app.keyring.verifier();
    let (of_key, of_session) = (verifier.verify(&token).await.unwrap(), verifier.verify(&nina.access).await.unwrap());
    assert!(of_session.has_scope("account") && !of_key.has_scope("account"));
    assert_eq!(t.code(Some(&token), EXPORT, json!({})).await, "FORBIDDEN");
    assert_eq!(t.code(None, EXPORT, json!({})).await, "UNAUTHENTICATED");

    sqlx::query("update sessions set proved_at = proved_at - interval '11 minutes'").execute(&t.pool).await.unwrap();
    t.events().await;
    assert_eq!(codes(&export(&t, &nina, None).await), ["STEP_UP_REQUIRED"]);
    assert!(t.events().await.is_empty());
}
