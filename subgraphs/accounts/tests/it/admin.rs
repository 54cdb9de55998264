//! Admins that the operator makes.

use std::process::Stdio;

use polyphony_accounts::commands::{NewAdmin, create_admin, promote_admin, set_password};
use serde_json::json;
use sqlx::{ConnectOptions, PgPool};
use tokio::io::AsyncWriteExt;

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

/// Runs the program on the test's database, with this on its standard input.
async fn accounts(t: &TestApp, arguments: &[&str], input: &str) -> std::process::Output {
    let url = t.pool.connect_options().to_url_lossy();
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_accounts"))
        .args(arguments)
        .env("DATABASE_URL_ACCOUNTS", url.as_str())
        .env_remove("POLYPHONY_ADMIN_PASSWORD")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    child.wait_with_output().await.unwrap()
}

#[sqlx::test(migrations = false)]
async fn a_password_need_not_stand_in_the_list_of_processes(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let create = ["admin", "create", "--email", "root@example.org"];
    let none = accounts(&t, &create, "").await;
    assert!(!none.status.success(), "{none:?}");
    let made = accounts(&t, &create, &format!("{PASSWORD}\n")).await;
    assert!(made.status.success() && made.stderr.is_empty(), "{made:?}");
    assert_eq!(t.login("root@example.org", PASSWORD).await["viewer"]["role"], json!("ADMIN"));

    let set = ["admin", "set-password", "--email", "root@example.org"];
    assert!(accounts(&t, &set, "a loud morning in June\n").await.status.success());
    assert_eq!(codes(&t.login("root@example.org", "a loud morning in June").await), [""; 0]);
    let flag = ["admin", "create", "--if-missing", "--email", "root@example.org", "--password", PASSWORD];
    let warned = accounts(&t, &flag, "").await;
    assert!(String::from_utf8_lossy(&warned.stderr).contains("list of processes"), "{warned:?}");
}

#[sqlx::test(migrations = false)]
async fn the_operator_lists_and_retires_signing_keys(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let listed = accounts(&t, &["keys", "list"], "").await;
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let id = text.split_whitespace().next().unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    let retired = accounts(&t, &["keys", "retire", "--id", id], "").await;
    assert!(retired.status.success(), "{retired:?}");
    let left = accounts(&t, &["keys", "list"], "").await;
    let left = String::from_utf8_lossy(&left.stdout).into_owned();
    assert!(left.lines().count() == 1 && !left.contains(id), "{left}");
    assert!(!accounts(&t, &["keys", "retire", "--id", id], "").await.status.success(), "it has ended");
}
