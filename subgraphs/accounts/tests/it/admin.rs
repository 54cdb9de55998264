//! Admins that the operator makes.

use polyphony_accounts::commands::{NewAdmin, create_admin, promote_admin, set_password};
use serde_json::json;
use sqlx::PgPool;

use crate::app::{PASSWORD, TestApp, codes};

fn admin(email: &str) -> NewAdmin<'_> {
    NewAdmin { email, password: PASSWORD, handle: None }
}

#[sqlx::test(migrations = false)]
async fn an_admin_made_by_the_operator_signs_in_as_one(pool: PgPool) {
    let t = TestApp::new(pool).await;
    assert!(create_admin(&t.app, &admin("Root@example.org")).await.unwrap());
    let payload = t.login("root@example.org", PASSWORD).await;
    assert_eq!(payload["viewer"]["role"], json!("ADMIN"));
    assert_eq!(t.event_types().await, ["UserRegistered", "UserRoleChanged"]);
}

#[sqlx::test(migrations = false)]
async fn an_account_that_is_there_is_left_as_it_is(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    assert!(!create_admin(&t.app, &admin(&nina.email)).await.unwrap());
    assert_eq!(t.login(&nina.email, PASSWORD).await["viewer"]["role"], json!("LISTENER"));
}

#[sqlx::test(migrations = false)]
async fn a_taken_handle_is_no_hindrance_unless_it_was_asked_for(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("root").await;
    assert!(create_admin(&t.app, &admin("root@other.example")).await.unwrap());
    let asked = NewAdmin { handle: Some("root"), ..admin("root@third.example") };
    assert!(create_admin(&t.app, &asked).await.is_err());
}

#[sqlx::test(migrations = false)]
async fn an_admin_needs_a_good_password_too(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let weak = NewAdmin { password: "admin123", ..admin("root@example.org") };
    assert!(create_admin(&t.app, &weak).await.is_err());
}

#[sqlx::test(migrations = false)]
async fn the_operator_promotes_who_has_verified_their_address(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    assert!(promote_admin(&t.app, &nina.email).await.is_err(), "anybody may have registered it");
    assert!(promote_admin(&t.app, "nobody@example.org").await.is_err());
    sqlx::query("update users set email_verified_at = now()").execute(&t.pool).await.unwrap();
    assert!(promote_admin(&t.app, " Nina@example.org").await.unwrap());
    assert_eq!(t.event_types().await, ["UserRoleChanged", "SecurityNotice"]);
    assert_eq!(t.login(&nina.email, PASSWORD).await["viewer"]["role"], json!("ADMIN"));
    assert!(!promote_admin(&t.app, &nina.email).await.unwrap(), "she is one");
}

#[sqlx::test(migrations = false)]
async fn the_operator_takes_an_account_over_for_its_owner(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let squatter = t.register("nina").await;
    let make = "mutation { createApiKey(name: \"x\", scopes: []) { secret } }";
    t.query(Some(&squatter.access), make, json!({})).await;
    assert!(set_password(&t.app, &squatter.email, "12345678").await.is_err());
    set_password(&t.app, &squatter.email, "a loud morning in June").await.unwrap();
    assert_eq!(codes(&t.login(&squatter.email, PASSWORD).await), ["INVALID_CREDENTIALS"]);
    assert_eq!(codes(&t.refresh(&squatter.refresh).await), ["INVALID_TOKEN"]);
    let keys: i64 = sqlx::query_scalar("select count(*) from api_keys").fetch_one(&t.pool).await.unwrap();
    assert_eq!(keys, 0);
    let owner = t.login(&squatter.email, "a loud morning in June").await;
    assert_eq!(codes(&owner), [""; 0]);
    assert!(promote_admin(&t.app, &squatter.email).await.unwrap(), "the address counts as verified");
}
