//! Entities: what is missing or malformed is null, the others still come, and all of a type cost one statement.

use polyphony_events::{JobId, TrackId, UploadId, catalog::PublicationStatus};
use polyphony_kit::Role;
use polyphony_testkit::{
    Statements,
    keys::{viewer, viewer_id},
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::TestApp;

#[sqlx::test(migrations = false)]
async fn tracks_cost_one_statement_and_missing_ones_are_null(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let first = app.track(owner.user, None, PublicationStatus::Published).await.to_string();
    let second = app.track(owner.user, None, PublicationStatus::Published).await.to_string();
    let ids = [first.clone(), TrackId::new().to_string(), "nonsense".to_owned(), second.clone()];
    let statements = Statements::new();
    let found = app.door.entities(Some(&owner), "Track", &ids, "id").await;
    assert_eq!(found, [json!({ "id": first }), Value::Null, Value::Null, json!({ "id": second })]);
    assert_eq!(statements.count(), 1, "{:#?}", statements.seen());
}

#[sqlx::test(migrations = false)]
async fn uploads_and_jobs_cost_one_statement_each(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let first = app.upload(&owner, "a", b"abc", json!({})).await;
    let second = app.upload(&owner, "b", b"abc", json!({})).await;
    let ids = [first.clone(), UploadId::new().to_string(), "nonsense".to_owned(), second.clone()];
    let statements = Statements::new();
    let found = app.door.entities(Some(&owner), "Upload", &ids, "id").await;
    assert_eq!(found, [json!({ "id": first }), Value::Null, Value::Null, json!({ "id": second })]);
    assert_eq!(statements.count(), 1, "{:#?}", statements.seen());
    let with_jobs =
        app.door.entities(Some(&owner), "Upload", &ids, "job { id upload { id } renditions { codec } }").await;
    assert_eq!(statements.count(), 5, "{:#?}", statements.seen());

    let jobs: Vec<_> = [0, 3].map(|i: usize| with_jobs[i]["job"]["id"].as_str().unwrap().to_owned()).to_vec();
    let ids = [jobs[0].clone(), JobId::new().to_string(), "nonsense".to_owned(), jobs[1].clone()];
    let before = statements.count();
    let found = app.door.entities(Some(&owner), "TranscodeJob", &ids, "id").await;
    assert_eq!(found, [json!({ "id": jobs[0] }), Value::Null, Value::Null, json!({ "id": jobs[1] })]);
    assert_eq!(statements.count() - before, 1);
    let strangers = app.door.entities(Some(&viewer(Role::Creator)), "TranscodeJob", &ids, "id").await;
    assert!(strangers.iter().all(Value::is_null));
}

#[sqlx::test(migrations = false)]
async fn a_viewer_is_only_ever_oneself(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let me = viewer(Role::Admin);
    let ids = [viewer_id(&me), viewer_id(&viewer(Role::Listener)), me.user.to_string()];
    let found = app.door.entities(Some(&me), "Viewer", &ids, "uploads { totalCount }").await;
    assert_eq!(found, [json!({ "uploads": { "totalCount": 0 } }), Value::Null, Value::Null]);
    assert_eq!(app.door.entities(None, "Viewer", &ids, "id").await, [Value::Null, Value::Null, Value::Null]);
}
