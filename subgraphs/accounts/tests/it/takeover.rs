//! Accounts that somebody else was in: what ends when their owner takes them over.

use axum::{
    body::{Body, to_bytes},
    http::Request,
};
use polyphony_accounts::app::routes;
use polyphony_kit::auth::ROUTER_SECRET_HEADER;
use polyphony_testkit::keys::ROUTER_SECRET;
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt;

use crate::app::{PASSWORD, Person, TestApp, codes};

const NEW: &str = "a loud morning in June";
const CHANGE: &str = "mutation($current: String!, $new: String!, $revoke: Boolean) {
    changePassword(currentPassword: $current, newPassword: $new, revokeApiKeys: $revoke) { ok userErrors { code } } }";
const CHANGE_BY_DEFAULT: &str = "mutation($current: String!, $new: String!) {
    changePassword(currentPassword: $current, newPassword: $new) { ok userErrors { code } } }";

/// The tokens of keys are short, so the tests' clock stands where the machine's does.
async fn with_fresh_tokens(pool: PgPool) -> TestApp {
    let t = TestApp::new(pool).await;
    t.wait(5 * 60 - 1);
    t
}

async fn make_key(t: &TestApp, owner: &Person) -> String {
    let create = "mutation { createApiKey(name: \"Backdoor\", scopes: [\"write\"]) { secret userErrors { code } } }";
    let made = t.query(Some(&owner.access), create, json!({})).await;
    made["createApiKey"]["secret"].as_str().unwrap().to_owned()
}

/// What the router does with a key; it answers 401 when there is no token.
async fn exchange(t: &TestApp, key: &str) -> Option<String> {
    let request = Request::post("/internal/api-key").header(ROUTER_SECRET_HEADER, ROUTER_SECRET);
    let response = routes(&t.app).oneshot(request.body(Body::from(key.to_owned())).unwrap()).await.unwrap();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let body = serde_json::from_slice::<Value>(&body).ok()?;
    body["token"].as_str().map(str::to_owned)
}

async fn is_in(t: &TestApp, token: &str) -> bool {
    t.execute(Some(token), "{ viewer { id } }", json!({})).await.data["viewer"] != Value::Null
}

/// The owner of the address says that they forgot the password, and follows the mail.
async fn reset(t: &TestApp, email: &str) {
    t.events().await;
    let ask = "mutation($email: String!) { requestPasswordReset(email: $email) { ok } }";
    t.query(None, ask, json!({ "email": email })).await;
    let token = t.mailed_token().await;
    let reset = "mutation($token: String!, $new: String!) {
        resetPassword(token: $token, newPassword: $new) { ok userErrors { code } } }";
    let done = t.query(None, reset, json!({ "token": token, "new": NEW })).await;
    assert_eq!(codes(&done["resetPassword"]), [""; 0]);
}

/// Links an account at a provider, as signing in there does.
async fn link(t: &TestApp, person: &Person, subject: &str) {
    sqlx::query(
        "insert into identities (provider, subject, user_id, created_at) select 'test', $2, id, $3 from users where email = $1",
    )
    .bind(&person.email)
    .bind(subject)
    .bind(t.app.clock.now())
    .execute(&t.pool)
    .await
    .unwrap();
}

async fn linked(t: &TestApp) -> Vec<String> {
    sqlx::query_scalar("select subject from identities order by subject").fetch_all(&t.pool).await.unwrap()
}

/// The sessions and keys whose tokens every process refuses.
async fn revoked(t: &TestApp) -> Vec<String> {
    let since = t.app.clock.now() - chrono::TimeDelta::hours(1);
    t.app.store.revocations_since(since).await.unwrap().iter().map(ToString::to_string).collect()
}

#[sqlx::test(migrations = false)]
async fn a_reset_leaves_nothing_to_who_registered_the_address_first(pool: PgPool) {
    let t = with_fresh_tokens(pool).await;
    let attacker = t.register("victim").await;
    let key = make_key(&t, &attacker).await;
    let exchanged = exchange(&t, &key).await.unwrap();
    link(&t, &attacker, "of the attacker").await;
    assert!(is_in(&t, &exchanged).await);

    reset(&t, "victim@example.org").await;
    assert_eq!(exchange(&t, &key).await, None, "the key");
    assert!(!is_in(&t, &exchanged).await, "a token that the key was exchanged for");
    assert!(!is_in(&t, &attacker.access).await, "the session");
    assert_eq!(codes(&t.refresh(&attacker.refresh).await), ["INVALID_TOKEN"]);
    assert_eq!(linked(&t).await, [""; 0], "the identity");
    assert_eq!(codes(&t.login("victim@example.org", PASSWORD).await), ["INVALID_CREDENTIALS"]);
    // Not here only: the token is refused by all who follow what is revoked.
    let session = t.app.keyring.verifier().verify(&exchanged).await.unwrap().session.to_string();
    assert!(revoked(&t).await.contains(&session));
    assert_eq!(codes(&t.login("victim@example.org", NEW).await), [""; 0]);
}

#[sqlx::test(migrations = false)]
async fn a_reset_keeps_what_was_linked_since_the_owner_verified_the_address(pool: PgPool) {
    let t = with_fresh_tokens(pool).await;
    let nina = t.register("nina").await;
    link(&t, &nina, "before").await;
    sqlx::query("update identities set created_at = created_at - interval '1 hour'").execute(&t.pool).await.unwrap();
    sqlx::query("update users set email_verified_at = $1").bind(t.app.clock.now()).execute(&t.pool).await.unwrap();
    link(&t, &nina, "since").await;
    let key = make_key(&t, &nina).await;
    t.wait(8 * 24 * 60 * 60);
    link(&t, &nina, "of a thief of the password").await;
    reset(&t, &nina.email).await;
    assert_eq!(linked(&t).await, ["since"], "what nobody knows who added it ends");
    assert_eq!(exchange(&t, &key).await, None, "keys end at every reset");
}

#[sqlx::test(migrations = false)]
async fn a_changed_password_revokes_keys_unless_the_person_wants_them_kept(pool: PgPool) {
    let t = with_fresh_tokens(pool).await;
    let nina = t.register("nina").await;
    let key = make_key(&t, &nina).await;
    let kept = json!({ "current": PASSWORD, "new": NEW, "revoke": false });
    assert_eq!(codes(&t.query(Some(&nina.access), CHANGE, kept).await["changePassword"]), [""; 0]);
    let exchanged = exchange(&t, &key).await.unwrap();

    let wrong = json!({ "current": PASSWORD, "new": "another good choice" });
    let refused = t.query(Some(&nina.access), CHANGE_BY_DEFAULT, wrong).await;
    assert_eq!(codes(&refused["changePassword"]), ["INVALID_CREDENTIALS"]);
    assert!(exchange(&t, &key).await.is_some(), "a refused change changes nothing");

    let change = json!({ "current": NEW, "new": "another good choice" });
    assert_eq!(codes(&t.query(Some(&nina.access), CHANGE_BY_DEFAULT, change).await["changePassword"]), [""; 0]);
    assert_eq!(exchange(&t, &key).await, None);
    assert!(!is_in(&t, &exchanged).await);
    assert!(is_in(&t, &nina.access).await, "the session that asked goes on");
}

#[sqlx::test(migrations = false)]
async fn who_signs_out_everywhere_takes_the_keys_along_when_they_say_so(pool: PgPool) {
    let t = with_fresh_tokens(pool).await;
    let nina = t.register("nina").await;
    let key = make_key(&t, &nina).await;
    t.query(Some(&nina.access), "mutation { logout(everywhere: true) { ok } }", json!({})).await;
    assert!(exchange(&t, &key).await.is_some(), "programs are no devices");
    let again = t.sign_in(&nina.email).await;
    t.query(Some(&again.access), "mutation { logout(everywhere: true, revokeApiKeys: true) { ok } }", json!({})).await;
    assert_eq!(exchange(&t, &key).await, None);
    let third = t.sign_in(&nina.email).await;
    let log = t.query(Some(&third.access), "{ viewer { securityEvents { kind detail } } }", json!({})).await;
    let events = log["viewer"]["securityEvents"].as_array().unwrap();
    assert!(events.contains(&json!({ "kind": "API_KEY_REVOKED", "detail": "Backdoor" })), "{events:#?}");
}
