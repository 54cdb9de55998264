//! The keys that access tokens are signed with.

use axum::{
    body::{Body, to_bytes},
    http::{Request, header},
};
use polyphony_accounts::{app::routes, keyring};
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
        assert_eq!(t.query(Some(access), "{ viewer { id } }", json!({})).await["viewer"]["id"], json!(before.id));
    }

    t.wait(20 * 60);
    t.app.keyring.load(&t.app.store).await.unwrap();
    assert_eq!(published(&t).await["keys"].as_array().unwrap().len(), 1);
}
