//! Roles that require a second factor, and getting in again without one.

use polyphony_accounts::{commands::reset_second_factor_of, domain::SecondFactorPolicy};
use polyphony_kit::Role;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{PASSWORD, Person, TestApp, codes, person},
    second_factor::{challenge, complete, enrol},
};

async fn requiring(pool: PgPool, roles: &[Role]) -> TestApp {
    let mut t = TestApp::new(pool).await;
    t.require_second_factor(SecondFactorPolicy::requiring(roles.iter().copied()));
    t
}

#[sqlx::test(migrations = false)]
async fn an_admin_without_a_second_factor_may_do_nothing_but_enrol_one(pool: PgPool) {
    let t = requiring(pool, &[Role::Admin]).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let claims = t.app.keyring.verifier().verify(&admin.access).await.unwrap();
    assert_eq!((claims.role, claims.scopes), (Role::Listener, vec!["enrol".to_owned()]));
    for query in [
        "{ users { totalCount } }",
        "{ authProviders { id } }",
        "{ viewer { apiKeys { id } } }",
        "{ viewer { ...A } } fragment A on Viewer { sessions { id } }",
        "{ ... on Query { users { totalCount } } }",
        "query A { viewer { id } } query B { users { totalCount } }",
        "mutation { createApiKey(name: \"x\", scopes: [\"admin\"]) { secret } }",
        "mutation { updateProfile(input: { displayName: \"X\" }) { viewer { id } } }",
        "mutation { beginTotp { secret } setUserRole(userId: \"x\", role: ADMIN) { user { id } } }",
        "mutation { deleteAccount(password: \"x\") { ok } }",
        "{ _entities(representations: []) { __typename } }",
    ] {
        let answer = t.execute(Some(&admin.access), query, json!({})).await;
        assert_eq!(answer.errors.len(), 1, "{query}: {:#?}", answer.errors);
        let code = &answer.errors[0]["extensions"]["code"];
        assert!(*code == json!("FORBIDDEN") || query.contains("query B"), "{query}: {:#?}", answer.errors);
    }
    let query = "{ viewer { id email role secondFactors { required totp { enabledAt } } } }";
    let viewer = t.query(Some(&admin.access), query, json!({})).await["viewer"].take();
    assert_eq!((&viewer["role"], &viewer["secondFactors"]["required"]), (&json!("ADMIN"), &json!(true)));
    // Nor is more shown where somebody has just signed in, without a token.
    for field in ["apiKeys { id }", "sessions { id }", "securityLog { totalCount }", "identities { id }"] {
        let login = format!(
            "mutation($i: LoginInput!) {{ login(input: $i) {{ tokens {{ accessToken }} viewer {{ {field} }} }} }}"
        );
        let input = json!({ "i": { "email": admin.email, "password": PASSWORD } });
        assert_eq!(t.code(None, &login, input).await, "FORBIDDEN", "{field}");
    }

    enrol(&t, &admin).await;
    let whole = t.refresh(&admin.refresh).await;
    let access = whole["tokens"]["accessToken"].as_str().unwrap();
    assert_eq!(t.query(Some(access), "{ users { totalCount } }", json!({})).await["users"]["totalCount"], json!(1));
    // The last second factor stays.
    let disable = "mutation { disableTotp { ok userErrors { code } } }";
    assert_eq!(codes(&t.query(Some(access), disable, json!({})).await["disableTotp"]), ["NOT_ALLOWED"]);
}

#[sqlx::test(migrations = false)]
async fn whoever_is_given_such_a_role_has_it_when_they_have_enrolled(pool: PgPool) {
    let t = requiring(pool, &[Role::Creator]).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let nina = t.register("nina").await;
    let set = "mutation($id: ID!) { setUserRole(userId: $id, role: CREATOR) { user { id } userErrors { code } } }";
    assert_eq!(codes(&t.query(Some(&admin.access), set, json!({ "id": nina.id })).await["setUserRole"]), [""; 0]);
    let refreshed = t.refresh(&nina.refresh).await;
    let limited = Person { access: refreshed["tokens"]["accessToken"].as_str().unwrap().to_owned(), ..nina.clone() };
    assert_eq!(t.code(Some(&limited.access), "{ viewer { apiKeys { id } } }", json!({})).await, "FORBIDDEN");
    enrol(&t, &limited).await;
    let refreshed = t.refresh(refreshed["tokens"]["refreshToken"].as_str().unwrap()).await;
    let access = refreshed["tokens"]["accessToken"].as_str().unwrap();
    assert_eq!(t.app.keyring.verifier().verify(access).await.unwrap().role, Role::Creator);
}

#[sqlx::test(migrations = false)]
async fn a_key_of_an_admin_without_a_second_factor_is_no_admins(pool: PgPool) {
    let mut t = TestApp::new(pool).await;
    t.wait(5 * 60 - 1);
    let admin = t.register_as("admin", Role::Admin).await;
    let create = "mutation { createApiKey(name: \"x\", scopes: [\"admin\", \"write\"]) { secret } }";
    let key = t.query(Some(&admin.access), create, json!({})).await["createApiKey"]["secret"].take();
    t.require_second_factor(SecondFactorPolicy::requiring([Role::Admin]));
    let token = polyphony_accounts::commands::exchange_api_key(&t.app, key.as_str().unwrap()).await.unwrap().unwrap();
    assert_eq!(t.app.keyring.verifier().verify(&token.token).await.unwrap().role, Role::Listener);
}

async fn reset(t: &TestApp, by: &Person, whom: &str) -> Value {
    let query = "mutation($id: ID!) { resetSecondFactor(userId: $id) { user { id } userErrors { code } } }";
    t.query(Some(&by.access), query, json!({ "id": whom })).await["resetSecondFactor"].take()
}

#[sqlx::test(migrations = false)]
async fn an_admin_lets_in_again_whoever_has_lost_everything(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    let nina = t.register("nina").await;
    let app = enrol(&t, &nina).await;
    let query = "mutation($id: ID!) { resetSecondFactor(userId: $id) { user { id } } }";
    assert_eq!(t.code(Some(&nina.access), query, json!({ "id": nina.id })).await, "FORBIDDEN");
    let waiting = challenge(&t, &nina.email).await;
    t.events().await;

    assert_eq!(codes(&reset(&t, &admin, &nina.id).await), [""; 0]);
    assert!(t.event_types().await.contains(&"SecurityNotice".to_owned()));
    assert_eq!(codes(&complete(&t, &waiting, "totpCode", app.next_code(&t)).await), ["INVALID_TOKEN"]);
    assert_eq!(codes(&t.refresh(&nina.refresh).await), ["INVALID_TOKEN"]);
    person(&t.login(&nina.email, PASSWORD).await);
    assert_eq!(codes(&reset(&t, &admin, "usr_nobody").await), ["NOT_FOUND"]);
    t.wait(10 * 60);
    assert_eq!(codes(&reset(&t, &admin, &nina.id).await), ["STEP_UP_REQUIRED"]);
    // Nor does an admin's token that was stolen put people out, or agree to somebody's move to another address.
    for mutation in [
        "mutation($id: ID!) { it: setUserSuspended(userId: $id, suspended: true) { userErrors { code } } }",
        "mutation($id: ID!) { it: approveEmailChange(userId: $id) { userErrors { code } } }",
    ] {
        let refused = t.query(Some(&admin.access), mutation, json!({ "id": nina.id })).await;
        assert_eq!(codes(&refused["it"]), ["STEP_UP_REQUIRED"], "{mutation}");
    }
}

#[sqlx::test(migrations = false)]
async fn the_operator_lets_in_again_an_admin_who_has_lost_everything(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let admin = t.register_as("admin", Role::Admin).await;
    enrol(&t, &admin).await;
    challenge(&t, &admin.email).await;
    assert!(reset_second_factor_of(&t.app, "Admin@example.org").await.unwrap());
    person(&t.login(&admin.email, PASSWORD).await);
    assert!(!reset_second_factor_of(&t.app, "nobody@example.org").await.unwrap());
}
