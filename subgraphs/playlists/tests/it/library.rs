//! Likes, saves and follows.

use polyphony_events::{
    AlbumId, ArtistId,
    catalog::TrackDeleted,
    playlists::{AlbumSaved, ArtistFollowed, TracksLiked},
};
use polyphony_kit::Viewer;
use polyphony_testkit::keys::viewer_id;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, changed, refusals, somebody, tracks};

async fn set(app: &TestApp, viewer: &Viewer, mutation: &str, argument: &str, ids: Value, on: bool) -> Value {
    let flag = mutation.trim_start_matches("set").to_lowercase();
    let query = format!(
        "mutation($ids: [ID!]!, $on: Boolean!) {{ {mutation}({argument}: $ids, {flag}: $on) {{ userErrors {{ code path }} \
         library {{ likedTracks {{ totalCount edges {{ node {{ id liked }} }} }} savedAlbums {{ edges {{ node {{ id saved }} }} }} \
         followedArtists {{ edges {{ node {{ id followed followerCount }} }} }} }} }} }}"
    );
    app.door.query(Some(viewer), &query, json!({ "ids": ids, "on": on })).await[mutation].take()
}

#[sqlx::test(migrations = false)]
async fn liked_tracks_are_listed_newest_first_until_they_are_not_liked_any_more(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let ids = tracks(3);
    set(&app, &ann, "setLiked", "trackIds", json!(ids[..2]), true).await;
    // The second is liked already and stays where it is.
    let payload = set(&app, &ann, "setLiked", "trackIds", json!(ids[1..]), true).await;
    let node = |n: usize| json!({ "node": { "id": ids[n], "liked": true } });
    assert_eq!(payload["library"]["likedTracks"], json!({ "totalCount": 3, "edges": [node(2), node(1), node(0)] }));
    let payload = set(&app, &ann, "setLiked", "trackIds", json!(ids[1..2]), false).await;
    assert_eq!(payload["library"]["likedTracks"], json!({ "totalCount": 2, "edges": [node(2), node(0)] }));

    // Wishes that change nothing are told to nobody.
    set(&app, &ann, "setLiked", "trackIds", json!(ids[1..2]), false).await;
    let told: Vec<_> = app.events::<TracksLiked>().await;
    let told: Vec<_> = told.into_iter().map(|event| (event.version, event.liked, event.track_ids)).collect();
    assert_eq!(told, [(1, true, ids[..2].to_vec()), (2, true, vec![ids[2]]), (3, false, vec![ids[1]])]);
}

#[sqlx::test(migrations = false)]
async fn a_liked_track_that_is_deleted_leaves_a_hole_until_it_returns(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let ids = tracks(2);
    set(&app, &ann, "setLiked", "trackIds", json!(ids), true).await;
    app.hear(&TrackDeleted { track_id: ids[0], version: 2 }).await;
    let fields = "library { likedTracks { totalCount edges { node { id } } } }";
    let liked = async || app.door.entities(Some(&ann), "Viewer", &[viewer_id(&ann)], fields).await[0].take();
    let there = |n: usize| json!({ "node": { "id": ids[n] } });
    let with = |edges: Value| json!({ "library": { "likedTracks": { "totalCount": 2, "edges": edges } } });
    assert_eq!(liked().await, with(json!([there(1), { "node": null }])));
    app.hear(&changed(ids[0], 1_000, 3)).await;
    assert_eq!(liked().await, with(json!([there(1), there(0)])));
}

#[sqlx::test(migrations = false)]
async fn albums_are_saved_and_artists_followed(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let (album, artist) = (AlbumId::new(), ArtistId::new());
    set(&app, &bob, "setFollowed", "artistIds", json!([artist]), true).await;
    set(&app, &ann, "setSaved", "albumIds", json!([album, album]), true).await;
    let payload = set(&app, &ann, "setFollowed", "artistIds", json!([artist]), true).await;
    assert_eq!(
        payload,
        json!({
            "userErrors": [],
            "library": {
                "likedTracks": { "totalCount": 0, "edges": [] },
                "savedAlbums": { "edges": [{ "node": { "id": album, "saved": true } }] },
                "followedArtists": { "edges": [{ "node": { "id": artist, "followed": true, "followerCount": 2 } }] },
            },
        })
    );
    let payload = set(&app, &ann, "setFollowed", "artistIds", json!([artist]), false).await;
    assert_eq!(payload["library"]["followedArtists"]["edges"], json!([]));
    let saved: Vec<_> = app.events::<AlbumSaved>().await.iter().map(|event| (event.album_id, event.saved)).collect();
    assert_eq!(saved, [(album, true)]);
    let followed: Vec<_> = app.events::<ArtistFollowed>().await.iter().map(|e| (e.user_id, e.followed)).collect();
    assert_eq!(followed, [(bob.user, true), (ann.user, true), (ann.user, false)]);
}

#[sqlx::test(migrations = false)]
async fn malformed_ids_are_refused_and_nothing_is_kept(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let ids = json!([tracks(1)[0], "nonsense"]);
    let payload = set(&app, &ann, "setLiked", "trackIds", ids, true).await;
    assert_eq!((refusals(&payload), &payload["library"]), (vec!["INVALID_INPUT trackIds.1".to_owned()], &Value::Null));
    let payload = set(&app, &ann, "setSaved", "albumIds", json!([]), true).await;
    assert_eq!(refusals(&payload), ["INVALID_INPUT albumIds"]);
    assert_eq!(app.events::<TracksLiked>().await, []);
}

#[sqlx::test(migrations = false)]
async fn a_library_is_only_ever_the_viewers_own(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let ids = tracks(25);
    set(&app, &ann, "setLiked", "trackIds", json!(ids), true).await;
    let fields = "library { likedTracks(first: 20) { totalCount edges { node { id } } pageInfo { hasNextPage } } }";
    let people = [viewer_id(&ann), viewer_id(&bob)];
    let seen = app.door.entities(Some(&ann), "Viewer", &people, fields).await;
    assert_eq!(seen[0]["library"]["likedTracks"]["totalCount"], 25);
    assert_eq!(seen[0]["library"]["likedTracks"]["pageInfo"]["hasNextPage"], true);
    assert_eq!(seen[1], Value::Null);
    assert_eq!(app.door.entities(None, "Viewer", &people, fields).await, [Value::Null, Value::Null]);
    let liked = app.door.entities(Some(&bob), "Track", &[ids[0].to_string()], "liked").await;
    assert_eq!(liked[0]["liked"], false);
    let liked = app.door.entities(None, "Track", &[ids[0].to_string()], "liked").await;
    assert_eq!(liked[0]["liked"], Value::Null);
}
