//! Servers that are closed or take people by invitation.

use polyphony_accounts::domain::RegistrationMode;
use polyphony_kit::Role;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{PASSWORD, Person, TestApp, codes};

const CREATE: &str = "mutation($input: CreateInvitationInput!) { createInvitation(input: $input) {
    code invitation { id role email note maxUses uses isUsable createdBy { handle } revokedAt } userErrors { code } } }";
const REVOKE: &str =
    "mutation($id: ID!) { revokeInvitation(id: $id) { invitation { isUsable revokedAt } userErrors { code } } }";
const LIST: &str = "query($first: Int, $after: String) { invitations(first: $first, after: $after) {
    edges { node { id note uses isUsable } } pageInfo { hasNextPage endCursor } totalCount } }";
const SERVER: &str = "{ server { name registration isPrivate } }";

async fn register(t: &TestApp, handle: &str, invitation: Option<&str>) -> Value {
    let query = "mutation($input: RegisterInput!) { register(input: $input) {
        tokens { accessToken } viewer { id role } userErrors { code path } } }";
    let input = json!({
        "email": format!("{handle}@example.org"), "password": PASSWORD, "handle": handle,
        "displayName": handle, "invitation": invitation,
    });
    t.query(None, query, json!({ "input": input })).await["register"].take()
}

/// A server in this mode, with an admin.
async fn start(pool: PgPool, mode: RegistrationMode) -> (TestApp, Person) {
    let mut t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    t.set_registration(mode);
    (t, admin)
}

async fn invite(t: &TestApp, admin: &Person, input: Value) -> (String, Value) {
    let made = t.query(Some(&admin.access), CREATE, json!({ "input": input })).await["createInvitation"].take();
    assert_eq!(made["userErrors"], json!([]));
    (made["code"].as_str().unwrap().to_owned(), made["invitation"].clone())
}

#[sqlx::test(migrations = false)]
async fn a_closed_server_makes_no_accounts_whoever_asks(pool: PgPool) {
    let (t, admin) = start(pool, RegistrationMode::Closed).await;
    let (code, _) = invite(&t, &admin, json!({})).await;
    for invitation in [None, Some(code.as_str())] {
        assert_eq!(codes(&register(&t, "nina", invitation).await), ["REGISTRATION_CLOSED"]);
    }
    let expected = json!({ "name": "Polyphony", "registration": "CLOSED", "isPrivate": false });
    assert_eq!(t.query(None, SERVER, json!({})).await["server"], expected);
    // Who has an account signs in as ever.
    assert_eq!(codes(&t.login(&admin.email, PASSWORD).await), [""; 0]);
}

#[sqlx::test(migrations = false)]
async fn who_has_no_invitation_learns_nothing_of_who_has_an_account(pool: PgPool) {
    for mode in [RegistrationMode::Invite, RegistrationMode::Closed] {
        let (t, _) = start(pool.clone(), mode).await;
        let fresh = register(&t, "nina", None).await;
        assert_eq!(codes(&fresh).len(), 1);
        // Neither an address nor a handle that is taken, nor a password that is too weak, is told apart.
        assert_eq!(register(&t, "admin", None).await, fresh, "{mode:?}");
        assert_eq!(register(&t, "x", Some("plyi_none")).await["viewer"], Value::Null);
        assert_eq!(t.events().await, [], "and nobody is sent a mail");
        sqlx::query("delete from users").execute(&t.pool).await.unwrap();
    }
}

#[sqlx::test(migrations = false)]
async fn an_invitation_makes_as_many_accounts_as_it_says(pool: PgPool) {
    let (t, admin) = start(pool, RegistrationMode::Invite).await;
    assert_eq!(t.query(None, SERVER, json!({})).await["server"]["registration"], json!("INVITE"));
    let none = register(&t, "nina", None).await;
    assert_eq!(none["userErrors"], json!([{ "code": "INVALID_INVITATION", "path": ["input", "invitation"] }]));
    let (code, invitation) = invite(&t, &admin, json!({ "maxUses": 2, "role": "CREATOR", "note": "the band" })).await;
    let expected = json!({
        "id": invitation["id"], "role": "CREATOR", "email": null, "note": "the band", "maxUses": 2, "uses": 0,
        "isUsable": true, "createdBy": { "handle": "admin" }, "revokedAt": null,
    });
    assert_eq!(invitation, expected);
    // What comes to nothing uses nothing.
    assert_eq!(codes(&register(&t, "admin", Some(&code)).await), ["EMAIL_TAKEN"]);
    assert_eq!(codes(&register(&t, "x", Some(&code)).await), ["INVALID_INPUT"]);
    t.events().await;
    let made = register(&t, "nina", Some(&format!(" {code} "))).await;
    assert_eq!(made["viewer"]["role"], json!("CREATOR"));
    assert!(t.event_types().await.contains(&"UserRoleChanged".to_owned()), "other services know of the role");
    assert_eq!(codes(&register(&t, "miles", Some(&code)).await), [""; 0]);
    assert_eq!(codes(&register(&t, "third", Some(&code)).await), ["INVALID_INVITATION"]);
    let log =
        t.query(made["tokens"]["accessToken"].as_str(), "{ viewer { securityEvents { kind detail } } }", json!({}));
    let used = json!({ "kind": "INVITATION_USED", "detail": invitation["id"] });
    assert!(log.await["viewer"]["securityEvents"].as_array().unwrap().contains(&used));
}

#[sqlx::test(migrations = false)]
async fn of_twenty_who_use_an_invitation_for_three_at_once_three_get_in(pool: PgPool) {
    let (t, admin) = start(pool, RegistrationMode::Invite).await;
    let (code, _) = invite(&t, &admin, json!({ "maxUses": 3 })).await;
    let handles: Vec<_> = (0..20).map(|number| format!("person{number}")).collect();
    let answers =
        futures::future::join_all(handles.iter().map(|handle| register(&t, handle, Some(code.as_str())))).await;
    let refused: Vec<_> = answers.iter().flat_map(codes).collect();
    assert_eq!(refused, ["INVALID_INVITATION"; 17]);
    let listed = t.query(Some(&admin.access), LIST, json!({})).await["invitations"]["edges"][0]["node"].take();
    assert_eq!((&listed["uses"], &listed["isUsable"]), (&json!(3), &json!(false)));
    let people: i64 = sqlx::query_scalar("select count(*) from users").fetch_one(&t.pool).await.unwrap();
    assert_eq!(people, 4);
}

#[sqlx::test(migrations = false)]
async fn an_invitation_ends_with_its_time_or_when_it_is_taken_back_and_may_be_for_one_address(pool: PgPool) {
    let (t, admin) = start(pool, RegistrationMode::Invite).await;
    let (for_nina, _) = invite(&t, &admin, json!({ "email": "Nina@example.org", "maxUses": 9 })).await;
    assert_eq!(codes(&register(&t, "miles", Some(&for_nina)).await), ["INVALID_INVITATION"]);
    // Nor does a code for one address tell which others have accounts.
    assert_eq!(codes(&register(&t, "admin", Some(&for_nina)).await), ["INVALID_INVITATION"]);
    assert_eq!(codes(&register(&t, "nina", Some(&for_nina)).await), [""; 0]);
    let (revoked, invitation) = invite(&t, &admin, json!({ "maxUses": 9 })).await;
    let done = t.query(Some(&admin.access), REVOKE, json!({ "id": invitation["id"] })).await;
    assert_eq!(done["revokeInvitation"]["invitation"]["isUsable"], json!(false));
    assert_eq!(codes(&register(&t, "miles", Some(&revoked)).await), ["INVALID_INVITATION"]);
    let unknown = t.query(Some(&admin.access), REVOKE, json!({ "id": "inv_none" })).await;
    assert_eq!(codes(&unknown["revokeInvitation"]), ["NOT_FOUND"]);
    let (late, _) = invite(&t, &admin, json!({ "expiresInDays": 1 })).await;
    t.wait(86_400);
    assert_eq!(codes(&register(&t, "miles", Some(&late)).await), ["INVALID_INVITATION"]);
}

#[sqlx::test(migrations = false)]
async fn invitations_are_made_and_listed_by_admins_and_their_codes_are_kept_nowhere(pool: PgPool) {
    let (t, admin) = start(pool, RegistrationMode::Open).await;
    let nina = t.register("nina").await;
    for (query, variables) in [(CREATE, json!({ "input": {} })), (LIST, json!({})), (REVOKE, json!({ "id": "x" }))] {
        assert_eq!(t.code(Some(&nina.access), query, variables.clone()).await, "FORBIDDEN");
        assert_eq!(t.code(None, query, variables).await, "UNAUTHENTICATED");
    }
    let wrong = json!({ "input": { "maxUses": 0, "expiresInDays": 400, "role": "ADMIN" } });
    let refused = t.query(Some(&admin.access), CREATE, wrong).await;
    assert_eq!(codes(&refused["createInvitation"]), ["NOT_ALLOWED", "INVALID_INPUT", "INVALID_INPUT"]);
    let mut made = Vec::new();
    for note in ["one", "two", "three"] {
        made.push(invite(&t, &admin, json!({ "note": note })).await.0);
    }
    let page = t.query(Some(&admin.access), LIST, json!({ "first": 2 })).await["invitations"].take();
    assert_eq!((&page["edges"][0]["node"]["note"], &page["totalCount"]), (&json!("three"), &json!(3)));
    let after = &page["pageInfo"]["endCursor"];
    let page = t.query(Some(&admin.access), LIST, json!({ "after": after })).await["invitations"].take();
    assert_eq!(page["edges"].as_array().unwrap().len(), 1);
    let dump: String = sqlx::query_scalar(
        "select (select jsonb_agg(i) from invitations i)::text || (select jsonb_agg(s) from security_events s)::text",
    )
    .fetch_one(&t.pool)
    .await
    .unwrap();
    assert!(made.iter().all(|code| !dump.contains(code)));
    // Where everybody may register, an invitation still gives its role, and one that is no good is not passed over.
    assert_eq!(codes(&register(&t, "miles", Some("plyi_none")).await), ["INVALID_INVITATION"]);
}
