//! Passwords that change or are forgotten, addresses that are verified, and the end of an account.

use polyphony_events::accounts::seal_context;
use polyphony_kit::Role;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{PASSWORD, Person, TestApp, codes};

const NEW: &str = "a loud morning in June";
const CHANGE: &str = "mutation($current: String!, $new: String!) {
    changePassword(currentPassword: $current, newPassword: $new) { ok userErrors { code path } } }";
const RESET: &str = "mutation($token: String!, $new: String!) {
    resetPassword(token: $token, newPassword: $new) { ok userErrors { code path } } }";
const DELETE: &str = "mutation($password: String!) { deleteAccount(password: $password) { ok userErrors { code } } }";

async fn is_signed_in(t: &TestApp, person: &Person) -> bool {
    t.query(Some(&person.access), "{ viewer { id } }", json!({})).await["viewer"] != Value::Null
}

async fn request_reset(t: &TestApp, email: &str) -> Value {
    let query = "mutation($email: String!) { requestPasswordReset(email: $email) { ok userErrors { code } } }";
    t.query(None, query, json!({ "email": email })).await
}

async fn reset(t: &TestApp, token: &str, new: &str) -> Value {
    t.query(None, RESET, json!({ "token": token, "new": new })).await["resetPassword"].take()
}

#[sqlx::test(migrations = false)]
async fn who_changes_the_password_stays_signed_in_here_only(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let phone = t.register("nina").await;
    let laptop = t.sign_in(&phone.email).await;
    let done = t.query(Some(&phone.access), CHANGE, json!({ "current": PASSWORD, "new": NEW })).await;
    assert_eq!(done["changePassword"]["ok"], json!(true));
    assert!(is_signed_in(&t, &phone).await && !is_signed_in(&t, &laptop).await);
    assert_eq!(t.event_types().await, ["SecurityNotice", "SessionRevoked"]);
    assert_eq!(codes(&t.login(&phone.email, PASSWORD).await), ["INVALID_CREDENTIALS"]);
    assert_eq!(codes(&t.login(&phone.email, NEW).await), [""; 0]);
}

#[sqlx::test(migrations = false)]
async fn a_password_changes_for_who_knows_it_and_to_a_good_one(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let expected = [
        (("not her password", NEW), json!([{ "code": "INVALID_CREDENTIALS", "path": ["currentPassword"] }])),
        ((PASSWORD, "12345678"), json!([{ "code": "WEAK_PASSWORD", "path": ["newPassword"] }])),
    ];
    for ((current, new), errors) in expected {
        let refused = t.query(Some(&nina.access), CHANGE, json!({ "current": current, "new": new })).await;
        assert_eq!(refused["changePassword"], json!({ "ok": false, "userErrors": errors }));
    }
    assert_eq!(codes(&t.login(&nina.email, PASSWORD).await), [""; 0]);
}

#[sqlx::test(migrations = false)]
async fn a_forgotten_password_is_set_anew_by_mail_once(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    request_reset(&t, " Nina@Example.org").await;
    let token = t.mailed_token().await;
    // A weak choice does not use the token up.
    assert_eq!(codes(&reset(&t, &token, "password1").await), ["WEAK_PASSWORD"]);
    assert_eq!(codes(&reset(&t, &token, NEW).await), [""; 0]);
    assert!(!is_signed_in(&t, &nina).await);
    assert_eq!(t.event_types().await, ["SecurityNotice", "SessionRevoked"]);
    assert_eq!(codes(&t.login(&nina.email, NEW).await), [""; 0]);
    assert_eq!(codes(&reset(&t, &token, "yet another evening").await), ["INVALID_TOKEN"]);
}

#[sqlx::test(migrations = false)]
async fn asking_for_a_mail_tells_nobody_who_has_an_account(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    let known = request_reset(&t, "nina@example.org").await;
    assert_eq!(t.event_types().await, ["PasswordResetRequested"]);
    for email in ["nobody@example.org", "no address"] {
        assert_eq!(request_reset(&t, email).await, known);
    }
    // Nor can anybody's mailbox be filled.
    request_reset(&t, "nina@example.org").await;
    assert_eq!(t.events().await, []);
    t.wait(61);
    request_reset(&t, "nina@example.org").await;
    assert_eq!(t.event_types().await, ["PasswordResetRequested"]);
}

#[sqlx::test(migrations = false)]
async fn a_mailed_token_is_good_for_an_hour_and_for_its_purpose(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    request_reset(&t, "nina@example.org").await;
    let token = t.mailed_token().await;
    let verify = "mutation($token: String!) { verifyEmail(token: $token) { userErrors { code } } }";
    let refused = t.query(None, verify, json!({ "token": token })).await;
    assert_eq!(codes(&refused["verifyEmail"]), ["INVALID_TOKEN"]);
    t.wait(3600);
    assert_eq!(codes(&reset(&t, &token, NEW).await), ["INVALID_TOKEN"]);
    assert_eq!(codes(&reset(&t, "nonsense", NEW).await), ["INVALID_TOKEN"]);
}

#[sqlx::test(migrations = false)]
async fn of_two_who_use_a_mailed_token_at_once_one_succeeds(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    request_reset(&t, "nina@example.org").await;
    let token = t.mailed_token().await;
    let (one, two) = tokio::join!(reset(&t, &token, NEW), reset(&t, &token, "another good choice"));
    let refused: Vec<_> = [&one, &two].into_iter().flat_map(codes).collect();
    assert_eq!(refused, ["INVALID_TOKEN"]);
}

#[sqlx::test(migrations = false)]
async fn an_address_is_verified_by_the_mail_of_the_registration(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let register = "mutation { register(input: { email: \"n@example.org\", password: \"a quiet evening in May\",
        handle: \"nina\", displayName: \"Nina\" }) { tokens { accessToken } } }";
    let registered = t.query(None, register, json!({})).await;
    let token = t.mailed_token().await;
    let verify = "mutation($token: String!) { verifyEmail(token: $token) { ok userErrors { code } } }";
    let done = t.query(None, verify, json!({ "token": token })).await;
    assert_eq!(done["verifyEmail"], json!({ "ok": true, "userErrors": [] }));
    let access = registered["register"]["tokens"]["accessToken"].as_str();
    assert_eq!(
        t.query(access, "{ viewer { emailVerified } }", json!({})).await["viewer"]["emailVerified"],
        json!(true)
    );
    let again = t.query(None, verify, json!({ "token": token })).await;
    assert_eq!(codes(&again["verifyEmail"]), ["INVALID_TOKEN"]);
}

#[sqlx::test(migrations = false)]
async fn who_deletes_their_account_leaves_nothing_behind(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let refused = t.query(Some(&nina.access), DELETE, json!({ "password": "not her password" })).await;
    assert_eq!(codes(&refused["deleteAccount"]), ["INVALID_CREDENTIALS"]);
    let without = t.query(Some(&nina.access), "mutation { deleteAccount { ok userErrors { code } } }", json!({})).await;
    assert_eq!(codes(&without["deleteAccount"]), ["INVALID_CREDENTIALS"], "having just signed in does not suffice");
    let done = t.query(Some(&nina.access), DELETE, json!({ "password": PASSWORD })).await;
    assert_eq!(done["deleteAccount"]["ok"], json!(true));
    assert_eq!(t.event_types().await, ["SessionRevoked", "UserDeleted"]);
    let left: i64 = sqlx::query_scalar(
        "select (select count(*) from users) + (select count(*) from sessions) + (select count(*) from refresh_tokens)
            + (select count(*) from sent_tokens)",
    )
    .fetch_one(&t.pool)
    .await
    .unwrap();
    assert_eq!(left, 0);
    assert_eq!(codes(&t.refresh(&nina.refresh).await), ["INVALID_TOKEN"]);
    assert_eq!(codes(&t.login(&nina.email, PASSWORD).await), ["INVALID_CREDENTIALS"]);
    assert_eq!(t.code(Some(&nina.access), DELETE, json!({ "password": PASSWORD })).await, "UNAUTHENTICATED");
}

#[sqlx::test(migrations = false)]
async fn the_last_admin_cannot_delete_their_account(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let refused = t.query(Some(&admin.access), DELETE, json!({ "password": PASSWORD })).await;
    assert_eq!(codes(&refused["deleteAccount"]), ["NOT_ALLOWED"]);
}

#[sqlx::test(migrations = false)]
async fn a_mailed_token_leaves_accounts_sealed_for_its_purpose_and_address(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    request_reset(&t, "nina@example.org").await;
    let outbox: String =
        sqlx::query_scalar("select jsonb_agg(o)::text from outbox o").fetch_one(&t.pool).await.unwrap();
    let (_, data) = t.events().await.pop().unwrap();
    let sealed = data["sealed_token"].as_str().unwrap();
    assert!(data.get("token").is_none());
    let open = |kind: &str, email: &str| t.app.sealer.open(sealed, &seal_context(kind, email));
    assert_eq!(open("PasswordResetRequested", "thief@example.org"), None);
    assert_eq!(open("EmailVerificationRequested", "nina@example.org"), None);
    let token = open("PasswordResetRequested", "nina@example.org").unwrap();
    assert!(!outbox.contains(&token) && !outbox.contains(token.trim_start_matches("plym_")), "{outbox}");
    assert_eq!(codes(&reset(&t, &token, NEW).await), [""; 0]);
}

#[sqlx::test(migrations = false)]
async fn who_has_no_password_is_told_by_the_reset_mail_how_they_sign_in(pool: PgPool) {
    let t = TestApp::new(pool).await;
    t.register("nina").await;
    let link = "with nina as (update users set password_hash = null where handle = 'nina' returning id)
        insert into identities (provider, subject, user_id, created_at) select 'acme', '1', id, now() from nina";
    sqlx::query(link).execute(&t.pool).await.unwrap();
    request_reset(&t, "nina@example.org").await;
    let (_, data) = t.events().await.pop().unwrap();
    assert_eq!(data["sign_in_providers"], json!(["acme"]));
}
