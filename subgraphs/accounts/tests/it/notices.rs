//! Who has an account is told of what changes its security, with from where it was done.

use polyphony_events::accounts::UNSUBSCRIBE_CONTEXT;
use polyphony_kit::Role;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{PASSWORD, TestApp};

impl TestApp {
    /// The notices that were written since.
    async fn notices(&self) -> Vec<Value> {
        self.events().await.into_iter().filter(|(kind, _)| kind == "SecurityNotice").map(|(_, data)| data).collect()
    }
}

#[sqlx::test(migrations = false)]
async fn a_changed_password_is_told_with_the_device_it_was_changed_on(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let change =
        "mutation($old: String!) { changePassword(currentPassword: $old, newPassword: \"a loud morning\") { ok } }";
    t.query(Some(&nina.access), change, json!({ "old": "not her password" })).await;
    assert_eq!(t.notices().await, [Value::Null; 0], "nothing has changed");
    t.query(Some(&nina.access), change, json!({ "old": PASSWORD })).await;
    let notices = t.notices().await;
    assert_eq!(notices.len(), 1);
    insta::assert_json_snapshot!(notices[0], { ".user_id" => "[user]", ".session_id" => "[session]", ".at" => "[now]" }, @r#"
    {
      "at": "[now]",
      "detail": null,
      "device_name": "Phone",
      "display_name": "The nina",
      "email": "nina@example.org",
      "ip_address": "203.0.113.7",
      "kind": "PASSWORD_CHANGED",
      "locale": "en",
      "session_id": "[session]",
      "user_agent": "tests/1.0",
      "user_id": "[user]"
    }
    "#);
}

#[sqlx::test(migrations = false)]
async fn a_new_api_key_is_told_by_its_name(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let create = "mutation { createApiKey(name: \"backup\", scopes: [\"write\"]) { secret } }";
    let secret = t.query(Some(&nina.access), create, json!({})).await["createApiKey"]["secret"].take();
    let notices = t.notices().await;
    assert_eq!((&notices[0]["kind"], &notices[0]["detail"]), (&json!("API_KEY_CREATED"), &json!("backup")));
    assert!(!notices[0].to_string().contains(secret.as_str().unwrap()));
}

#[sqlx::test(migrations = false)]
async fn who_gets_another_role_or_is_kept_out_is_told(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let nina = t.register("nina").await;
    let role = "mutation($id: ID!) { setUserRole(userId: $id, role: CREATOR) { user { id } } }";
    let suspend = "mutation($id: ID!, $suspended: Boolean!) { setUserSuspended(userId: $id, suspended: $suspended) { user { id } } }";
    t.query(Some(&admin.access), role, json!({ "id": nina.id })).await;
    for suspended in [true, false] {
        t.query(Some(&admin.access), suspend, json!({ "id": nina.id, "suspended": suspended })).await;
    }
    let notices = t.notices().await;
    let told: Vec<_> = notices.iter().map(|notice| (&notice["kind"], &notice["email"])).collect();
    let email = json!("nina@example.org");
    let kinds = ["ROLE_CHANGED", "SUSPENDED", "REINSTATED"].map(|kind| json!(kind));
    assert_eq!(told, kinds.iter().map(|kind| (kind, &email)).collect::<Vec<_>>());
}

#[sqlx::test(migrations = false)]
async fn news_are_turned_off_by_the_token_of_their_mail_without_signing_in(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let unsubscribe = "mutation($token: String!) { unsubscribe(token: $token) { ok userErrors { code path } } }";
    let token = t.app.sealer.seal(&nina.id, UNSUBSCRIBE_CONTEXT).unwrap();
    // The token of another mail, or a person's id by itself, turns nothing off.
    for wrong in [nina.id.clone(), t.app.sealer.seal(&nina.id, "PasswordResetRequested\n").unwrap()] {
        let refused = t.query(None, unsubscribe, json!({ "token": wrong })).await;
        let errors = json!([{ "code": "INVALID_TOKEN", "path": ["token"] }]);
        assert_eq!(refused["unsubscribe"], json!({ "ok": false, "userErrors": errors }));
    }
    assert_eq!(t.events().await, []);
    for _ in 0..2 {
        let done = t.query(None, unsubscribe, json!({ "token": token })).await;
        assert_eq!(done["unsubscribe"], json!({ "ok": true, "userErrors": [] }));
    }
    let mut events = t.events().await;
    let (kind, data) = events.remove(0);
    assert_eq!(
        (kind.as_str(), &data["email_notifications"], events),
        ("UserPreferencesChanged", &json!(false), Vec::new())
    );
    let seen = t.query(Some(&nina.access), "{ viewer { preferences { emailNotifications } } }", json!({})).await;
    assert_eq!(seen["viewer"]["preferences"]["emailNotifications"], json!(false));
}

#[sqlx::test(migrations = false)]
async fn who_makes_keys_by_the_dozen_does_not_fill_a_mailbox(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let squatter = t.register("victim").await;
    let make = "mutation { createApiKey(name: \"x\", scopes: []) { apiKey { id } userErrors { code } } }";
    for _ in 0..30 {
        t.query(Some(&squatter.access), make, json!({})).await;
    }
    assert_eq!(t.notices().await.len(), 10);
    let log = "{ viewer { securityLog(kinds: [API_KEY_CREATED]) { totalCount } } }";
    let log = t.query(Some(&squatter.access), log, json!({})).await;
    assert_eq!(log["viewer"]["securityLog"]["totalCount"], json!(30), "the log has all of them");
}
