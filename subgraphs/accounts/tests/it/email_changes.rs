//! Moving an account to another address, and what a thief of a session cannot do with it.

use polyphony_kit::Role;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{PASSWORD, Person, TestApp, codes};

const REQUEST: &str = "mutation($new: String!, $password: String) {
    requestEmailChange(newEmail: $new, password: $password) {
        emailChange { newEmail oldConfirmedAt newConfirmedAt } userErrors { code path } } }";
const CONFIRM: &str =
    "mutation($token: String!) { confirmEmailChange(token: $token) { isComplete userErrors { code path } } }";
const REFUSE: &str = "mutation($token: String!) { refuseEmailChange(token: $token) { ok userErrors { code } } }";
const CANCEL: &str = "mutation { cancelEmailChange { ok } }";
const APPROVE: &str = "mutation($id: ID!) { approveEmailChange(userId: $id) { isComplete userErrors { code } } }";

/// Somebody whose address is verified.
async fn verified(t: &TestApp, handle: &str) -> Person {
    let person = t.register(handle).await;
    let now = t.app.clock.now();
    sqlx::query("update users set email_verified_at = $2 where email = $1")
        .bind(&person.email)
        .bind(now)
        .execute(&t.pool)
        .await
        .unwrap();
    person
}

async fn request(t: &TestApp, person: &Person, new: &str) -> Value {
    let variables = json!({ "new": new, "password": PASSWORD });
    t.query(Some(&person.access), REQUEST, variables).await["requestEmailChange"].take()
}

/// Asks for a change; gives the tokens that the old and the new address got.
async fn tokens(t: &TestApp, person: &Person, new: &str) -> (Option<String>, String) {
    assert_eq!(codes(&request(t, person, new).await), [""; 0]);
    let (mut old, mut fresh) = (None, None);
    for event in t.events().await {
        let token = t.opened(&event);
        let (kind, data) = event;
        assert_eq!(kind, "EmailChangeRequested");
        let is_current = data["is_current"].as_bool().unwrap();
        assert_eq!(data["email"] == json!(person.email), is_current);
        *(if is_current { &mut old } else { &mut fresh }) = token;
    }
    (old, fresh.unwrap())
}

async fn confirm(t: &TestApp, token: &str) -> Value {
    t.query(None, CONFIRM, json!({ "token": token })).await["confirmEmailChange"].take()
}

async fn email(t: &TestApp, person: &Person) -> Value {
    t.query(Some(&person.access), "{ viewer { email emailVerified } }", json!({})).await["viewer"].take()
}

fn moved(complete: bool) -> Value {
    json!({ "isComplete": complete, "userErrors": [] })
}

#[sqlx::test(migrations = false)]
async fn an_account_moves_when_both_addresses_have_agreed_in_either_order(pool: PgPool) {
    let t = TestApp::new(pool).await;
    for (handle, old_first) in [("nina", true), ("miles", false)] {
        let phone = verified(&t, handle).await;
        let laptop = t.sign_in(&phone.email).await;
        let new = format!("{handle}@new.example");
        let (old_token, new_token) = tokens(&t, &phone, &new).await;
        let pending =
            t.query(Some(&phone.access), "{ viewer { pendingEmailChange { newEmail newConfirmedAt } } }", json!({}));
        assert_eq!(pending.await["viewer"]["pendingEmailChange"], json!({ "newEmail": new, "newConfirmedAt": null }));
        let order = if old_first { [old_token.unwrap(), new_token] } else { [new_token, old_token.unwrap()] };
        assert_eq!(confirm(&t, &order[0]).await, moved(false));
        assert_eq!(email(&t, &phone).await["email"], json!(phone.email));
        assert_eq!(confirm(&t, &order[1]).await, moved(true));
        assert_eq!(email(&t, &phone).await, json!({ "email": new, "emailVerified": true }));
        // Other devices are signed out, the old address signs nobody in, and the tokens are used up.
        assert_eq!(email(&t, &laptop).await, Value::Null);
        assert_eq!(codes(&t.login(&phone.email, PASSWORD).await), ["INVALID_CREDENTIALS"]);
        assert_eq!(codes(&t.login(&new, PASSWORD).await), [""; 0]);
        assert_eq!(codes(&confirm(&t, &order[1]).await), ["INVALID_TOKEN"]);
        let changed: Vec<_> = t.events().await.into_iter().filter(|(kind, _)| kind == "UserEmailChanged").collect();
        assert_eq!(changed.len(), 1);
        assert_eq!((&changed[0].1["email"], &changed[0].1["user_id"]), (&json!(new), &json!(phone.id)));
    }
}

#[sqlx::test(migrations = false)]
async fn a_thief_of_a_session_cannot_take_the_account_along(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = verified(&t, "nina").await;
    // Without the password nothing is asked.
    for password in [None, Some("a guess of the thief")] {
        let variables = json!({ "new": "thief@example.org", "password": password });
        let refused = t.query(Some(&nina.access), REQUEST, variables).await["requestEmailChange"].take();
        assert_eq!(refused["userErrors"], json!([{ "code": "INVALID_CREDENTIALS", "path": ["password"] }]));
    }
    assert_eq!(t.code(None, REQUEST, json!({ "new": "thief@example.org" })).await, "UNAUTHENTICATED");
    // With it the old address is asked too, and can say no.
    let (old_token, new_token) = tokens(&t, &nina, "thief@example.org").await;
    assert_eq!(confirm(&t, &new_token).await, moved(false));
    let refused = t.query(None, REFUSE, json!({ "token": old_token })).await;
    assert_eq!(refused["refuseEmailChange"]["ok"], json!(true));
    for token in [old_token.unwrap(), new_token] {
        assert_eq!(codes(&confirm(&t, &token).await), ["INVALID_TOKEN"]);
    }
    assert_eq!(email(&t, &nina).await["email"], json!("nina@example.org"));
}

#[sqlx::test(migrations = false)]
async fn choosing_a_new_password_ends_a_change_that_a_thief_has_asked_for(pool: PgPool) {
    let t = TestApp::new(pool).await;
    // The thief registers the address of somebody else; nobody has shown that it is theirs, so nobody is asked.
    let thief = t.register("nina").await;
    let (old_token, new_token) = tokens(&t, &thief, "thief@example.org").await;
    assert_eq!(old_token, None);
    t.query(None, "mutation { requestPasswordReset(email: \"nina@example.org\") { ok } }", json!({})).await;
    let token = t.mailed_token().await;
    let reset =
        "mutation($token: String!) { resetPassword(token: $token, newPassword: \"a loud morning in June\") { ok } }";
    assert_eq!(t.query(None, reset, json!({ "token": token })).await["resetPassword"]["ok"], json!(true));
    assert_eq!(codes(&confirm(&t, &new_token).await), ["INVALID_TOKEN"]);

    let miles = verified(&t, "miles").await;
    let (old_token, new_token) = tokens(&t, &miles, "other@example.org").await;
    let change = "mutation($old: String!) { changePassword(currentPassword: $old, newPassword: \"a loud morning in June\") { ok } }";
    t.query(Some(&miles.access), change, json!({ "old": PASSWORD })).await;
    for token in [old_token.unwrap(), new_token] {
        assert_eq!(codes(&confirm(&t, &token).await), ["INVALID_TOKEN"]);
    }
}

#[sqlx::test(migrations = false)]
async fn an_address_that_is_verified_in_between_is_asked_after_all(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let (_, new_token) = tokens(&t, &nina, "new@example.org").await;
    sqlx::query("update users set email_verified_at = now()").execute(&t.pool).await.unwrap();
    assert_eq!(confirm(&t, &new_token).await, moved(false));
    assert_eq!(email(&t, &nina).await["email"], json!("nina@example.org"));
}

#[sqlx::test(migrations = false)]
async fn an_address_that_nobody_has_shown_to_be_theirs_has_no_say(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let (old_token, new_token) = tokens(&t, &nina, "new@example.org").await;
    assert_eq!(old_token, None);
    assert_eq!(confirm(&t, &new_token).await, moved(true));
    assert_eq!(email(&t, &nina).await, json!({ "email": "new@example.org", "emailVerified": true }));
}

#[sqlx::test(migrations = false)]
async fn only_who_reads_the_mail_of_an_address_learns_that_it_has_an_account(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = verified(&t, "nina").await;
    verified(&t, "miles").await;
    let (old_token, new_token) = tokens(&t, &nina, "Miles@Example.org").await;
    assert_eq!(confirm(&t, &old_token.unwrap()).await, moved(false));
    let refused = confirm(&t, &new_token).await;
    assert_eq!(refused["userErrors"], json!([{ "code": "EMAIL_TAKEN", "path": ["token"] }]));
    assert_eq!(codes(&confirm(&t, &new_token).await), ["INVALID_TOKEN"]);
    assert_eq!(email(&t, &nina).await["email"], json!("nina@example.org"));
    assert_eq!(email(&t, &nina).await["emailVerified"], json!(true));
}

#[sqlx::test(migrations = false)]
async fn of_two_who_move_to_one_address_at_once_one_does(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (nina, miles) = (t.register("nina").await, t.register("miles").await);
    let (_, first) = tokens(&t, &nina, "new@example.org").await;
    t.wait(61);
    let (_, second) = tokens(&t, &miles, "new@example.org").await;
    let (one, two) = tokio::join!(confirm(&t, &first), confirm(&t, &second));
    let refused: Vec<_> = [&one, &two].into_iter().flat_map(codes).collect();
    assert_eq!(refused, ["EMAIL_TAKEN"]);
}

#[sqlx::test(migrations = false)]
async fn mails_to_new_addresses_are_backed_off_by_person_and_by_address(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (nina, miles) = (t.register("nina").await, t.register("miles").await);
    tokens(&t, &nina, "one@example.org").await;
    assert_eq!(codes(&request(&t, &nina, "two@example.org").await), ["TOO_SOON"]);
    assert_eq!(codes(&request(&t, &miles, "one@example.org").await), ["TOO_SOON"]);
    assert_eq!(t.events().await, []);
    t.wait(61);
    tokens(&t, &nina, "two@example.org").await;
    for (new, code) in [("NINA@example.org", "INVALID_INPUT"), ("no address", "INVALID_INPUT")] {
        assert_eq!(codes(&request(&t, &nina, new).await), [code]);
    }
}

#[sqlx::test(migrations = false)]
async fn a_change_ends_after_three_days_or_when_its_owner_gives_it_up(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let (_, token) = tokens(&t, &nina, "new@example.org").await;
    assert_eq!(t.query(Some(&nina.access), CANCEL, json!({})).await["cancelEmailChange"]["ok"], json!(true));
    assert_eq!(codes(&confirm(&t, &token).await), ["INVALID_TOKEN"]);
    let miles = t.register("miles").await;
    let (_, token) = tokens(&t, &miles, "miles@new.example").await;
    t.wait(3 * 86_400);
    assert_eq!(codes(&confirm(&t, &token).await), ["INVALID_TOKEN"]);
    t.wait(1);
    t.app.store.prune(t.app.clock.now()).await;
    let left: i64 = sqlx::query_scalar("select count(*) from email_changes").fetch_one(&t.pool).await.unwrap();
    assert_eq!(left, 0);
}

#[sqlx::test(migrations = false)]
async fn an_admin_agrees_in_the_place_of_an_address_that_is_lost(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let nina = verified(&t, "nina").await;
    let (_, new_token) = tokens(&t, &nina, "new@example.org").await;
    assert_eq!(t.code(Some(&nina.access), APPROVE, json!({ "id": nina.id })).await, "FORBIDDEN");
    let approved = t.query(Some(&admin.access), APPROVE, json!({ "id": nina.id })).await;
    assert_eq!(approved["approveEmailChange"], moved(false));
    assert_eq!(confirm(&t, &new_token).await, moved(true));
    let none = t.query(Some(&admin.access), APPROVE, json!({ "id": nina.id })).await;
    assert_eq!(codes(&none["approveEmailChange"]), ["NOT_FOUND"]);
}
