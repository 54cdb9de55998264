//! Making, finding, changing and deleting playlists.

use polyphony_events::playlists::{PlaylistChanged, PlaylistDeleted};
use polyphony_testkit::keys::viewer_id;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, refusals, somebody};

#[sqlx::test(migrations = false)]
async fn a_new_playlist_is_private_and_empty_and_told_of(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let payload = app.create(&ann, json!({ "title": "  Rain ", "description": "For work" })).await;
    let id = payload["playlist"]["id"].clone();
    assert_eq!(
        payload,
        json!({
            "playlist": {
                "id": id, "title": "Rain", "description": "For work", "visibility": "PRIVATE", "version": 1,
                "itemCount": 0, "viewerRole": "OWNER", "shareToken": null,
            },
            "itemIds": null,
            "userErrors": [],
        })
    );
    let query = "query($id: ID!) { playlist(id: $id) { owner { id } durationMs createdAt updatedAt collaborators { role } \
                 items { totalCount edges { cursor } } } }";
    let data = app.door.query(Some(&ann), query, json!({ "id": id })).await;
    assert_eq!(
        data["playlist"],
        json!({
            "owner": { "id": ann.user }, "durationMs": 0, "collaborators": [], "items": { "totalCount": 0, "edges": [] },
            "createdAt": "2026-09-21T14:13:20+00:00", "updatedAt": "2026-09-21T14:13:20+00:00",
        })
    );
    let events = app.events::<PlaylistChanged>().await;
    assert_eq!((events.len(), events[0].version, events[0].title.as_str()), (1, 1, "Rain"));
}

#[sqlx::test(migrations = false)]
async fn bad_titles_and_descriptions_are_refused_and_nothing_is_made(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    for (input, refusal) in [
        (json!({ "title": " " }), "INVALID_INPUT input.title"),
        (json!({ "title": "x".repeat(201) }), "INVALID_INPUT input.title"),
        (json!({ "title": "x", "description": "x".repeat(2001) }), "INVALID_INPUT input.description"),
    ] {
        let payload = app.create(&ann, input).await;
        assert_eq!((refusals(&payload), &payload["playlist"]), (vec![refusal.to_owned()], &Value::Null));
    }
    assert_eq!(app.events::<PlaylistChanged>().await, []);
}

#[sqlx::test(migrations = false)]
async fn nobody_changes_anything_without_signing_in(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for mutation in [
        "createPlaylist(input: { title: \"x\" }) { userErrors { code } }",
        "deletePlaylist(id: \"x\") { ok }",
        "addPlaylistItems(playlistId: \"x\", trackIds: []) { userErrors { code } }",
        "setLiked(trackIds: [], liked: true) { userErrors { code } }",
    ] {
        assert_eq!(app.door.codes(None, &format!("mutation {{ {mutation} }}"), json!({})).await, ["UNAUTHENTICATED"]);
    }
}

#[sqlx::test(migrations = false)]
async fn the_same_key_makes_one_playlist_and_is_refused_for_another(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let create = |title: &str, key: &str| {
        let variables = json!({ "input": { "title": title }, "key": key });
        let (app, ann) = (&app, &ann);
        async move { app.change(ann, "createPlaylist", "input: $input, idempotencyKey: $key", variables).await }
    };
    let first = create("Rain", "k").await;
    assert_eq!(create("Rain", "k").await, first);
    assert_eq!(refusals(&create("Snow", "k").await), ["IDEMPOTENCY_KEY_REUSED idempotencyKey"]);
    assert_ne!(create("Rain", "other").await["playlist"]["id"], first["playlist"]["id"]);
    assert_eq!(app.events::<PlaylistChanged>().await.len(), 2);
}

#[sqlx::test(migrations = false)]
async fn an_update_changes_what_it_names_and_leaves_the_rest(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let made = app.create(&ann, json!({ "title": "Rain", "description": "Wet", "visibility": "PUBLIC" })).await;
    let id = made["playlist"]["id"].as_str().unwrap();
    let update = |input: Value| {
        let variables = json!({ "id": id, "input": input });
        let (app, ann) = (&app, &ann);
        async move { app.change(ann, "updatePlaylist", "id: $id, input: $input", variables).await["playlist"].take() }
    };
    let changed = update(json!({ "title": "Snow" })).await;
    assert_eq!(
        [&changed["title"], &changed["description"], &changed["visibility"], &changed["version"]],
        [&json!("Snow"), &json!("Wet"), &json!("PUBLIC"), &json!(2)]
    );
    let changed = update(json!({ "title": "Snow", "description": null, "visibility": "UNLISTED" })).await;
    assert_eq!(
        [&changed["description"], &changed["visibility"], &changed["version"]],
        [&Value::Null, &json!("UNLISTED"), &json!(3)]
    );
    let versions: Vec<_> = app.events::<PlaylistChanged>().await.iter().map(|event| event.version).collect();
    assert_eq!(versions, [1, 2, 3]);
}

#[sqlx::test(migrations = false)]
async fn a_deleted_playlist_is_gone_with_its_entries(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PUBLIC").await;
    app.add(&ann, &id, &crate::app::tracks(3), None).await;
    let delete = "mutation($id: ID!) { deletePlaylist(id: $id) { ok userErrors { code path } } }";
    let stranger = app.door.query(Some(&somebody()), delete, json!({ "id": id })).await;
    assert_eq!(refusals(&stranger["deletePlaylist"]), ["NOT_ALLOWED"]);
    let data = app.door.query(Some(&ann), delete, json!({ "id": id })).await;
    assert_eq!(data["deletePlaylist"], json!({ "ok": true, "userErrors": [] }));
    assert_eq!(app.see(Some(&ann), &id).await, Value::Null);
    let again = app.door.query(Some(&ann), delete, json!({ "id": id })).await;
    assert_eq!(again["deletePlaylist"], json!({ "ok": false, "userErrors": [{ "code": "NOT_FOUND", "path": null }] }));
    let left: i64 = sqlx::query_scalar("select count(*) from playlist_items").fetch_one(&app.pool).await.unwrap();
    assert_eq!(left, 0);
    assert_eq!(app.events::<PlaylistDeleted>().await.iter().map(|event| event.version).collect::<Vec<_>>(), [3]);
}

#[sqlx::test(migrations = false)]
async fn lists_show_public_playlists_to_all_and_the_own_ones_to_their_owner(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let mut public = Vec::new();
    for visibility in ["PUBLIC", "PRIVATE", "PUBLIC", "UNLISTED", "PUBLIC"] {
        let id = app.playlist(&ann, visibility).await;
        public.extend((visibility == "PUBLIC").then_some(id));
    }
    let theirs = app.playlist(&bob, "PRIVATE").await;
    app.set_collaborator(&bob, &theirs, &ann, Some("EDITOR")).await;
    public.reverse();

    let fields = "totalCount edges { cursor node { id } } pageInfo { hasNextPage endCursor }";
    let query = format!("query($a: String) {{ publicPlaylists(first: 2, after: $a) {{ {fields} }} }}");
    let first = app.door.query(None, &query, json!({})).await["publicPlaylists"].take();
    let next = json!({ "a": first["pageInfo"]["endCursor"] });
    let second = app.door.query(Some(&bob), &query, next).await["publicPlaylists"].take();
    let ids = |page: &Value| -> Vec<String> {
        let edges = page["edges"].as_array().unwrap();
        edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((ids(&first), ids(&second)), (public[..2].to_vec(), public[2..].to_vec()));
    assert_eq!([&first["totalCount"], &second["pageInfo"]["hasNextPage"]], [&json!(3), &json!(false)]);

    let own = format!("playlists {{ {fields} }}");
    let me = app.door.entities(Some(&ann), "Viewer", &[viewer_id(&ann)], &own).await;
    assert_eq!((&me[0]["playlists"]["totalCount"], &ids(&me[0]["playlists"])[0]), (&json!(6), &theirs));
    let people = [ann.user.to_string(), bob.user.to_string()];
    let users = app.door.entities(None, "User", &people, &format!("publicPlaylists(first: 2) {{ {fields} }}")).await;
    assert_eq!(ids(&users[0]["publicPlaylists"]), public[..2]);
    assert_eq!(
        [&users[0]["publicPlaylists"]["totalCount"], &users[1]["publicPlaylists"]["totalCount"]],
        [&json!(3), &json!(0)]
    );
}

#[sqlx::test(migrations = false)]
async fn a_page_that_cannot_be_is_a_malformed_request(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PUBLIC").await;
    for arguments in ["first: 0", "first: 101", "after: \"nonsense\""] {
        for query in [
            format!("{{ publicPlaylists({arguments}) {{ totalCount }} }}"),
            format!("{{ playlist(id: \"{id}\") {{ items({arguments}) {{ totalCount }} }} }}"),
        ] {
            assert_eq!(app.door.codes(Some(&ann), &query, json!({})).await, ["BAD_USER_INPUT"], "{query}");
        }
    }
}
