//! Likes, saves and follows.

use chrono::TimeDelta;
use polyphony_events::{
    AlbumId, ArtistId,
    catalog::{AlbumChanged, AlbumDeleted, ArtistDeleted, PublicationStatus, TrackDeleted},
    playlists::{AlbumSaved, ArtistFollowed, TracksLiked},
};
use polyphony_kit::Viewer;
use polyphony_playlists::{app::Limits, commands::sweep_gone::sweep_gone};
use polyphony_testkit::keys::viewer_id;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, changed, played, refusals, somebody, tracks};

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
async fn a_liked_track_that_is_deleted_is_not_liked_any_more(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let ids = tracks(2);
    set(&app, &ann, "setLiked", "trackIds", json!(ids), true).await;
    app.hear(&TrackDeleted { track_id: ids[0], version: 2 }).await;
    let fields = "library { likedTracks { totalCount edges { node { id } } } }";
    let liked = async || app.door.entities(Some(&ann), "Viewer", &[viewer_id(&ann)], fields).await[0].take();
    let there = |n: usize| json!({ "node": { "id": ids[n] } });
    assert_eq!(liked().await, json!({ "library": { "likedTracks": { "totalCount": 1, "edges": [there(1)] } } }));
    set(&app, &ann, "setLiked", "trackIds", json!(ids), true).await;
    assert_eq!(liked().await, json!({ "library": { "likedTracks": { "totalCount": 1, "edges": [there(1)] } } }));
    // What an older event ended is there after all.
    app.hear(&changed(ids[0], 1_000, 3)).await;
    set(&app, &ann, "setLiked", "trackIds", json!(ids[..1]), true).await;
    let edges = json!([there(0), there(1)]);
    assert_eq!(liked().await, json!({ "library": { "likedTracks": { "totalCount": 2, "edges": edges } } }));
}

#[sqlx::test(migrations = false)]
async fn what_is_deleted_leaves_the_libraries_of_all(pool: PgPool) {
    let (app, people) = (TestApp::new(pool).await, [somebody(), somebody()]);
    let (album, artist, track) = (AlbumId::new(), ArtistId::new(), tracks(1)[0]);
    for person in &people {
        set(&app, person, "setSaved", "albumIds", json!([album]), true).await;
        set(&app, person, "setFollowed", "artistIds", json!([artist]), true).await;
        app.hear(&played(person, track, 1)).await;
    }
    let fields = "library { version savedAlbums { totalCount edges { nodeId addedAt node { id } } }
        followedArtists { totalCount edges { nodeId node { id } } } history { edges { trackId } } }";
    let library = async |person: &Viewer| {
        app.door.entities(Some(person), "Viewer", &[viewer_id(person)], fields).await[0]["library"].take()
    };
    let before = library(&people[0]).await;
    assert_eq!(before["savedAlbums"]["edges"][0]["nodeId"], json!(album));
    assert!(before["savedAlbums"]["edges"][0]["addedAt"].is_string());
    assert_eq!(before["history"]["edges"], json!([{ "trackId": track }]));
    app.hear(&AlbumDeleted { album_id: album, merged_into: None, version: 2 }).await;
    app.hear(&ArtistDeleted { artist_id: artist, merged_into: None, version: 2 }).await;
    app.hear(&TrackDeleted { track_id: track, version: 2 }).await;
    for person in &people {
        let after = library(person).await;
        for list in ["savedAlbums", "followedArtists"] {
            assert_eq!(after[list], json!({ "totalCount": 0, "edges": [] }));
        }
        assert_eq!(after["history"]["edges"], json!([]));
        assert_eq!(after["version"], json!(before["version"].as_i64().unwrap() + 2), "whoever watches sees it");
    }
    // Late, by somebody who has not seen that it is gone; and it can always be removed.
    let payload = set(&app, &people[0], "setSaved", "albumIds", json!([album]), true).await;
    assert_eq!(payload["library"]["savedAlbums"]["edges"], json!([]));
    let payload = set(&app, &people[0], "setSaved", "albumIds", json!([album]), false).await;
    assert_eq!(payload["userErrors"], json!([]));
}

#[sqlx::test(migrations = false)]
async fn what_is_merged_is_kept_as_what_it_became(pool: PgPool) {
    let (app, people) = (TestApp::new(pool).await, [somebody(), somebody()]);
    let (old, new, artist, other) = (AlbumId::new(), AlbumId::new(), ArtistId::new(), ArtistId::new());
    for person in &people {
        set(&app, person, "setSaved", "albumIds", json!([old]), true).await;
        set(&app, person, "setFollowed", "artistIds", json!([artist]), true).await;
    }
    set(&app, &people[1], "setSaved", "albumIds", json!([new]), true).await;
    app.hear(&AlbumDeleted { album_id: old, merged_into: Some(new), version: 2 }).await;
    app.hear(&ArtistDeleted { artist_id: artist, merged_into: Some(other), version: 2 }).await;
    let fields = "library { savedAlbums { edges { nodeId } } followedArtists { edges { nodeId } } }";
    for person in &people {
        let found = app.door.entities(Some(person), "Viewer", &[viewer_id(person)], fields).await;
        let expected = json!({ "savedAlbums": { "edges": [{ "nodeId": new }] },
            "followedArtists": { "edges": [{ "nodeId": other }] } });
        assert_eq!(found[0]["library"], expected, "each once");
    }
    // The merge was taken back: the other can be kept again.
    let artists = Vec::new();
    let changed = AlbumChanged {
        album_id: old,
        title: "Old".to_owned(),
        artists,
        released_on: None,
        status: PublicationStatus::Published,
        cover: None,
        version: 4,
    };
    app.hear(&changed).await;
    let payload = set(&app, &people[0], "setSaved", "albumIds", json!([old]), true).await;
    assert_eq!(payload["library"]["savedAlbums"]["edges"][0]["node"], json!({ "id": old, "saved": true }));
}

/// Albums that somebody has saved, by their ids.
async fn saved(app: &TestApp, person: &Viewer) -> Value {
    let fields = "library { savedAlbums { totalCount edges { nodeId } } }";
    let mut found = app.door.entities(Some(person), "Viewer", &[viewer_id(person)], fields).await;
    found[0]["library"]["savedAlbums"].take()
}

#[sqlx::test(migrations = false)]
async fn merges_that_are_heard_in_another_order_lead_to_what_is_there(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let (a, b, c) = (AlbumId::new(), AlbumId::new(), AlbumId::new());
    set(&app, &ann, "setSaved", "albumIds", json!([a, b]), true).await;
    app.hear(&AlbumDeleted { album_id: b, merged_into: Some(c), version: 2 }).await;
    app.hear(&AlbumDeleted { album_id: a, merged_into: Some(b), version: 2 }).await;
    assert_eq!(saved(&app, &ann).await, json!({ "totalCount": 1, "edges": [{ "nodeId": c }] }));
    // What a thing became may be deleted before that is heard.
    let (d, e) = (AlbumId::new(), AlbumId::new());
    set(&app, &ann, "setSaved", "albumIds", json!([d]), true).await;
    app.hear(&AlbumDeleted { album_id: e, merged_into: None, version: 2 }).await;
    app.hear(&AlbumDeleted { album_id: d, merged_into: Some(e), version: 2 }).await;
    sweep_gone(&app.app).await.unwrap();
    let left: i64 = sqlx::query_scalar("select count(*) from library_entries").fetch_one(&app.pool).await.unwrap();
    assert_eq!(left, 1, "nothing is kept that nobody can see");
}

#[sqlx::test(migrations = false)]
async fn what_is_heard_late_neither_buries_nor_raises_an_album(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let (old, new) = (AlbumId::new(), AlbumId::new());
    set(&app, &ann, "setSaved", "albumIds", json!([old]), true).await;
    let there = |version| AlbumChanged {
        album_id: old,
        title: "Old".to_owned(),
        artists: Vec::new(),
        released_on: None,
        status: PublicationStatus::Published,
        cover: None,
        version,
    };
    // The merge was taken back before it is heard of.
    app.hear(&there(7)).await;
    app.hear(&AlbumDeleted { album_id: old, merged_into: Some(new), version: 4 }).await;
    assert_eq!(saved(&app, &ann).await["edges"], json!([{ "nodeId": old }]));
    app.hear(&AlbumDeleted { album_id: old, merged_into: None, version: 8 }).await;
    app.hear(&there(7)).await;
    let payload = set(&app, &ann, "setSaved", "albumIds", json!([old]), true).await;
    assert_eq!(payload["library"]["savedAlbums"]["edges"], json!([]), "it is gone");
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

#[sqlx::test(migrations = false)]
async fn nobody_keeps_more_than_they_may(pool: PgPool) {
    let (mut app, ann) = (TestApp::new(pool).await, somebody());
    let (playlists, library_entries) = (2, 3);
    app.limit(Limits { playlists, library_entries, history: TimeDelta::days(30) });
    let ids = tracks(4);
    set(&app, &ann, "setLiked", "trackIds", json!(ids[..3]), true).await;
    let full = set(&app, &ann, "setLiked", "trackIds", json!(ids[3..]), true).await;
    assert_eq!((refusals(&full), &full["library"]), (vec!["QUOTA_EXCEEDED".to_owned()], &Value::Null));
    let again = set(&app, &ann, "setLiked", "trackIds", json!(ids[..3]), true).await;
    assert_eq!(refusals(&again), [""; 0], "what is there already is no more");
    set(&app, &ann, "setLiked", "trackIds", json!(ids[..1]), false).await;
    let payload = set(&app, &ann, "setLiked", "trackIds", json!(ids[3..]), true).await;
    assert_eq!(payload["library"]["likedTracks"]["totalCount"], 3);

    for _ in 0..2 {
        app.playlist(&ann, "PRIVATE").await;
    }
    let input = json!({ "title": "One more" });
    assert_eq!(refusals(&app.create(&ann, input).await), ["QUOTA_EXCEEDED"]);
}

#[sqlx::test(migrations = false)]
async fn history_forgets_what_is_too_old_and_keeps_what_it_adds_up_to(pool: PgPool) {
    let (mut app, ann, track) = (TestApp::new(pool).await, somebody(), tracks(1)[0]);
    app.limit(Limits { playlists: 9, library_entries: 9, history: TimeDelta::days(30) });
    app.hear(&played(&ann, track, -60 * 24 * 31)).await;
    app.hear(&played(&ann, track, -60 * 24 * 29)).await;
    let before = app.app.clock.now() - app.app.limits.history;
    app.app.store.forget_plays(before).await.unwrap();
    let fields = "library { history { edges { playedAt } } }";
    let history = app.door.entities(Some(&ann), "Viewer", &[viewer_id(&ann)], fields).await;
    assert_eq!(history[0]["library"]["history"]["edges"].as_array().unwrap().len(), 1);
    let counts = app.door.entities(Some(&ann), "Track", &[track.to_string()], "viewerPlayCount").await;
    assert_eq!(counts[0]["viewerPlayCount"], 2);
}
