//! The keys that access tokens are signed with.

use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use polyphony_accounts::{
    app::routes,
    keyring::{self, Retired},
};
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt;

use crate::app::TestApp;

async fn published(t: &TestApp) -> Value {
    let request = Request::get("/.well-known/jwks.json").body(Body::empty()).unwrap();
    let response = routes(&t.app).oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=60");
    serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap()
}

fn key_id(token: &str) -> String {
    jsonwebtoken::decode_header(token).unwrap().kid.unwrap()
}

#[sqlx::test(migrations = false)]
async fn everybody_may_have_the_public_keys_and_nothing_else_of_them(pool: PgPool) {
    let t = TestApp::new(pool).await;
    insta::assert_json_snapshot!(published(&t).await, { ".keys[].kid" => "[kid]", ".keys[].x" => "[x]" }, @r#"
    {
      "keys": [
        {
          "alg": "EdDSA",
          "crv": "Ed25519",
          "kid": "[kid]",
          "kty": "OKP",
          "use": "sig",
          "x": "[x]"
        }
      ]
    }
    "#);
}

#[sqlx::test(migrations = false)]
async fn instances_that_start_at_once_share_one_key(pool: PgPool) {
    let t = TestApp::new(pool).await;
    sqlx::query("delete from signing_keys").execute(&t.pool).await.unwrap();
    let (one, two, three) = tokio::join!(t.sibling(), t.sibling(), t.sibling());
    let keys = published(&one).await;
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    assert_eq!((&published(&two).await, &published(&three).await), (&keys, &keys));
}

#[sqlx::test(migrations = false)]
async fn keys_rotate_without_refusing_anybody(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let before = t.register("nina").await;
    let new = keyring::rotate(&t.app.store, &t.app.clock).await.unwrap();
    t.app.keyring.load(&t.app.store).await.unwrap();
    assert_eq!(published(&t).await["keys"].as_array().unwrap().len(), 2);
    assert_eq!(key_id(&t.sign_in(&before.email).await.access), key_id(&before.access));

    t.wait(121);
    let after = t.sign_in(&before.email).await;
    assert_eq!(key_id(&after.access), new);
    for access in [&before.access, &after.access] {
        assert_eq!(t.query(Some(access), "{ viewer { id } }", json!({})).await["viewer"]["id"], json!(before.viewer));
    }

    t.wait(20 * 60);
    t.app.keyring.load(&t.app.store).await.unwrap();
    assert_eq!(published(&t).await["keys"].as_array().unwrap().len(), 1);
}

#[sqlx::test(migrations = false)]
async fn a_retired_key_is_worth_nothing_at_once(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let stolen = key_id(&nina.access);
    assert_eq!(keyring::retire(&t.app.store, &t.app.clock, "made up").await.unwrap(), None);
    let retired = keyring::retire(&t.app.store, &t.app.clock, &stolen).await.unwrap();
    let Some(Retired::Replaced(new)) = retired else { panic!("{retired:?}") };
    assert_eq!(keyring::retire(&t.app.store, &t.app.clock, &stolen).await.unwrap(), None, "it has ended already");

    t.app.keyring.load(&t.app.store).await.unwrap();
    let keys = published(&t).await;
    assert_eq!((keys["keys"].as_array().unwrap().len(), &keys["keys"][0]["kid"]), (1, &json!(new)));
    assert_eq!(t.execute(Some(&nina.access), "{ viewer { id } }", json!({})).await.status, 401);
    // Nobody has to type a password for it.
    let next = t.refresh(&nina.refresh).await;
    let access = next["tokens"]["accessToken"].as_str().unwrap();
    assert_eq!(key_id(access), new);
    assert_eq!(t.query(Some(access), "{ viewer { id } }", json!({})).await["viewer"]["id"], json!(nina.viewer));
}

#[sqlx::test(migrations = false)]
async fn who_has_the_keys_in_memory_refuses_a_retired_one_too(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let elsewhere = t.sibling().await;
    keyring::rotate(&t.app.store, &t.app.clock).await.unwrap();
    t.wait(121);
    let stolen = key_id(&nina.access);
    let retired = keyring::retire(&t.app.store, &t.app.clock, &stolen).await.unwrap();
    assert_eq!(retired, Some(Retired::AnotherSigns));
    let verifier = elsewhere.app.keyring.verifier();
    assert!(verifier.verify(&nina.access).await.is_ok(), "it does not know yet");
    let since = t.app.clock.now() - chrono::TimeDelta::minutes(1);
    for revocation in t.app.store.revocations_since(since).await.unwrap() {
        verifier.revoked().add(revocation);
    }
    assert!(verifier.verify(&nina.access).await.is_err());
}

#[sqlx::test(migrations = false)]
async fn a_key_that_is_old_is_followed_by_another_and_only_one(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (one, two) = (t.sibling().await, t.sibling().await);
    let max_age = chrono::TimeDelta::days(90);
    let count = async || published(&one).await["keys"].as_array().unwrap().len();
    one.app.keyring.rotate_if_due(&one.app.store, max_age).await.unwrap();
    assert_eq!(count().await, 1);
    for process in [&one, &two] {
        process.wait(90 * 86_400 + 60);
        process.app.keyring.load(&process.app.store).await.unwrap();
    }
    let (first, second) = tokio::join!(
        one.app.keyring.rotate_if_due(&one.app.store, max_age),
        two.app.keyring.rotate_if_due(&two.app.store, max_age),
    );
    first.unwrap();
    second.unwrap();
    one.app.keyring.load(&one.app.store).await.unwrap();
    assert_eq!(count().await, 2);
}
