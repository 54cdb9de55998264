//! Live playlists and libraries.

use std::time::Duration;

use async_graphql::{Request, Variables};
use futures::{FutureExt, Stream, StreamExt};
use polyphony_kit::{Tasks, Viewer};
use polyphony_playlists::graphql;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{TestApp, changed, played, refusals, somebody, tracks},
    smart::one_rule,
};

const PLAYLIST: &str = "subscription($id: ID!, $after: String) { playlistChanged(id: $id, after: $after) \
                        { version itemCount items { edges { node { id } } } } }";

/// Subscribes as `viewer`; frames are the data, or the codes of the errors.
pub(crate) fn subscribe(
    app: &TestApp,
    viewer: Option<&Viewer>,
    query: &str,
    variables: Value,
) -> impl Stream<Item = Value> + Unpin + use<> {
    let request = Request::new(query)
        .variables(Variables::from_json(variables))
        .data(viewer.cloned())
        .data(graphql::loader(&app.app, viewer));
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

pub(crate) async fn next(frames: &mut (impl Stream<Item = Value> + Unpin)) -> Option<Value> {
    tokio::time::timeout(Duration::from_secs(5), frames.next()).await.expect("a frame comes within 5 s")
}

/// Starts hearing signals and waits until they are heard.
async fn hear_signals(app: &TestApp) -> Tasks {
    let tasks = Tasks::new();
    tasks.spawn("signals", app.app.signals.clone().run(tasks.token()));
    let mut probe = app.app.signals.listen("probe");
    while !matches!(tokio::time::timeout(Duration::from_millis(50), probe.changed()).await, Ok(Ok(()))) {
        app.app.signals.send("probe");
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

    // Many changes while nobody reads: each comes, in order and as it was.
    let mut all = items;
    for _ in 0..5 {
        all.extend(app.add(&ann, &id, &tracks(1), None).await);
    }
    for count in 2..=6 {
        let frame = next(&mut frames).await.unwrap()["playlistChanged"].take();
        assert_eq!([&frame["version"], &frame["itemCount"]], [&json!(count + 1), &json!(count)]);
        let edges: Vec<_> = all[..count].iter().map(|id| json!({ "node": { "id": id } })).collect();
        assert_eq!(frame["items"]["edges"], json!(edges));
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

/// Frames that are there already, until none has come for a while.
async fn all_there(frames: &mut (impl Stream<Item = Value> + Unpin)) -> Vec<Value> {
    let mut all = Vec::new();
    while let Ok(Some(frame)) = tokio::time::timeout(Duration::from_millis(300), frames.next()).await {
        all.push(frame);
    }
    all
}

#[sqlx::test(migrations = false)]
async fn what_was_missed_comes_in_order_and_each_version_is_as_it_was(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    let ids = tracks(3);
    for track in &ids {
        app.hear(&changed(*track, 1_000, 1)).await;
    }
    let items = app.add(&ann, &id, &ids, None).await;
    let [a, b, c] = [0, 1, 2].map(|n| items[n].as_str());
    app.try_move(&ann, &id, &items[2..], None).await;
    app.try_remove(&ann, &id, &items[..1]).await;
    let input = json!({ "id": id, "input": { "title": "Snow", "description": "Cold" } });
    app.change(&ann, "updatePlaylist", "id: $id, input: $input", input).await;
    let more = app.add(&ann, &id, &tracks(1), Some(b)).await;

    let query = "subscription($id: ID!, $after: String) { playlistChanged(id: $id, after: $after) { version title \
                 description itemCount durationMs viewerRole items { totalCount edges { node { id } } } } }";
    let frame = |version, title, more: Value, entries: &[&str]| {
        let edges: Vec<_> = entries.iter().map(|id| json!({ "node": { "id": id } })).collect();
        json!({ "playlistChanged": {
            "version": version, "title": title, "description": more, "itemCount": edges.len(), "viewerRole": "OWNER",
            "durationMs": entries.iter().filter(|id| items.iter().any(|item| item == *id)).count() * 1_000,
            "items": { "totalCount": edges.len(), "edges": edges },
        } })
    };
    let expected = [
        frame(1, "Rain", Value::Null, &[]),
        frame(2, "Rain", Value::Null, &[a, b, c]),
        frame(3, "Rain", Value::Null, &[c, a, b]),
        frame(4, "Rain", Value::Null, &[c, b]),
        frame(5, "Snow", json!("Cold"), &[c, b]),
        frame(6, "Snow", json!("Cold"), &[c, b, &more[0]]),
    ];
    for seen in 0..=6 {
        let mut frames = subscribe(&app, Some(&ann), query, json!({ "id": id, "after": seen.to_string() }));
        assert_eq!(all_there(&mut frames).await, expected[seen..], "after version {seen}");
    }

    // Five minutes and one later nobody remembers: there is one whole frame.
    app.app.clock.advance(chrono::TimeDelta::minutes(5));
    app.app.store.forget_changes(app.app.clock.now() - polyphony_playlists::domain::change::KEPT).await.unwrap();
    let mut frames = subscribe(&app, Some(&ann), query, json!({ "id": id, "after": "2" }));
    assert_eq!(all_there(&mut frames).await, expected[2..], "five minutes are remembered");
    app.app.clock.advance(chrono::TimeDelta::minutes(2));
    app.app.store.forget_changes(app.app.clock.now() - polyphony_playlists::domain::change::KEPT).await.unwrap();
    for seen in ["1", "5", "99"] {
        let mut frames = subscribe(&app, Some(&ann), query, json!({ "id": id, "after": seen }));
        assert_eq!(all_there(&mut frames).await, expected[5..], "after version {seen}");
    }
    let past: i64 = sqlx::query_scalar("select count(*) from playlist_items_past").fetch_one(&app.pool).await.unwrap();
    assert_eq!(past, 0, "what nobody can ask for is not kept");
}

#[sqlx::test(migrations = false)]
async fn a_playlist_that_was_made_private_is_not_told_of_any_more(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let id = app.playlist(&ann, "PUBLIC").await;
    app.add(&ann, &id, &tracks(1), None).await;
    let input = json!({ "id": id, "input": { "title": "Mine", "visibility": "PRIVATE" } });
    app.change(&ann, "updatePlaylist", "id: $id, input: $input", input).await;
    let mut frames = subscribe(&app, Some(&bob), PLAYLIST, json!({ "id": id, "after": "1" }));
    assert_eq!(next(&mut frames).await, Some(json!("BAD_USER_INPUT")), "not even what was public then");
}

#[sqlx::test(migrations = false)]
async fn what_was_private_is_never_told_to_those_who_were_not_let_in(pool: PgPool) {
    let (app, ann, bob, eve) = (TestApp::new(pool).await, somebody(), somebody(), somebody());
    let id = app.playlist(&ann, "PUBLIC").await;
    for visibility in ["PRIVATE", "PUBLIC", "PUBLIC"] {
        let input = json!({ "id": id, "input": { "title": visibility, "visibility": visibility } });
        app.change(&ann, "updatePlaylist", "id: $id, input: $input", input).await;
    }
    app.set_collaborator(&ann, &id, &bob, Some("VIEWER")).await;
    let query = "subscription($id: ID!, $after: String) { playlistChanged(id: $id, after: $after) { version title } }";
    let told = |viewer: Option<Viewer>, after: i32| {
        let mut frames = subscribe(&app, viewer.as_ref(), query, json!({ "id": id, "after": after.to_string() }));
        async move {
            let frames = all_there(&mut frames).await;
            let one = |frame: &Value| frame["playlistChanged"]["version"].as_i64().unwrap();
            frames.iter().map(one).collect::<Vec<_>>()
        }
    };
    for stranger in [None, Some(eve)] {
        assert_eq!(told(stranger.clone(), 0).await, [5], "the second version was private");
        assert_eq!(told(stranger.clone(), 1).await, [5]);
        assert_eq!(told(stranger, 2).await, [3, 4, 5], "since then it is public");
    }
    assert_eq!(told(Some(bob), 1).await, [2, 3, 4, 5]);
}

#[sqlx::test(migrations = false)]
async fn versions_of_which_one_is_forgotten_are_not_told_in_part(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    for _ in 0..3 {
        app.add(&ann, &id, &tracks(1), None).await;
    }
    sqlx::query("delete from changes where version = 3").execute(&app.pool).await.unwrap();
    let mut frames = subscribe(&app, Some(&ann), PLAYLIST, json!({ "id": id, "after": "1" }));
    let versions: Vec<_> =
        all_there(&mut frames).await.iter().map(|one| one["playlistChanged"]["version"].clone()).collect();
    assert_eq!(versions, [4]);
}

#[sqlx::test(migrations = false)]
async fn a_library_tells_what_was_missed_in_order_and_once(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let like = "mutation($ids: [ID!]!) { setLiked(trackIds: $ids, liked: true) { library { version } } }";
    for count in 1..=3 {
        let data = app.door.query(Some(&ann), like, json!({ "ids": tracks(1) })).await;
        assert_eq!(data["setLiked"]["library"]["version"], count);
    }
    app.hear(&played(&ann, tracks(1)[0], 0)).await;
    let query = "subscription($after: String) { libraryChanged(after: $after) { version likedTracks { totalCount } } }";
    let versions = |after: Value| {
        let mut frames = subscribe(&app, Some(&ann), query, json!({ "after": after }));
        async move {
            let frames = all_there(&mut frames).await;
            frames.iter().map(|frame| frame["libraryChanged"]["version"].as_i64().unwrap()).collect::<Vec<_>>()
        }
    };
    assert_eq!(versions(json!("1")).await, [2, 3, 4]);
    assert_eq!(versions(json!("4")).await, [0; 0]);
    assert_eq!(versions(Value::Null).await, [4]);
    let mut frames = subscribe(&app, Some(&ann), query, json!({ "after": "nonsense" }));
    assert_eq!(next(&mut frames).await, Some(json!("BAD_USER_INPUT")));
    app.app.store.forget_changes(app.app.clock.now() + chrono::TimeDelta::seconds(1)).await.unwrap();
    assert_eq!(versions(json!("1")).await, [4]);
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
async fn a_smart_playlist_that_is_watched_tells_of_a_play_as_soon_as_it_is_heard(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let tasks = hear_signals(&app).await;
    let track = tracks(1)[0];
    app.hear(&changed(track, 1_000, 1)).await;
    let id = app.smart(&ann, one_rule("PLAY_COUNT", "GREATER_THAN", "0", "MOST_PLAYED")).await;
    let query =
        "subscription($id: ID!) { playlistChanged(id: $id) { version items { edges { node { track { id } } } } } }";
    let mut frames = subscribe(&app, Some(&ann), query, json!({ "id": id }));
    let frame =
        |version, edges: Value| json!({ "playlistChanged": { "version": version, "items": { "edges": edges } } });
    assert_eq!(next(&mut frames).await, Some(frame(1, json!([]))));
    app.hear(&played(&ann, track, 0)).await;
    assert_eq!(app.chosen(&ann, &id).await, [track.to_string()], "who reads sees it at once");
    assert_eq!(next(&mut frames).await, Some(frame(2, json!([{ "node": { "track": { "id": track } } }]))));
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
