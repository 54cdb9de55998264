//! What the router asks for by key.

use polyphony_kit::UserId;
use polyphony_testkit::Statements;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::TestApp;

const ENTITIES: &str = "query($r: [_Any!]!) { _entities(representations: $r) {
    ... on User { handle } ... on Viewer { email sessions { current } } } }";

fn keys(kind: &str, ids: &[&str]) -> Value {
    json!({ "r": ids.iter().map(|id| json!({ "__typename": kind, "id": id })).collect::<Vec<_>>() })
}

#[sqlx::test(migrations = false)]
async fn people_are_found_with_one_statement(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (nina, miles) = (t.register("nina").await, t.register("miles").await);
    let missing = UserId::new().to_string();
    let statements = Statements::new();
    let found = t.query(None, ENTITIES, keys("User", &[&nina.id, &missing, "nonsense", &miles.id])).await;
    assert_eq!(found["_entities"], json!([{ "handle": "nina" }, null, null, { "handle": "miles" }]));
    assert_eq!(statements.count(), 1, "{:#?}", statements.seen());
}

#[sqlx::test(migrations = false)]
async fn a_viewer_is_given_to_themselves_only(pool: PgPool) {
    let t = TestApp::new(pool).await;
    let (nina, miles) = (t.register("nina").await, t.register("miles").await);
    let statements = Statements::new();
    let ids = keys("Viewer", &[&nina.viewer, &miles.viewer, &nina.id, &nina.viewer]);
    let found = t.query(Some(&nina.access), ENTITIES, ids.clone()).await;
    let own = json!({ "email": "nina@example.org", "sessions": [{ "current": true }] });
    assert_eq!(found["_entities"], json!([own, null, null, own]));
    // One for the account, one for the sessions.
    assert_eq!(statements.count(), 2, "{:#?}", statements.seen());
    assert_eq!(t.query(None, ENTITIES, ids).await["_entities"], json!([null, null, null, null]));
}
