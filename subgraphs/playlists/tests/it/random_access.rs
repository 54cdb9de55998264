//! Long lists are entered anywhere: by offset, in one statement, with cursors that go on from there.

use polyphony_kit::Viewer;
use polyphony_testkit::{Statements, keys::viewer_id};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, somebody, tracks};

const LIKED: &str = "library { id likedTracks(first: 2, offset: 3) { totalCount edges { node { id liked likedAt } } \
                     pageInfo { hasNextPage hasPreviousPage endCursor } } }";

async fn library(app: &TestApp, viewer: &Viewer, fields: &str) -> Value {
    app.door.entities(Some(viewer), "Viewer", &[viewer_id(viewer)], fields).await[0]["library"].take()
}

async fn like(app: &TestApp, viewer: &Viewer, ids: &Value) -> Value {
    let query =
        "mutation($ids: [ID!]!) { setLiked(trackIds: $ids, liked: true) { library { id } userErrors { code } } }";
    app.door.query(Some(viewer), query, json!({ "ids": ids })).await["setLiked"].take()
}

#[sqlx::test(migrations = false)]
async fn liked_tracks_are_entered_at_an_offset_and_go_on_by_cursor(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let ids = tracks(6);
    like(&app, &ann, &json!(ids)).await;
    let statements = Statements::new();
    let page = library(&app, &ann, LIKED).await["likedTracks"].take();
    assert_eq!(statements.count(), 2, "the page, and what the viewer likes: {:#?}", statements.seen());
    let node = |n: usize| json!({ "node": { "id": ids[n], "liked": true, "likedAt": "2026-09-21T14:13:20+00:00" } });
    assert_eq!(page["edges"], json!([node(2), node(1)]));
    assert_eq!(page["totalCount"], 6);
    assert_eq!([&page["pageInfo"]["hasNextPage"], &page["pageInfo"]["hasPreviousPage"]], [true, true]);
    let after = page["pageInfo"]["endCursor"].as_str().unwrap();
    let rest = format!("library {{ likedTracks(after: \"{after}\") {{ edges {{ node {{ id }} }} }} }}");
    assert_eq!(library(&app, &ann, &rest).await["likedTracks"]["edges"], json!([{ "node": { "id": ids[0] } }]));
    let beyond = library(&app, &ann, "library { likedTracks(offset: 9) { totalCount edges { cursor } } }").await;
    assert_eq!(beyond["likedTracks"], json!({ "totalCount": 6, "edges": [] }));
}

#[sqlx::test(migrations = false)]
async fn entries_of_a_playlist_are_entered_at_an_offset(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    let items = app.add(&ann, &id, &tracks(7), None).await;
    let query = "query($id: ID!, $offset: Int) { playlist(id: $id) { items(first: 3, offset: $offset) { totalCount \
                 edges { node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }";
    let look = async |offset: i32| {
        let variables = json!({ "id": id, "offset": offset });
        app.door.query(Some(&ann), query, variables).await["playlist"]["items"].take()
    };
    let ids = |page: &Value| -> Vec<String> {
        page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect()
    };
    let counted = Statements::new();
    let middle = look(3).await;
    assert_eq!(counted.count(), 2, "the playlist and the page");
    assert_eq!(ids(&middle), items[3..6]);
    assert_eq!((&middle["totalCount"], &middle["pageInfo"]["hasPreviousPage"]), (&json!(7), &json!(true)));
    let (rest, _) = app.page(&ann, &id, 100, middle["pageInfo"]["endCursor"].as_str()).await;
    assert_eq!(rest, items[6..]);
    assert_eq!(ids(&look(6).await), items[6..]);
    assert_eq!(ids(&look(7).await), [""; 0]);
}

#[sqlx::test(migrations = false)]
async fn an_offset_that_makes_no_sense_is_a_malformed_request(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    app.add(&ann, &id, &tracks(2), None).await;
    let cursor = app.page(&ann, &id, 1, None).await.1.unwrap();
    for arguments in ["offset: -1".to_owned(), "offset: 100001".to_owned(), format!("offset: 0, after: {cursor:?}")] {
        let query = format!("query($id: ID!) {{ playlist(id: $id) {{ items({arguments}) {{ totalCount }} }} }}");
        assert_eq!(app.door.codes(Some(&ann), &query, json!({ "id": id })).await, ["BAD_USER_INPUT"], "{arguments}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_library_has_one_id_wherever_it_is_read_and_is_only_ever_the_viewers(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let id = library(&app, &ann, "library { id }").await["id"].take();
    assert!(id.as_str().unwrap().starts_with("lib_"), "{id}");
    assert_eq!(like(&app, &ann, &json!(tracks(1))).await["library"]["id"], id);
    let ids = [id.as_str().unwrap().to_owned(), "lib_nonsense".to_owned(), ann.user.to_string()];
    let mine = app.door.entities(Some(&ann), "Library", &ids, "id likedTracks { totalCount }").await;
    assert_eq!(mine, [json!({ "id": id, "likedTracks": { "totalCount": 1 } }), Value::Null, Value::Null]);
    assert_eq!(app.door.entities(Some(&bob), "Library", &ids[..1], "id").await, [Value::Null]);
    assert_eq!(app.door.entities(None, "Library", &ids[..1], "id").await, [Value::Null]);
}
