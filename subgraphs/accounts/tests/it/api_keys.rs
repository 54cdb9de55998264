//! Keys that programs sign in with.

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use polyphony_accounts::app::routes;
use polyphony_kit::{Role, auth::ROUTER_SECRET_HEADER};
use polyphony_testkit::keys::ROUTER_SECRET;
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt;

use crate::app::{Person, TestApp, codes};

const CREATE: &str = "mutation($name: String!, $scopes: [String!]!) { createApiKey(name: $name, scopes: $scopes) {
    apiKey { id name scopes lastUsedAt } secret userErrors { code path } } }";

/// The tokens of keys are short, so the tests' clock stands where the machine's does.
async fn with_fresh_tokens(pool: PgPool) -> TestApp {
    let t = TestApp::new(pool).await;
    t.wait(5 * 60 - 1);
    t
}

async fn create(t: &TestApp, owner: &Person, scopes: &[&str]) -> Value {
    let variables = json!({ "name": "Backup", "scopes": scopes });
    t.query(Some(&owner.access), CREATE, variables).await["createApiKey"].take()
}

/// What the router does with a key.
async fn exchange(t: &TestApp, key: &str, router_secret: &str) -> (StatusCode, Option<String>) {
    let request = Request::post("/internal/api-key").header(ROUTER_SECRET_HEADER, router_secret);
    let response = routes(&t.app).oneshot(request.body(Body::from(key.to_owned())).unwrap()).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let token = serde_json::from_slice::<Value>(&body).ok().and_then(|body| body["token"].as_str().map(str::to_owned));
    (status, token)
}

async fn token(t: &TestApp, key: &Value) -> Option<String> {
    exchange(t, key["secret"].as_str().unwrap(), ROUTER_SECRET).await.1
}

#[sqlx::test(migrations = false)]
async fn a_key_signs_its_owner_in_and_shows_its_secret_once(pool: PgPool) {
    let t = with_fresh_tokens(pool).await;
    let nina = t.register("nina").await;
    let made = create(&t, &nina, &["write"]).await;
    assert!(made["secret"].as_str().unwrap().starts_with("ppk_"));
    assert_eq!(made["apiKey"]["scopes"], json!(["read", "write"]));

    let token = token(&t, &made).await.unwrap();
    let seen = t.query(Some(&token), "{ viewer { id role user { handle } } }", json!({})).await;
    assert_eq!(seen["viewer"]["id"], json!(nina.viewer));
    let seen = t.query(Some(&nina.access), "{ viewer { apiKeys { id name lastUsedAt } } }", json!({})).await;
    assert_eq!(seen["viewer"]["apiKeys"][0]["id"], made["apiKey"]["id"]);
    assert!(seen["viewer"]["apiKeys"][0]["lastUsedAt"].is_string());
    let stored: Vec<Vec<u8>> = sqlx::query_scalar("select hash from api_keys").fetch_all(&t.pool).await.unwrap();
    assert!(!String::from_utf8_lossy(&stored[0]).contains("ppk_"));
}

#[sqlx::test(migrations = false)]
async fn a_key_has_no_more_than_its_scopes_and_its_owners_role(pool: PgPool) {
    let t = with_fresh_tokens(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let verify = async |key: &Value| t.app.keyring.verifier().verify(&token(&t, key).await.unwrap()).await.unwrap();

    let reading = verify(&create(&t, &admin, &[]).await).await;
    assert_eq!((reading.role, reading.scopes), (Role::Listener, vec!["read".to_owned()]));
    let uploading = create(&t, &admin, &["upload", "write"]).await;
    assert_eq!(verify(&uploading).await.role, Role::Creator);
    sqlx::query("update users set role = 'LISTENER'").execute(&t.pool).await.unwrap();
    let less = verify(&uploading).await;
    assert_eq!((less.role, less.scopes.join(" ")), (Role::Listener, "read write".to_owned()));

    let nina = t.register("nina").await;
    assert_eq!(codes(&create(&t, &nina, &["admin"]).await), ["NOT_ALLOWED"]);
    assert_eq!(codes(&create(&t, &nina, &["everything"]).await), ["INVALID_INPUT"]);
}

#[sqlx::test(migrations = false)]
async fn a_key_never_changes_the_account(pool: PgPool) {
    let t = with_fresh_tokens(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let key = token(&t, &create(&t, &admin, &["write", "upload", "admin"]).await).await.unwrap();
    for mutation in [
        "mutation { createApiKey(name: \"x\", scopes: []) { secret } }",
        "mutation { updateProfile(input: { displayName: \"X\" }) { viewer { id } } }",
        "mutation { logout(everywhere: true) { ok } }",
    ] {
        assert_eq!(t.code(Some(&key), mutation, json!({})).await, "FORBIDDEN", "{mutation}");
    }
    // Neither does it tell a password that is right from a wrong one, nor which passkeys there are.
    for password in [crate::app::PASSWORD, "not the password"] {
        for mutation in [
            "mutation($p: String!) { changePassword(currentPassword: $p, newPassword: \"seventeen green herons\") { ok } }",
            "mutation($p: String!) { deleteAccount(password: $p) { ok } }",
            "mutation($p: String!) { requestEmailChange(newEmail: \"x@example.net\", password: $p) { emailChange { newEmail } } }",
            "mutation($p: String!) { stepUp(input: { password: $p }) { expiresAt } }",
        ] {
            assert_eq!(t.code(Some(&key), mutation, json!({ "p": password })).await, "FORBIDDEN", "{mutation}");
        }
    }
    let assertion = "mutation { beginPasskeyAssertion { options } }";
    assert_eq!(t.code(Some(&key), assertion, json!({})).await, "FORBIDDEN");
    let reading = token(&t, &create(&t, &admin, &[]).await).await.unwrap();
    assert_eq!(t.code(Some(&reading), "mutation { logout { ok } }", json!({})).await, "FORBIDDEN");
}

#[sqlx::test(migrations = false)]
async fn a_key_that_was_revoked_or_made_up_opens_nothing(pool: PgPool) {
    let t = with_fresh_tokens(pool).await;
    let (nina, miles) = (t.register("nina").await, t.register("miles").await);
    let made = create(&t, &nina, &[]).await;
    let before = token(&t, &made).await.unwrap();
    let revoke = "mutation($id: ID!) { revokeApiKey(id: $id) { ok userErrors { code } } }";
    let id = json!({ "id": made["apiKey"]["id"] });
    // Not by somebody else.
    assert_eq!(codes(&t.query(Some(&miles.access), revoke, id.clone()).await["revokeApiKey"]), ["NOT_FOUND"]);
    assert_eq!(t.query(Some(&nina.access), revoke, id).await["revokeApiKey"]["ok"], json!(true));
    assert_eq!(token(&t, &made).await, None);
    assert_eq!(t.query(Some(&before), "{ viewer { id } }", json!({})).await["viewer"], Value::Null);
    assert_eq!(exchange(&t, "ppk_nonsense", ROUTER_SECRET).await.0, StatusCode::NOT_FOUND);
    assert_eq!(exchange(&t, made["secret"].as_str().unwrap(), "guessed").await.0, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrations = false)]
async fn a_key_of_a_suspended_or_deleted_person_opens_nothing(pool: PgPool) {
    let t = with_fresh_tokens(pool).await;
    let nina = t.register("nina").await;
    let made = create(&t, &nina, &[]).await;
    sqlx::query("update users set suspended_at = now()").execute(&t.pool).await.unwrap();
    assert_eq!(token(&t, &made).await, None);
    sqlx::query("update users set suspended_at = null").execute(&t.pool).await.unwrap();
    assert!(token(&t, &made).await.is_some());
    let delete = "mutation($p: String!) { deleteAccount(password: $p) { ok } }";
    t.query(Some(&nina.access), delete, json!({ "p": crate::app::PASSWORD })).await;
    assert_eq!(token(&t, &made).await, None);
    let left: i64 = sqlx::query_scalar("select count(*) from api_keys").fetch_one(&t.pool).await.unwrap();
    assert_eq!(left, 0);
}

#[sqlx::test(migrations = false)]
async fn a_key_does_not_show_how_its_owner_is_secured(pool: PgPool) {
    let t = with_fresh_tokens(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    for scopes in [&[][..], &["write", "upload", "admin"]] {
        let token = token(&t, &create(&t, &admin, scopes).await).await.unwrap();
        for field in [
            "email",
            "emailVerified",
            "sessions { id }",
            "apiKeys { id name }",
            "securityEvents { kind }",
            "securityLog { totalCount }",
        ] {
            let query = format!("{{ viewer {{ id {field} }} }}");
            assert_eq!(t.code(Some(&token), &query, json!({})).await, "FORBIDDEN", "{scopes:?} {field}");
            t.query(Some(&admin.access), &query, json!({})).await;
            // Nor by the router's way.
            let entity = format!(
                "{{ _entities(representations: [{{ __typename: \"Viewer\", id: \"{}\" }}]) {{ ... on Viewer {{ {field} }} }} }}",
                admin.viewer
            );
            assert_eq!(t.code(Some(&token), &entity, json!({})).await, "FORBIDDEN", "{scopes:?} {field}");
        }
    }
    let reading = token(&t, &create(&t, &admin, &["write"]).await).await.unwrap();
    let log = "{ securityEvents { totalCount } }";
    assert_eq!(t.code(Some(&reading), log, json!({})).await, "FORBIDDEN", "an admin's key without the scope");
}

#[sqlx::test(migrations = false)]
async fn a_key_is_good_for_a_while(pool: PgPool) {
    let t = with_fresh_tokens(pool).await;
    let nina = t.register("nina").await;
    let make = "mutation($days: Int) { createApiKey(name: \"x\", scopes: [], expiresInDays: $days) {
        apiKey { createdAt expiresAt } secret userErrors { code path } } }";
    let days = |made: &Value| {
        let at = |name: &str| made["apiKey"][name].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
        (at("expiresAt") - at("createdAt")).num_days()
    };
    let by_default = create(&t, &nina, &[]).await;
    let made = t.query(Some(&nina.access), make, json!({ "days": null })).await["createApiKey"].take();
    assert_eq!(days(&made), 365);
    for wrong in [0, -1, 3_651, i32::MAX] {
        let refused = t.query(Some(&nina.access), make, json!({ "days": wrong })).await["createApiKey"].take();
        assert_eq!(refused["userErrors"], json!([{ "code": "INVALID_INPUT", "path": ["expiresInDays"] }]), "{wrong}");
    }
    let short = t.query(Some(&nina.access), make, json!({ "days": 1 })).await["createApiKey"].take();
    assert_eq!(days(&short), 1);
    t.wait(86_400 - 1);
    let (_, last) = exchange(&t, short["secret"].as_str().unwrap(), ROUTER_SECRET).await;
    let claims = last.unwrap();
    let claims: Value = serde_json::from_slice(&decode(claims.split('.').nth(1).unwrap())).unwrap();
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 1, "a token outlives no key");
    t.wait(1);
    assert_eq!(exchange(&t, short["secret"].as_str().unwrap(), ROUTER_SECRET).await.0, StatusCode::NOT_FOUND);
    assert!(token(&t, &by_default).await.is_some());
    // Its owner sees for a month why a program has stopped.
    let count =
        || async { sqlx::query_scalar::<_, i64>("select count(*) from api_keys").fetch_one(&t.pool).await.unwrap() };
    let now = t.app.clock.now();
    t.app.store.prune(now + chrono::TimeDelta::days(29)).await;
    assert_eq!(count().await, 3);
    t.app.store.prune(now + chrono::TimeDelta::days(31)).await;
    assert_eq!(count().await, 2);
}

fn decode(part: &str) -> Vec<u8> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.decode(part).unwrap()
}
