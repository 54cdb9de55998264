//! Admins that the operator makes.

use polyphony_accounts::commands::{NewAdmin, create_admin};
use serde_json::json;
use sqlx::PgPool;

use crate::app::{PASSWORD, TestApp};

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
