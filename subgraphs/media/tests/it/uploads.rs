//! Uploads: who may, what is refused, and how bytes arrive.

use chrono::TimeDelta;
use futures::future::join_all;
use polyphony_events::{UploadId, catalog::PublicationStatus};
use polyphony_kit::{Role, blobs::Blobs, config::S3Args};
use polyphony_media::{app::App, domain::upload::Quota, housekeeping};
use polyphony_testkit::{
    keys::{viewer, viewer_id},
    servers,
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::TestApp;

fn codes(payload: &Value) -> Vec<&str> {
    payload["userErrors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect()
}

#[sqlx::test(migrations = false)]
async fn only_creators_and_admins_may_upload(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let query = r#"mutation { createUpload(input: { filename: "a.flac", sizeBytes: 10 }) { upload { id } } }"#;
    assert_eq!(app.door.codes(None, query, json!({})).await, ["UNAUTHENTICATED"]);
    assert_eq!(app.door.codes(Some(&viewer(Role::Listener)), query, json!({})).await, ["FORBIDDEN"]);
    for role in [Role::Creator, Role::Admin] {
        let created = app.create(&viewer(role), json!({ "filename": "a.flac", "sizeBytes": 10 })).await;
        assert_eq!(created["upload"]["state"], "AWAITING_BYTES");
        assert_eq!(created["target"]["parts"].as_array().unwrap().len(), 1);
    }
}

#[sqlx::test(migrations = false)]
async fn what_cannot_be_uploaded_is_refused_with_its_place_in_the_input(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let creator = viewer(Role::Creator);
    for (input, code, path) in [
        (json!({ "filename": "a", "sizeBytes": 0 }), "INVALID_INPUT", "sizeBytes"),
        (json!({ "filename": "a", "sizeBytes": -1 }), "INVALID_INPUT", "sizeBytes"),
        (json!({ "filename": "a", "sizeBytes": 1.5 }), "INVALID_INPUT", "sizeBytes"),
        (json!({ "filename": "a", "sizeBytes": 5_368_709_121_u64 }), "MEDIA_TOO_LARGE", "sizeBytes"),
        (json!({ "filename": "", "sizeBytes": 1 }), "INVALID_INPUT", "filename"),
        (json!({ "filename": "a".repeat(256), "sizeBytes": 1 }), "INVALID_INPUT", "filename"),
        (json!({ "filename": "a", "sizeBytes": 1, "sha256": "abc" }), "INVALID_INPUT", "sha256"),
        (json!({ "filename": "a", "sizeBytes": 1, "trackId": "nonsense" }), "NOT_FOUND", "trackId"),
    ] {
        let refused = app.create(&creator, input.clone()).await;
        assert_eq!(refused["upload"], Value::Null, "{input}");
        assert_eq!(refused["userErrors"], json!([{ "code": code, "path": ["input", path] }]), "{input}");
    }
    let theirs = app.track(viewer(Role::Creator).user, None, PublicationStatus::Published).await;
    let input = json!({ "filename": "a", "sizeBytes": 1, "trackId": theirs.to_string() });
    assert_eq!(codes(&app.create(&creator, input.clone()).await), ["NOT_ALLOWED"]);
    assert!(codes(&app.create(&viewer(Role::Admin), input).await).is_empty());
}

#[sqlx::test(migrations = false)]
async fn a_large_file_has_its_parts_and_a_path_for_a_name_is_only_a_name(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let input = json!({ "filename": "../../etc/passwd", "sizeBytes": 20_000_000 });
    let created = app.create(&viewer(Role::Creator), input).await;
    assert_eq!(created["upload"]["filename"], "../../etc/passwd");
    assert_eq!(created["target"]["partSizeBytes"], 8_388_608);
    let parts = created["target"]["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 3);
    assert!(parts.iter().all(|part| !part["url"].as_str().unwrap().contains("passwd")));
}

#[sqlx::test(migrations = false)]
async fn a_quota_counts_open_uploads_and_bytes(pool: PgPool) {
    let s3 = servers::s3().await;
    let app = TestApp::with(pool, &s3, Quota { bytes: 100, open_uploads: 2 }).await;
    let creator = viewer(Role::Creator);
    let of = |size: u32| json!({ "filename": "a", "sizeBytes": size });
    assert_eq!(codes(&app.create(&creator, of(101)).await), ["QUOTA_EXCEEDED"]);
    let first = app.create(&creator, of(60)).await;
    assert_eq!(codes(&app.create(&creator, of(41)).await), ["QUOTA_EXCEEDED"]);
    app.create(&creator, of(1)).await;
    assert_eq!(codes(&app.create(&creator, of(1)).await), ["QUOTA_EXCEEDED"]);
    let cancel = "mutation($id: ID!) { cancelUpload(uploadId: $id) { ok userErrors { code } } }";
    let id = first["upload"]["id"].clone();
    app.door.query(Some(&creator), cancel, json!({ "id": id })).await;
    assert!(codes(&app.create(&creator, of(90)).await).is_empty());
}

#[sqlx::test(migrations = false)]
async fn an_idempotency_key_answers_the_first_upload_again(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let creator = viewer(Role::Creator);
    let input = json!({ "filename": "a.flac", "sizeBytes": 10 });
    let first = app.create_with_key(&creator, input.clone(), Some("one")).await;
    let again = app.create_with_key(&creator, input, Some("one")).await;
    assert_eq!(first["upload"], again["upload"]);
    assert_eq!(again["target"]["parts"].as_array().unwrap().len(), 1);
    let other = json!({ "filename": "b.flac", "sizeBytes": 10 });
    assert_eq!(codes(&app.create_with_key(&creator, other, Some("one")).await), ["IDEMPOTENCY_KEY_REUSED"]);
}

#[sqlx::test(migrations = false)]
async fn an_upload_is_complete_when_every_part_is_there_and_as_long_as_announced(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let creator = viewer(Role::Creator);
    let bytes = vec![7; 8_388_608 + 10];
    let created = app.create(&creator, json!({ "filename": "a.flac", "sizeBytes": bytes.len() })).await;
    let id = created["upload"]["id"].as_str().unwrap();
    assert_eq!(codes(&app.complete(&creator, id, &json!([])).await), ["UPLOAD_INCOMPLETE"]);
    let mut first_only = created["target"].clone();
    first_only["parts"].as_array_mut().unwrap().truncate(1);
    let first = app.put(&first_only, &bytes).await;
    assert_eq!(codes(&app.complete(&creator, id, &first).await), ["UPLOAD_INCOMPLETE"]);

    let missing = "query($id: ID!) { upload(id: $id) { state missingParts { parts { number url } partSizeBytes } } }";
    let upload = app.door.query(Some(&creator), missing, json!({ "id": id })).await["upload"].take();
    assert_eq!(upload["state"], "AWAITING_BYTES");
    let rest = &upload["missingParts"];
    assert_eq!(rest["parts"].as_array().unwrap().len(), 1);
    assert_eq!(rest["parts"][0]["number"], 2);
    // A second part of another size is refused by the store itself.
    let url = rest["parts"][0]["url"].as_str().unwrap();
    for size in [9, 11, 1 << 20] {
        let refused = reqwest::Client::new().put(url).body(vec![7; size]).send().await.unwrap();
        assert_eq!(refused.status().as_u16(), 403, "{size}");
    }
    let both = |rest: &Value| json!([first[0], rest[0]]);
    let whole = app.put(rest, &bytes).await;
    let wrong = json!([first[0], { "number": 2, "etag": "\"0000\"" }]);
    assert_eq!(codes(&app.complete(&creator, id, &wrong).await), ["UPLOAD_INCOMPLETE"]);

    let done = app.complete(&creator, id, &both(&whole)).await;
    assert_eq!(done["upload"]["state"], "RECEIVED");
    assert_eq!(done["upload"]["job"]["state"], "QUEUED");
    let again = app.complete(&creator, id, &both(&whole)).await;
    assert_eq!(again, done);
    let events = app.events().await;
    assert_eq!(events.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["UploadReceived"]);
    assert_eq!(events[0].1["upload_id"], id);
    let upload = app.door.query(Some(&creator), missing, json!({ "id": id })).await["upload"].take();
    assert_eq!(upload["missingParts"], Value::Null);
}

#[sqlx::test(migrations = false)]
async fn an_upload_is_its_owners_and_the_admins(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, stranger) = (viewer(Role::Creator), viewer(Role::Creator));
    let created = app.create(&owner, json!({ "filename": "a", "sizeBytes": 3 })).await;
    let id = created["upload"]["id"].as_str().unwrap();
    assert_eq!(app.see(&stranger, id).await, Value::Null);
    assert_eq!(app.see(&viewer(Role::Admin), id).await["id"], id);
    assert_eq!(app.see(&owner, "nonsense").await, Value::Null);
    let parts = app.put(&created["target"], b"abc").await;
    for absent in [id, "nonsense", &UploadId::new().to_string()] {
        let refused = app.complete(&stranger, absent, &parts).await;
        assert_eq!(refused["upload"], Value::Null);
        assert_eq!(codes(&refused), ["NOT_FOUND"]);
    }
    let cancel = "mutation($id: ID!) { cancelUpload(uploadId: $id) { ok userErrors { code } } }";
    let refused = app.door.query(Some(&stranger), cancel, json!({ "id": id })).await;
    assert_eq!(refused["cancelUpload"], json!({ "ok": false, "userErrors": [{ "code": "NOT_FOUND" }] }));
}

#[sqlx::test(migrations = false)]
async fn the_viewers_uploads_come_newest_first_in_pages(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let creator = viewer(Role::Creator);
    for name in ["one", "two", "three"] {
        app.create(&creator, json!({ "filename": name, "sizeBytes": 3 })).await;
        app.wait(TimeDelta::seconds(1));
    }
    app.create(&viewer(Role::Creator), json!({ "filename": "another's", "sizeBytes": 3 })).await;
    let fields = "uploads(first: 2, after: $after) { totalCount pageInfo { hasNextPage endCursor } edges { node { filename } } }";
    let page = async |after: Option<&str>| {
        let query = format!(
            "query($r: [_Any!]!, $after: String) {{ _entities(representations: $r) {{ ... on Viewer {{ {fields} }} }} }}"
        );
        let variables = json!({ "r": [{ "__typename": "Viewer", "id": viewer_id(&creator) }], "after": after });
        app.door.query(Some(&creator), &query, variables).await["_entities"][0]["uploads"].take()
    };
    let first = page(None).await;
    assert_eq!(first["totalCount"], 3);
    let names = |page: &Value| {
        let edges = page["edges"].as_array().unwrap();
        edges.iter().map(|edge| edge["node"]["filename"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&first), ["three", "two"]);
    let last = page(first["pageInfo"]["endCursor"].as_str()).await;
    assert_eq!(names(&last), ["one"]);
    assert_eq!(last["pageInfo"]["hasNextPage"], false);
}

#[sqlx::test(migrations = false)]
async fn an_abandoned_upload_expires_and_its_parts_are_freed(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let creator = viewer(Role::Creator);
    let created = app.create(&creator, json!({ "filename": "a", "sizeBytes": 3 })).await;
    let id = created["upload"]["id"].as_str().unwrap();
    let parts = app.put(&created["target"], b"abc").await;
    app.wait(TimeDelta::hours(23));
    housekeeping::expire_overdue(&app.app).await.unwrap();
    assert_eq!(
        app.app.store.upload(UploadId::parse(id).unwrap()).await.unwrap().unwrap().state.as_str(),
        "AWAITING_BYTES"
    );
    let multipart = app.app.store.upload(UploadId::parse(id).unwrap()).await.unwrap().unwrap().multipart_id.unwrap();
    app.wait(TimeDelta::hours(2));
    housekeeping::expire_overdue(&app.app).await.unwrap();
    housekeeping::collect_garbage(&app.app).await.unwrap();
    let seen = app.see(&creator, id).await;
    assert_eq!(
        (seen["state"].clone(), seen["rejectedBecause"].clone()),
        (json!("EXPIRED"), json!("UPLOAD_INCOMPLETE"))
    );
    assert_eq!(codes(&app.complete(&creator, id, &parts).await), ["CONFLICT"]);
    assert_eq!(app.app.blobs.list_parts(&format!("uploads/{id}/source"), &multipart).await.unwrap(), None);
}

#[sqlx::test(migrations = false)]
async fn of_several_completions_at_once_one_queues_a_job(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let creator = viewer(Role::Creator);
    let created = app.create(&creator, json!({ "filename": "a", "sizeBytes": 3 })).await;
    let id = created["upload"]["id"].as_str().unwrap();
    let parts = app.put(&created["target"], b"abc").await;
    for completed in join_all((0..5).map(|_| app.complete(&creator, id, &parts))).await {
        assert_eq!((&completed["userErrors"], &completed["upload"]["state"]), (&json!([]), &json!("RECEIVED")));
    }
    assert_eq!(app.events().await.len(), 1);
}

#[sqlx::test(migrations = false)]
async fn of_several_calls_with_one_key_at_once_one_upload_comes_and_no_other_is_left_open(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let creator = viewer(Role::Creator);
    let input = json!({ "filename": "a.flac", "sizeBytes": 10 });
    let created = join_all((0..5).map(|_| app.create_with_key(&creator, input.clone(), Some("one")))).await;
    assert!(created.iter().all(|payload| payload["upload"] == created[0]["upload"]), "{created:#?}");
    assert_eq!(app.app.blobs.list_open_uploads(None).await.unwrap().unwrap().uploads.len(), 1);
}

#[sqlx::test(migrations = false)]
async fn an_upload_whose_parts_were_joined_before_it_was_written_down_misses_none_and_is_completed(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let creator = viewer(Role::Creator);
    let created = app.create(&creator, json!({ "filename": "a", "sizeBytes": 3 })).await;
    let id = created["upload"]["id"].as_str().unwrap();
    let parts = app.put(&created["target"], b"abc").await;
    let source = format!("uploads/{id}/source");
    let multipart = app.app.store.upload(UploadId::parse(id).unwrap()).await.unwrap().unwrap().multipart_id.unwrap();
    let listed = app.app.blobs.list_parts(&source, &multipart).await.unwrap().unwrap();
    let listed: Vec<_> = listed.into_iter().map(|(number, etag, _)| (number, etag)).collect();
    app.app.blobs.complete_multipart(&source, &multipart, &listed).await.unwrap();
    let missing = "query($id: ID!) { upload(id: $id) { missingParts { parts { number } } } }";
    let upload = app.door.query(Some(&creator), missing, json!({ "id": id })).await["upload"].take();
    assert_eq!(upload["missingParts"], json!({ "parts": [] }));
    assert_eq!(app.complete(&creator, id, &parts).await["upload"]["state"], "RECEIVED");
}

#[sqlx::test(migrations = false)]
async fn parts_that_cannot_be_given_up_now_are_given_up_later(pool: PgPool) {
    let s3 = servers::s3().await;
    let app = TestApp::with(pool, &s3, Quota { bytes: 100, open_uploads: 2 }).await;
    let creator = viewer(Role::Creator);
    let created = app.create(&creator, json!({ "filename": "a", "sizeBytes": 3 })).await;
    let cancel = "mutation($id: ID!) { cancelUpload(uploadId: $id) { ok } }";
    app.door.query(Some(&creator), cancel, json!({ "id": created["upload"]["id"] })).await;
    let away = App { blobs: Blobs::new(&S3Args { s3_access_key_id: "nobody".to_owned(), ..s3 }), ..app.app.clone() };
    housekeeping::collect_garbage(&away).await.unwrap();
    let open = async || app.app.blobs.list_open_uploads(None).await.unwrap().unwrap().uploads.len();
    assert_eq!(open().await, 1);
    app.collect_all_garbage().await;
    assert_eq!(open().await, 0);
    let left: i64 = sqlx::query_scalar("select count(*) from garbage").fetch_one(&app.pool).await.unwrap();
    assert_eq!(left, 0);
}
