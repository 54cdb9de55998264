//! Finding people by handle and name.

use polyphony_kit::Role;
use serde_json::json;
use sqlx::PgPool;

use crate::app::TestApp;

const PEOPLE: &str =
    "query($query: String!, $first: Int) { people(query: $query, first: $first) { handle displayName } }";

async fn found(t: &TestApp, token: &str, query: &str) -> Vec<String> {
    let seen = t.query(Some(token), PEOPLE, json!({ "query": query })).await;
    let people = seen["people"].as_array().unwrap();
    people.iter().map(|person| person["handle"].as_str().unwrap().to_owned()).collect()
}

#[sqlx::test(migrations = false)]
async fn people_are_found_by_the_beginning_of_handle_or_name(pool: PgPool) {
    let t = TestApp::new(pool).await;
    // Each is called "The" and their handle.
    for handle in ["nina_b", "nina", "nino", "zoe.ni"] {
        t.register(handle).await;
    }
    let me = t.register("asks").await.access;
    assert_eq!(found(&t, &me, "nina").await, ["nina", "nina_b"]);
    assert_eq!(found(&t, &me, "@NIN").await, ["nina", "nina_b", "nino"]);
    assert_eq!(found(&t, &me, "zoe").await, ["zoe.ni"]);
    assert_eq!(found(&t, &me, "the").await, ["asks", "nina", "nina_b", "nino", "zoe.ni"]);
    for nobody in ["n", "", " @n ", "%%", "__", "nina@example.org", "in", "ni\0%"] {
        assert_eq!(found(&t, &me, nobody).await, [""; 0], "{nobody:?}");
    }
    let one = t.query(Some(&me), PEOPLE, json!({ "query": "nin", "first": 1 })).await;
    assert_eq!(one["people"], json!([{ "handle": "nina", "displayName": "The nina" }]));
}

#[sqlx::test(migrations = false)]
async fn who_is_suspended_is_not_found_and_nobody_is_by_whoever_is_not_signed_in(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (admin, nina) = (t.register_as("admin", Role::Admin).await, t.register("nina").await);
    assert_eq!(found(&t, &admin.access, "nina").await, ["nina"]);
    let suspend = "mutation($id: ID!) { setUserSuspended(userId: $id, suspended: true) { userErrors { code } } }";
    t.query(Some(&admin.access), suspend, json!({ "id": nina.id })).await;
    assert_eq!(found(&t, &admin.access, "nina").await, [""; 0]);
    assert_eq!(t.code(None, PEOPLE, json!({ "query": "nina" })).await, "UNAUTHENTICATED");
    for first in [0, 21] {
        assert_eq!(
            t.code(Some(&admin.access), PEOPLE, json!({ "query": "nina", "first": first })).await,
            "BAD_USER_INPUT"
        );
    }
}
