//! People as others and admins see them.

use polyphony_kit::Role;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{PASSWORD, TestApp, codes, person};

const SET_ROLE: &str =
    "mutation($id: ID!, $role: Role!) { setUserRole(userId: $id, role: $role) { user { id } userErrors { code } } }";

#[sqlx::test(migrations = false)]
async fn everybody_sees_a_persons_profile(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    let query = "query($id: ID!) { user(id: $id) { id handle displayName avatarUrl bio } }";
    let seen = t.query(None, query, json!({ "id": nina.id })).await;
    let expected = json!({
        "id": nina.id, "handle": "nina", "displayName": "The nina", "avatarUrl": null, "bio": null,
    });
    assert_eq!(seen["user"], expected);
    for id in ["usr_00000000000000000000000000", "nonsense", ""] {
        assert_eq!(t.query(None, query, json!({ "id": id })).await["user"], Value::Null, "{id}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_new_role_is_in_the_next_token(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let nina = t.register("nina").await;
    let set = t.query(Some(&admin.access), SET_ROLE, json!({ "id": nina.id, "role": "CREATOR" })).await;
    assert_eq!(set["setUserRole"], json!({ "user": { "id": nina.id }, "userErrors": [] }));
    let expected = json!({ "user_id": nina.id, "role": "CREATOR", "version": 2 });
    let mut events = t.events().await;
    assert_eq!(events.remove(0), ("UserRoleChanged".to_owned(), expected));
    assert_eq!((events.remove(0).0.as_str(), events), ("SecurityNotice", Vec::new()));

    let next = t.refresh(&nina.refresh).await;
    assert_eq!(next["viewer"]["role"], json!("CREATOR"));
    let viewer = t.app.keyring.verifier().verify(&person(&next).access).await.unwrap();
    assert_eq!(
        (viewer.role, viewer.scopes),
        (Role::Creator, ["read", "write", "account", "upload"].map(str::to_owned).to_vec())
    );
    // Giving it again changes nothing, and nobody is told.
    t.query(Some(&admin.access), SET_ROLE, json!({ "id": nina.id, "role": "CREATOR" })).await;
    assert_eq!(t.events().await, []);
}

#[sqlx::test(migrations = false)]
async fn only_admins_give_roles(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let creator = t.register_as("creator", Role::Creator).await;
    let variables = json!({ "id": creator.id, "role": "ADMIN" });
    assert_eq!(t.code(Some(&creator.access), SET_ROLE, variables.clone()).await, "FORBIDDEN");
    assert_eq!(t.code(None, SET_ROLE, variables).await, "UNAUTHENTICATED");
}

#[sqlx::test(migrations = false)]
async fn who_is_no_admin_any_more_gives_no_roles_with_an_old_token(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (one, two) = (t.register_as("one", Role::Admin).await, t.register_as("two", Role::Admin).await);
    t.query(Some(&one.access), SET_ROLE, json!({ "id": two.id, "role": "LISTENER" })).await;
    assert_eq!(t.code(Some(&two.access), SET_ROLE, json!({ "id": one.id, "role": "LISTENER" })).await, "FORBIDDEN");
}

#[sqlx::test(migrations = false)]
async fn the_last_admin_stays(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (one, two) = (t.register_as("one", Role::Admin).await, t.register_as("two", Role::Admin).await);
    let down = |id: &str| json!({ "id": id, "role": "LISTENER" });
    // Each takes the other's role at the same moment: one of them is in time, and one admin is left.
    tokio::join!(
        t.execute(Some(&one.access), SET_ROLE, down(&two.id)),
        t.execute(Some(&two.access), SET_ROLE, down(&one.id))
    );
    let left: Vec<String> =
        sqlx::query_scalar("select handle from users where role = 'ADMIN'").fetch_all(&t.pool).await.unwrap();
    assert_eq!(left.len(), 1);
    let last = if left[0] == "one" { &one } else { &two };
    let refused = t.query(Some(&last.access), SET_ROLE, down(&last.id)).await;
    assert_eq!(codes(&refused["setUserRole"]), ["NOT_ALLOWED"]);
}

const SUSPEND: &str =
    "mutation($id: ID!, $suspended: Boolean!) { setUserSuspended(userId: $id, suspended: $suspended) {
    user { id } userErrors { code } } }";

#[sqlx::test(migrations = false)]
async fn who_is_suspended_is_out_until_reinstated(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let nina = t.register("nina").await;
    t.query(Some(&admin.access), SUSPEND, json!({ "id": nina.id, "suspended": true })).await;
    assert_eq!(t.event_types().await, ["SecurityNotice", "SessionRevoked", "UserSuspended"]);
    assert_eq!(t.query(Some(&nina.access), "{ viewer { id } }", json!({})).await["viewer"], Value::Null);
    assert_eq!(codes(&t.refresh(&nina.refresh).await), ["ACCOUNT_SUSPENDED"]);
    assert_eq!(codes(&t.login(&nina.email, PASSWORD).await), ["ACCOUNT_SUSPENDED"]);
    // Who does not know the password does not learn of it.
    assert_eq!(codes(&t.login(&nina.email, "not her password").await), ["INVALID_CREDENTIALS"]);

    t.query(Some(&admin.access), SUSPEND, json!({ "id": nina.id, "suspended": false })).await;
    assert_eq!(t.event_types().await, ["SecurityNotice", "UserReinstated"]);
    assert_eq!(codes(&t.refresh(&nina.refresh).await), ["INVALID_TOKEN"]);
    t.sign_in(&nina.email).await;
}

#[sqlx::test(migrations = false)]
async fn only_admins_suspend_and_the_last_admin_is_not(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let nina = t.register("nina").await;
    let variables = json!({ "id": admin.id, "suspended": true });
    assert_eq!(t.code(Some(&nina.access), SUSPEND, variables.clone()).await, "FORBIDDEN");
    let refused = t.query(Some(&admin.access), SUSPEND, variables).await;
    assert_eq!(codes(&refused["setUserSuspended"]), ["NOT_ALLOWED"]);
}

#[sqlx::test(migrations = false)]
async fn an_unknown_person_gets_no_role(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    for id in ["usr_00000000000000000000000000", "nonsense"] {
        let set = t.query(Some(&admin.access), SET_ROLE, json!({ "id": id, "role": "CREATOR" })).await;
        assert_eq!(codes(&set["setUserRole"]), ["NOT_FOUND"]);
    }
}

const USERS: &str = "query($query: String, $role: Role, $first: Int, $after: String) {
    users(query: $query, role: $role, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { handle } } } }";

fn handles(found: &Value) -> Vec<&str> {
    let edges = found["users"]["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["handle"].as_str().unwrap()).collect()
}

#[sqlx::test(migrations = false)]
async fn admins_find_people_page_by_page(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    for handle in ["nina", "miles", "mingus", "ni_a"] {
        t.register(handle).await;
    }
    let first = t.query(Some(&admin.access), USERS, json!({ "first": 3 })).await;
    assert_eq!(handles(&first), ["admin", "nina", "miles"]);
    assert_eq!(first["users"]["totalCount"], json!(5));
    let after = &first["users"]["pageInfo"]["endCursor"];
    let second = t.query(Some(&admin.access), USERS, json!({ "first": 3, "after": after })).await;
    assert_eq!(handles(&second), ["mingus", "ni_a"]);
    assert_eq!(second["users"]["pageInfo"]["hasNextPage"], json!(false));

    let found = t.query(Some(&admin.access), USERS, json!({ "query": "MI", "role": "LISTENER" })).await;
    assert_eq!(handles(&found), ["miles", "mingus"]);
    // Wildcards of the database are letters like others here.
    let found = t.query(Some(&admin.access), USERS, json!({ "query": "ni_a" })).await;
    assert_eq!(handles(&found), ["ni_a"]);
}

#[sqlx::test(migrations = false)]
async fn the_list_of_people_is_for_admins(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let nina = t.register("nina").await;
    assert_eq!(t.code(Some(&nina.access), USERS, json!({})).await, "FORBIDDEN");
    assert_eq!(t.code(None, USERS, json!({})).await, "UNAUTHENTICATED");
    let admin = t.register_as("admin", Role::Admin).await;
    assert_eq!(t.code(Some(&admin.access), USERS, json!({ "first": 101 })).await, "BAD_USER_INPUT");
    assert_eq!(t.code(Some(&admin.access), USERS, json!({ "after": "nonsense" })).await, "BAD_USER_INPUT");
}
