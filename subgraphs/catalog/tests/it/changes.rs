//! What has changed of the catalog: page by page for a copy of it, and live.

use std::time::Duration;

use async_graphql::{Request, Variables};
use futures::{Stream, StreamExt};
use polyphony_catalog::graphql;
use polyphony_kit::{Tasks, cache::Cache};
use polyphony_testkit::Statements;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, text};

const CHANGES: &str = "query($after: String, $first: Int) { catalogChanges(after: $after, first: $first) {
    pageInfo { hasNextPage endCursor } edges { cursor node { changedId removed item { __typename ... on Album { title }
    ... on Artist { name } ... on Track { title album { title } } } } } } }";

/// The changes behind a cursor, and the cursor of the last.
async fn changes(app: &TestApp, after: Value, first: i32) -> (Vec<Value>, Value) {
    let mut page = app.ask(CHANGES, json!({ "after": after, "first": first })).await["catalogChanges"].take();
    let nodes = page["edges"].as_array().unwrap().iter().map(|edge| edge["node"].clone()).collect();
    (nodes, page["pageInfo"]["endCursor"].take())
}

/// Subscribes as nobody; frames are the data, or the code of the first error.
fn subscribe(app: &TestApp, after: Value) -> impl Stream<Item = Value> + Unpin + use<> {
    let query =
        "subscription($after: String) { catalogChanged(after: $after) { cursor changes { changedId removed item {
        ... on Album { title } } } } }";
    let mut data = async_graphql::Data::default();
    graphql::per_request(app.app.store.clone(), app.app.clock.clone())(&mut data, None);
    let mut request = Request::new(query).variables(Variables::from_json(json!({ "after": after })));
    request.data = data;
    let frames = graphql::schema(Some(app.app.clone())).execute_stream(request);
    Box::pin(frames.map(|frame| {
        let frame = serde_json::to_value(frame).unwrap();
        match frame["errors"][0]["extensions"]["code"].clone() {
            Value::Null => frame["data"]["catalogChanged"].clone(),
            code => code,
        }
    }))
}

async fn next(frames: &mut (impl Stream<Item = Value> + Unpin)) -> Value {
    tokio::time::timeout(Duration::from_secs(5), frames.next()).await.expect("a frame comes").expect("it goes on")
}

#[sqlx::test(migrations = false)]
async fn a_copy_is_kept_by_reading_what_changed_with_what_is_gone(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album, tracks) = app.published_album("Nordlys", 2).await;
    let draft = app.album("Secret", &[&artist]).await;
    app.deliver().await;
    let (all, end) = changes(&app, Value::Null, 100).await;
    let mut seen: Vec<_> = all.iter().map(|change| text(&change["changedId"])).collect();
    seen.sort();
    let mut expected = [&tracks[..], &[artist.clone(), album.clone()]].concat();
    expected.sort();
    let gone: Vec<_> =
        all.iter().filter(|change| change["removed"] == true).map(|change| text(&change["changedId"])).collect();
    seen.retain(|id| !gone.contains(id));
    assert_eq!(seen, expected, "what is published");
    assert!(gone.iter().all(|id| *id == draft), "{all:#?}");
    assert_eq!(changes(&app, end.clone(), 100).await.0, [] as [Value; 0]);

    let rename = "mutation($id: ID!, $i: TrackInput!) { updateTrack(id: $id, input: $i) { userErrors { code } } }";
    app.mutate(rename, json!({ "id": tracks[0], "i": { "title": "Other", "artistIds": [artist] } })).await;
    let delete = "mutation($id: ID!) { deleteTrack(id: $id) { userErrors { code } } }";
    app.mutate(delete, json!({ "id": tracks[1] })).await;
    app.deliver().await;
    let (news, _) = changes(&app, end, 100).await;
    let of = |id: &str| news.iter().find(|change| change["changedId"] == id).cloned().unwrap_or_default();
    assert_eq!(of(&tracks[0])["item"]["title"], "Other");
    assert_eq!((&of(&tracks[1])["removed"], &of(&tracks[1])["item"]), (&json!(true), &Value::Null));
}

#[sqlx::test(migrations = false)]
async fn changes_have_pages_without_gap_or_double_at_a_constant_cost(pool: PgPool) {
    let app = TestApp::with_cache(pool, Cache::off()).await;
    app.published_album("Nordlys", 7).await;
    app.deliver().await;
    let (all, _) = changes(&app, Value::Null, 100).await;
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let statements = Statements::new();
        let (page, end) = changes(&app, after, 2).await;
        // Changes; and of what they are of: artists, albums (also of tracks), tracks.
        assert!(statements.count() <= 5, "{:#?}", statements.seen());
        if page.is_empty() {
            break;
        }
        seen.extend(page);
        after = end;
    }
    assert_eq!(seen, all);
    for arguments in ["first: 0", "first: 101", "after: \"nonsense\""] {
        let query = format!("{{ catalogChanges({arguments}) {{ pageInfo {{ endCursor }} }} }}");
        assert_eq!(app.door.codes(None, &query, json!({})).await, ["BAD_USER_INPUT"], "{query}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_new_album_comes_by_itself_and_a_lost_connection_misses_nothing(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let tasks = Tasks::new();
    tasks.spawn("revisions", app.app.revisions.clone().run(app.app.store.clone(), tasks.token()));
    app.published_album("Old", 1).await;
    app.deliver().await;
    let mut frames = subscribe(&app, Value::Null);
    let first = next(&mut frames).await;
    assert_eq!(first["changes"], json!([]));
    app.published_album("New", 1).await;
    app.deliver().await;
    let mut titles = Vec::new();
    while titles.is_empty() {
        let frame = next(&mut frames).await;
        let changes = frame["changes"].as_array().unwrap().clone();
        titles.extend(changes.iter().filter_map(|change| change["item"]["title"].as_str().map(str::to_owned)));
    }
    assert_eq!(titles, ["New"]);
    drop(frames);
    // Away for a while, with the cursor of the first frame.
    app.published_album("Newer", 1).await;
    app.deliver().await;
    let mut again = subscribe(&app, first["cursor"].clone());
    let missed = next(&mut again).await;
    let missed = missed["changes"].as_array().unwrap().clone();
    let titles: Vec<_> = missed.iter().filter_map(|change| change["item"]["title"].as_str()).collect();
    assert_eq!(titles, ["New", "Newer"]);
    assert_eq!(next(&mut subscribe(&app, json!("nonsense"))).await, "BAD_USER_INPUT");
}
