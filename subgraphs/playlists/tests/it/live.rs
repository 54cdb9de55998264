//! Live playlists and libraries.

use std::time::Duration;

use async_graphql::{Request, Variables};
use futures::{FutureExt, Stream, StreamExt};
use polyphony_kit::{Tasks, Viewer};
use polyphony_playlists::graphql;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, refusals, somebody, tracks};

const PLAYLIST: &str = "subscription($id: ID!, $after: String) { playlistChanged(id: $id, after: $after) \
                        { version itemCount items { edges { node { id } } } } }";

/// Subscribes as `viewer`; frames are the data, or the codes of the errors.
fn subscribe(
    app: &TestApp,
    viewer: Option<&Viewer>,
    query: &str,
    variables: Value,
) -> impl Stream<Item = Value> + Unpin + use<> {
    let request = Request::new(query)
        .variables(Variables::from_json(variables))
        .data(viewer.cloned())
        .data(graphql::loader(&app.app.store, viewer));
    let frames = graphql::schema(Some(app.app.clone())).execute_stream(request);
    Box::pin(frames.map(|frame| {
        let frame = serde_json::to_value(frame).unwrap();
        if frame["errors"].is_array() {
            frame["errors"][0]["extensions"]["code"].clone()
        } else {
            frame["data"].clone()
        }
    }))
}

async fn next(frames: &mut (impl Stream<Item = Value> + Unpin)) -> Option<Value> {
    tokio::time::timeout(Duration::from_secs(5), frames.next()).await.expect("a frame comes within 5 s")
}

/// Starts hearing signals and waits until they are heard.
async fn hear_signals(app: &TestApp) -> Tasks {
    let tasks = Tasks::new();
    tasks.spawn("signals", app.app.signals.clone().run(tasks.token()));
    let mut probe = app.app.signals.listen("probe");
    while !matches!(tokio::time::timeout(Duration::from_millis(50), probe.changed()).await, Ok(Ok(()))) {
        app.app.signals.send("probe").await;
    }
    tasks
}

#[sqlx::test(migrations = false)]
async fn a_playlist_comes_at_once_and_then_with_every_change(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let tasks = hear_signals(&app).await;
    let id = app.playlist(&ann, "PUBLIC").await;
    let mut frames = subscribe(&app, None, PLAYLIST, json!({ "id": id }));
    let first = next(&mut frames).await.unwrap();
    assert_eq!(first["playlistChanged"], json!({ "version": 1, "itemCount": 0, "items": { "edges": [] } }));

    let items = app.add(&ann, &id, &tracks(1), None).await;
    let second = next(&mut frames).await.unwrap();
    let edges = json!([{ "node": { "id": items[0] } }]);
    assert_eq!(second["playlistChanged"], json!({ "version": 2, "itemCount": 1, "items": { "edges": edges } }));

    // Many changes while nobody reads come as one frame with the last state.
    for _ in 0..5 {
        app.add(&ann, &id, &tracks(1), None).await;
    }
    let mut last = next(&mut frames).await.unwrap()["playlistChanged"]["version"].as_i64().unwrap();
    while last < 7 {
        last = next(&mut frames).await.unwrap()["playlistChanged"]["version"].as_i64().unwrap();
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(frames.next().now_or_never().is_none(), "nothing more has changed");
    tasks.shutdown().await;
}

#[sqlx::test(migrations = false)]
async fn a_client_that_comes_back_has_what_it_missed_and_nothing_twice(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let tasks = hear_signals(&app).await;
    let id = app.playlist(&ann, "PRIVATE").await;
    app.add(&ann, &id, &tracks(1), None).await;
    let version = |frame: Option<Value>| frame.unwrap()["playlistChanged"]["version"].clone();
    let mut missed = subscribe(&app, Some(&ann), PLAYLIST, json!({ "id": id, "after": "1" }));
    assert_eq!(version(next(&mut missed).await), 2);
    let mut current = subscribe(&app, Some(&ann), PLAYLIST, json!({ "id": id, "after": "2" }));
    assert!(tokio::time::timeout(Duration::from_millis(200), current.next()).await.is_err(), "it has seen this one");
    app.add(&ann, &id, &tracks(1), None).await;
    assert_eq!(version(next(&mut current).await), 3);
    tasks.shutdown().await;
}

#[sqlx::test(migrations = false)]
async fn who_may_not_see_a_playlist_hears_nothing_of_it(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let tasks = hear_signals(&app).await;
    let id = app.playlist(&ann, "PRIVATE").await;
    for (viewer, variables) in [
        (None, json!({ "id": id })),
        (Some(&bob), json!({ "id": id })),
        (Some(&ann), json!({ "id": "nonsense" })),
        (Some(&ann), json!({ "id": id, "after": "nonsense" })),
    ] {
        let mut frames = subscribe(&app, viewer, PLAYLIST, variables);
        assert_eq!(next(&mut frames).await, Some(json!("BAD_USER_INPUT")));
    }
    // Bob is let in and out again: his stream ends.
    app.set_collaborator(&ann, &id, &bob, Some("VIEWER")).await;
    let mut frames = subscribe(&app, Some(&bob), PLAYLIST, json!({ "id": id }));
    assert_eq!(next(&mut frames).await.unwrap()["playlistChanged"]["version"], 2);
    assert_eq!(refusals(&app.set_collaborator(&ann, &id, &bob, None).await), [""; 0]);
    assert_eq!(next(&mut frames).await, None);
    tasks.shutdown().await;
}

#[sqlx::test(migrations = false)]
async fn a_library_comes_at_once_and_then_with_every_change(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let tasks = hear_signals(&app).await;
    let query = "subscription { libraryChanged { likedTracks { totalCount } } }";
    let mut nobody = subscribe(&app, None, query, json!({}));
    assert_eq!(next(&mut nobody).await, Some(json!("UNAUTHENTICATED")));
    let mut frames = subscribe(&app, Some(&ann), query, json!({}));
    assert_eq!(next(&mut frames).await.unwrap()["libraryChanged"]["likedTracks"]["totalCount"], 0);
    let like = "mutation($ids: [ID!]!) { setLiked(trackIds: $ids, liked: true) { userErrors { code } } }";
    app.door.query(Some(&ann), like, json!({ "ids": tracks(2) })).await;
    assert_eq!(next(&mut frames).await.unwrap()["libraryChanged"]["likedTracks"]["totalCount"], 2);
    tasks.shutdown().await;
}
