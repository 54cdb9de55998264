//! Playing whole playlists and liked tracks, and which playlists somebody played last.

use polyphony_events::{DeviceId, PlayContext, PlaylistId, TrackId, catalog::TrackDeleted, playlists::PlayRequested};
use polyphony_kit::Viewer;
use polyphony_testkit::{Statements, keys::viewer_id};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{TestApp, changed, played, refusals, somebody, tracks},
    smart::one_rule,
};

impl TestApp {
    async fn play(&self, viewer: &Viewer, name: &str, input: Value) -> Value {
        let kind = if name == "playPlaylist" { "PlayPlaylistInput" } else { "PlayLikedTracksInput" };
        let query = format!(
            "mutation($input: {kind}!) {{ {name}(input: $input) {{ requestId trackCount userErrors {{ code path }} }} }}"
        );
        self.door.query(Some(viewer), &query, json!({ "input": input })).await[name].take()
    }

    async fn requested(&self) -> PlayRequested {
        let mut events = self.events::<PlayRequested>().await;
        assert_eq!(events.len(), 1);
        events.remove(0)
    }

    /// `viewer` plays something of a playlist; what they call `id` need not be one that they see.
    async fn play_from(&self, viewer: &Viewer, id: &str, minutes: i64) {
        let mut event = played(viewer, TrackId::new(), minutes);
        event.context = Some(PlayContext::Playlist(PlaylistId::parse(id).unwrap()));
        self.hear(&event).await;
    }
}

#[sqlx::test(migrations = false)]
async fn a_playlist_is_played_from_where_the_viewer_says(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let (id, all) = (app.playlist(&ann, "PUBLIC").await, tracks(4));
    let items = app.add(&ann, &id, &[all[0], all[1], all[2], all[1], all[3]], None).await;
    app.hear(&changed(all[0], 1_000, 1)).await;
    app.hear(&TrackDeleted { track_id: all[0], version: 2 }).await;
    let device = DeviceId::new();
    let statements = Statements::new();
    let asked =
        app.play(&bob, "playPlaylist", json!({ "playlistId": id, "startItemId": items[3], "deviceId": device })).await;
    let cost = statements.count();
    assert!(cost <= 5, "{cost}");
    drop(statements);
    assert_eq!((refusals(&asked), &asked["trackCount"]), (vec![], &json!(4)));
    let event = app.requested().await;
    assert_eq!(asked["requestId"], json!(event.request_id));
    assert_eq!((event.user_id, event.device_id, event.shuffle), (bob.user, Some(device), None));
    assert_eq!((event.track_ids, event.start_index), (vec![all[1], all[2], all[1], all[3]], Some(2)));
    assert_eq!(event.context, PlayContext::Playlist(PlaylistId::parse(&id).unwrap()));
    let input = json!({ "playlistId": id, "startTrackId": all[1], "shuffle": true });
    app.play(&bob, "playPlaylist", input).await;
    let event = app.requested().await;
    assert_eq!((event.start_index, event.shuffle), (Some(0), Some(true)));

    let hidden = app.playlist(&ann, "PRIVATE").await;
    let refused = |input: Value| app.play(&bob, "playPlaylist", input);
    for (input, refusal) in [
        (json!({ "playlistId": hidden }), "NOT_FOUND"),
        (json!({ "playlistId": "nonsense" }), "NOT_FOUND"),
        (json!({ "playlistId": id, "startItemId": items[0] }), "NOT_FOUND input.startItemId"),
        (json!({ "playlistId": id, "startTrackId": all[0] }), "NOT_FOUND input.startTrackId"),
        (json!({ "playlistId": id, "deviceId": "nonsense" }), "NOT_FOUND input.deviceId"),
    ] {
        assert_eq!(refusals(&refused(input.clone()).await), [refusal], "{input}");
    }
    assert_eq!(refusals(&app.play(&ann, "playPlaylist", json!({ "playlistId": hidden })).await), ["INVALID_INPUT"]);
    assert_eq!(app.events::<PlayRequested>().await, []);
}

#[sqlx::test(migrations = false)]
async fn smart_playlists_and_liked_tracks_are_played_as_they_are_now(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let all = tracks(3);
    for track in &all {
        app.hear(&changed(*track, 1_000, 1)).await;
    }
    assert_eq!(refusals(&app.play(&ann, "playLikedTracks", json!({})).await), ["INVALID_INPUT"], "there are none");
    for track in &all {
        app.like(&ann, &[*track], true).await;
    }
    let smart = app.smart(&ann, one_rule("LIKED", "IS", "true", "RECENTLY_ADDED")).await;
    let entry = app.order(&ann, &smart).await[1].clone();
    app.play(&ann, "playPlaylist", json!({ "playlistId": smart, "startItemId": entry })).await;
    let newest_first = vec![all[2], all[1], all[0]];
    let event = app.requested().await;
    assert_eq!((event.track_ids, event.start_index), (newest_first.clone(), Some(1)));
    app.play(&ann, "playLikedTracks", json!({ "startTrackId": all[0] })).await;
    let event = app.requested().await;
    assert_eq!((event.track_ids, event.start_index, event.context), (newest_first, Some(2), PlayContext::LikedTracks));
    let missing = app.play(&ann, "playLikedTracks", json!({ "startTrackId": TrackId::new() })).await;
    assert_eq!(refusals(&missing), ["NOT_FOUND input.startTrackId"]);
}

#[sqlx::test(migrations = false)]
async fn of_a_great_many_liked_tracks_those_around_the_start_are_played(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let all = tracks(10_400);
    for some in all.chunks(500) {
        app.like(&ann, some, true).await;
    }
    for (start, first, index) in
        [(Some(all[400]), all[10_399], 9_999), (Some(all[399]), all[399], 0), (None, all[10_399], 0)]
    {
        app.play(&ann, "playLikedTracks", json!({ "startTrackId": start })).await;
        let event = app.requested().await;
        assert_eq!((event.track_ids[0], event.start_index), (first, start.map(|_| index)));
    }
}

#[sqlx::test(migrations = false)]
async fn playlists_that_were_played_come_the_last_first_and_each_once(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let (first, second) = (app.playlist(&ann, "PRIVATE").await, app.playlist(&bob, "PUBLIC").await);
    let hidden = app.playlist(&bob, "PRIVATE").await;
    let gone = app.playlist(&ann, "PRIVATE").await;
    for (id, minutes) in [(&first, 1), (&second, 2), (&first, 3), (&hidden, 4), (&gone, 5), (&second, -1)] {
        app.play_from(&ann, id, minutes).await;
    }
    app.play_from(&bob, &second, 9).await;
    app.hear(&played(&ann, TrackId::new(), 6)).await;
    let query = "mutation($id: ID!) { deletePlaylist(id: $id) { userErrors { code } } }";
    app.door.query(Some(&ann), query, json!({ "id": gone })).await;
    let recent = async |arguments: &str| {
        let fields = format!(
            "recentlyPlayedPlaylists{arguments} {{ totalCount edges {{ node {{ id }} }} pageInfo {{ hasNextPage endCursor }} }}"
        );
        let mut me = app.door.entities(Some(&ann), "Viewer", &[viewer_id(&ann)], &fields).await;
        me[0]["recentlyPlayedPlaylists"].take()
    };
    let ids = |page: &Value| {
        page["edges"].as_array().unwrap().iter().map(|edge| edge["node"]["id"].clone()).collect::<Vec<_>>()
    };
    let statements = Statements::new();
    let seen = recent("").await;
    assert_eq!(statements.count(), 2);
    drop(statements);
    assert_eq!((ids(&seen), &seen["totalCount"]), (vec![json!(first), json!(second)], &json!(2)));
    let page = recent("(first: 1)").await;
    assert_eq!((ids(&page), &page["pageInfo"]["hasNextPage"]), (vec![json!(first)], &json!(true)));
    let after = page["pageInfo"]["endCursor"].as_str().unwrap();
    assert_eq!(ids(&recent(&format!("(after: \"{after}\")")).await), [json!(second)]);

    // History tells it too, of what can be seen.
    let fields = "library { history { edges { playlist { id } } } }";
    let statements = Statements::new();
    let me = app.door.entities(Some(&ann), "Viewer", &[viewer_id(&ann)], fields).await;
    assert_eq!(statements.count(), 2);
    drop(statements);
    let told: Vec<_> =
        me[0]["library"]["history"]["edges"].as_array().unwrap().iter().map(|edge| edge["playlist"].clone()).collect();
    let [a, b] = [json!({ "id": first }), json!({ "id": second })];
    assert_eq!(told, [Value::Null, Value::Null, Value::Null, a.clone(), b.clone(), a, b]);
}
