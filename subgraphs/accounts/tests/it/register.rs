//! Making an account.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{PASSWORD, TestApp, codes, user_id};

async fn register(t: &TestApp, input: Value) -> Value {
    let query = "mutation($input: RegisterInput!) { register(input: $input) {
        tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt }
        viewer { id email emailVerified role user { handle displayName avatarUrl bio }
            preferences { locale explicitContent streamingQuality emailNotifications autoplay }
            sessions { deviceName userAgent ipAddress current } }
        userErrors { code message path } } }";
    t.query(None, query, json!({ "input": input })).await["register"].take()
}

fn nina() -> Value {
    json!({ "email": " Nina@Example.org ", "password": PASSWORD, "handle": "Nina.S", "displayName": " Nina ", "deviceName": "Phone" })
}

#[sqlx::test(migrations = false)]
async fn who_registers_is_signed_in(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let payload = register(&t, nina()).await;
    insta::assert_json_snapshot!(payload, {
        ".viewer.id" => "[user]", ".tokens" => "[tokens]",
    }, @r#"
    {
      "tokens": "[tokens]",
      "userErrors": [],
      "viewer": {
        "email": "nina@example.org",
        "emailVerified": false,
        "id": "[user]",
        "preferences": {
          "autoplay": true,
          "emailNotifications": true,
          "explicitContent": true,
          "locale": "en",
          "streamingQuality": "HIGH"
        },
        "role": "LISTENER",
        "sessions": [
          {
            "current": true,
            "deviceName": "Phone",
            "ipAddress": "203.0.113.7",
            "userAgent": "tests/1.0"
          }
        ],
        "user": {
          "avatarUrl": null,
          "bio": null,
          "displayName": "Nina",
          "handle": "nina.s"
        }
      }
    }
    "#);
    let access = payload["tokens"]["accessToken"].as_str().unwrap();
    let seen = t.query(Some(access), "{ viewer { id } }", json!({})).await;
    assert_eq!(seen["viewer"]["id"], payload["viewer"]["id"]);
}

#[sqlx::test(migrations = false)]
async fn a_registration_is_told_to_the_others_once(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let payload = register(&t, nina()).await;
    let mut events = t.events().await;
    let expected = json!({
        "user_id": user_id(&payload["viewer"]), "email": "nina@example.org", "handle": "nina.s",
        "display_name": "Nina", "locale": "en", "version": 1,
    });
    assert_eq!(events.remove(0), ("UserRegistered".to_owned(), expected));
    assert_eq!(events.remove(0).0, "EmailVerificationRequested");
    assert_eq!(events, []);
}

#[sqlx::test(migrations = false)]
async fn an_address_or_handle_is_given_to_one_person_only(pool: PgPool) {
    let t = TestApp::new(pool).await;
    register(&t, nina()).await;
    let same_address =
        json!({ "email": "NINA@example.org", "password": PASSWORD, "handle": "other", "displayName": "N" });
    let same_handle =
        json!({ "email": "other@example.org", "password": PASSWORD, "handle": "nina.S", "displayName": "N" });
    assert_eq!(codes(&register(&t, same_address).await), ["EMAIL_TAKEN"]);
    let refused = register(&t, same_handle).await;
    assert_eq!(codes(&refused), ["HANDLE_TAKEN"]);
    assert_eq!(refused["userErrors"][0]["path"], json!(["input", "handle"]));
    assert_eq!(t.event_types().await, ["UserRegistered", "EmailVerificationRequested", "RegistrationAttempted"]);
}

#[sqlx::test(migrations = false)]
async fn the_owner_of_an_address_is_told_once_a_day_that_somebody_tried_it(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let owner = register(&t, nina()).await;
    t.events().await;
    let mut told = Vec::new();
    for hours in 0..26 {
        let mut other = nina();
        other["handle"] = json!(format!("other{hours}"));
        assert_eq!(codes(&register(&t, other).await), ["EMAIL_TAKEN"]);
        told.extend(t.events().await);
        t.wait(3600);
    }
    assert_eq!(told.len(), 2);
    assert_eq!(told[0].0, "RegistrationAttempted");
    assert_eq!(
        (&told[0].1["user_id"], &told[0].1["email"]),
        (&json!(user_id(&owner["viewer"])), &json!("nina@example.org"))
    );
}

#[sqlx::test(migrations = false)]
async fn all_that_is_wrong_is_told_at_once_and_nothing_is_kept(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let input = json!({ "email": "nina", "password": "password1", "handle": "n", "displayName": "" });
    let refused = register(&t, input).await;
    assert_eq!(codes(&refused), ["INVALID_INPUT", "INVALID_INPUT", "INVALID_INPUT", "WEAK_PASSWORD"]);
    assert_eq!(refused["tokens"], Value::Null);
    let count: i64 = sqlx::query_scalar("select count(*) from users").fetch_one(&t.pool).await.unwrap();
    assert_eq!((count, t.events().await.len()), (0, 0));
}

#[sqlx::test(migrations = false)]
async fn of_two_who_want_the_same_address_at_once_one_gets_it(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let mut other = nina();
    other["handle"] = json!("nina.t");
    let (one, two) = tokio::join!(register(&t, nina()), register(&t, other));
    let refused: Vec<_> = [&one, &two].into_iter().flat_map(codes).collect();
    assert_eq!(refused, ["EMAIL_TAKEN"]);
}

#[sqlx::test(migrations = false)]
async fn neither_password_nor_token_is_in_the_database(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let payload = register(&t, nina()).await;
    let refresh = payload["tokens"]["refreshToken"].as_str().unwrap();
    let dump: String = sqlx::query_scalar(
        "select (select jsonb_agg(u) from users u)::text || (select jsonb_agg(r) from refresh_tokens r)::text
            || (select jsonb_agg(o) from outbox o)::text || (select jsonb_agg(m) from sent_tokens m)::text",
    )
    .fetch_one(&t.pool)
    .await
    .unwrap();
    assert!(dump.contains("$argon2id$"));
    assert!(!dump.contains(PASSWORD) && !dump.contains(refresh));
}
