//! What playlists makes of catalog's events, and of events of no concern.

use std::collections::BTreeMap;

use polyphony_events::catalog::{PublicationStatus, TrackChanged, TrackDeleted};
use polyphony_kit::{Envelope, Event, consumer::handle_once, request_id::Origin};
use polyphony_playlists::consumers::{GROUP, Heard};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, changed, refusals, somebody, tracks};

async fn duration(app: &TestApp, id: &str) -> Value {
    let query = "query($id: ID!) { playlist(id: $id) { durationMs } }";
    app.door.query(None, query, json!({ "id": id })).await["playlist"]["durationMs"].take()
}

#[sqlx::test(migrations = false)]
async fn a_playlist_lasts_as_long_as_its_tracks_and_the_newest_version_wins(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let (id, ids) = (app.playlist(&ann, "PUBLIC").await, tracks(3));
    app.hear(&changed(ids[0], 1_000, 1)).await;
    app.add(&ann, &id, &[ids[0], ids[0], ids[1], ids[2]], None).await;
    assert_eq!(duration(&app, &id).await, 2_000, "tracks that nobody has told of yet count nothing");
    app.hear(&changed(ids[1], 500, 2)).await;
    app.hear(&changed(ids[1], 9_999, 1)).await;
    assert_eq!(duration(&app, &id).await, 2_500);
    app.hear(&TrackDeleted { track_id: ids[0], version: 2 }).await;
    app.hear(&changed(ids[0], 1_000, 1)).await;
    assert_eq!(duration(&app, &id).await, 500, "what is older cannot bring a track back");
    let mut draft = changed(ids[2], 1_000, 1);
    draft.track.status = PublicationStatus::Draft;
    app.hear(&draft).await;
    assert_eq!(duration(&app, &id).await, 500, "a draft counts nothing");
    app.hear(&changed(ids[2], i64::from(i32::MAX), 2)).await;
    assert_eq!(duration(&app, &id).await, i32::MAX, "what Int cannot carry is its largest value");
}

#[sqlx::test(migrations = false)]
async fn how_long_a_playlist_plays_is_added_up_once_until_it_or_a_track_changes(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool.clone()).await, somebody());
    let (id, ids) = (app.playlist(&ann, "PUBLIC").await, tracks(2));
    app.hear(&changed(ids[0], 1_000, 1)).await;
    app.add(&ann, &id, &[ids[0]], None).await;
    for _ in 0..2 {
        assert_eq!(duration(&app, &id).await, 1_000);
    }
    // Nobody tells of this, so that it shows whether anything was added up.
    sqlx::query("update tracks set duration_ms = duration_ms + 1").execute(&pool).await.unwrap();
    assert_eq!(duration(&app, &id).await, 1_000);
    app.add(&ann, &id, &[ids[0]], None).await;
    assert_eq!(duration(&app, &id).await, 2_002, "the playlist has changed");
    app.hear(&changed(ids[1], 500, 1)).await;
    app.add(&ann, &id, &[ids[1]], None).await;
    for _ in 0..2 {
        assert_eq!(duration(&app, &id).await, 2_502);
    }
    app.hear(&changed(ids[1], 700, 2)).await;
    assert_eq!(duration(&app, &id).await, 2_702, "a track has changed");
}

#[sqlx::test(migrations = false)]
async fn a_deleted_track_cannot_be_added_and_stays_where_it_stands(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let (id, ids) = (app.playlist(&ann, "PUBLIC").await, tracks(2));
    let items = app.add(&ann, &id, &ids, None).await;
    app.hear(&TrackDeleted { track_id: ids[1], version: 1 }).await;
    assert_eq!(refusals(&app.try_add(&ann, &id, &ids, None).await), ["NOT_FOUND trackIds.1"]);
    assert_eq!(app.order(&ann, &id).await, items);

    let query = "query($id: ID!) { playlist(id: $id) { itemCount items { edges { node { id track { id } } } } } }";
    let entry = |n: usize, track: Value| json!({ "node": { "id": items[n], "track": track } });
    let there = |n: usize| json!({ "id": ids[n] });
    let seen = app.door.query(None, query, json!({ "id": id })).await["playlist"].take();
    let edges = json!([entry(0, there(0)), entry(1, Value::Null)]);
    assert_eq!(seen, json!({ "itemCount": 2, "items": { "edges": edges } }));
    let by_id = app.door.entities(Some(&ann), "PlaylistItem", &items, "id track { id }").await;
    assert_eq!([&by_id[0]["track"], &by_id[1]["track"]], [&there(0), &Value::Null]);
    app.hear(&changed(ids[1], 1_000, 2)).await;
    let seen = app.door.query(None, query, json!({ "id": id })).await["playlist"].take();
    assert_eq!(seen["items"]["edges"], json!([entry(0, there(0)), entry(1, there(1))]), "what is restored returns");
}

#[sqlx::test(migrations = false)]
async fn events_of_no_concern_and_broken_ones_leave_no_trace(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let mut envelope = Envelope {
        id: uuid::Uuid::now_v7(),
        kind: "SomethingElse".to_owned(),
        key: String::new(),
        time: app.app.clock.now(),
        origin: Origin::fresh(),
        data: b"{}".to_vec(),
        headers: BTreeMap::new(),
    };
    handle_once(&app.pool, GROUP, &Heard(app.app.clone()), &envelope).await.unwrap();
    envelope.id = uuid::Uuid::now_v7();
    envelope.kind = TrackChanged::TYPE.to_owned();
    handle_once(&app.pool, GROUP, &Heard(app.app.clone()), &envelope).await.unwrap_err();
    let (known, marked): (i64, i64) =
        sqlx::query_as("select (select count(*) from tracks), (select count(*) from inbox)")
            .fetch_one(&app.pool)
            .await
            .unwrap();
    assert_eq!((known, marked), (0, 1), "the broken one is not marked as handled: it will be tried again");
}
