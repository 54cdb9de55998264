//! Playing an album or an artist by its id, and where entries of a queue came from.

use polyphony_events::{
    AlbumId, ArtistId, TrackId, UserId,
    catalog::{AlbumRef, ArtistRef, PublicationStatus},
};
use polyphony_kit::Role;
use polyphony_testkit::keys::viewer;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Node, Together, list};
use crate::app::track_changed;

const STATE: &str = "state track { id } queueIndex shuffle context { kind album { id } artist { id } }
    queue(first: 100) { totalCount edges { node { track { id } context { kind album { id } artist { id } playlist { id } } } } }";

/// Where a track stands, as the catalog says it.
pub(super) struct Place {
    pub(super) album: AlbumId,
    pub(super) disc: Option<i32>,
    pub(super) number: Option<i32>,
    pub(super) released_on: &'static str,
}

impl Together {
    /// Has the catalog say where a track stands that can be played already.
    pub(super) async fn place(&self, track: &str, artist: ArtistId, place: &Place, status: PublicationStatus) {
        let id = TrackId::parse(track).unwrap();
        let (upload, owner): (uuid::Uuid, uuid::Uuid) =
            sqlx::query_as("select upload_id, owner_id from track_media where track_id = $1")
                .bind(id.0)
                .fetch_one(&self.base.pool)
                .await
                .unwrap();
        let upload = polyphony_events::UploadId(upload).to_string();
        let mut event = track_changed(id, UserId(owner), Some(&upload), status, 2);
        event.track.album = Some(AlbumRef { id: place.album, title: "A".to_owned() });
        event.track.artists = vec![ArtistRef { id: artist, name: "B".to_owned() }];
        event.track.disc_number = place.disc;
        event.track.track_number = place.number;
        event.track.released_on = Some(place.released_on.to_owned());
        event.track.duration_ms = 0;
        self.base.hear(&event).await;
    }
}

async fn set(node: &Node, me: &polyphony_kit::Viewer, input: Value) -> Value {
    let query = format!(
        "mutation($input: SetQueueInput!) {{ it: setQueue(input: $input) {{ playback {{ {STATE} }} skipped {{ trackId }} \
         userErrors {{ code path }} }} }}"
    );
    node.door.query(Some(me), &query, json!({ "input": input })).await["it"].take()
}

pub(super) fn tracks_of(state: &Value) -> Vec<String> {
    let edges = state["queue"]["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["track"]["id"].as_str().unwrap().to_owned()).collect()
}

#[sqlx::test(migrations = false)]
async fn an_album_plays_by_disc_and_number_and_says_where_it_came_from(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(5, 60_000).await);
    let (album, artist) = (AlbumId::new(), ArtistId::new());
    let at = |disc, number| Place { album, disc, number, released_on: "2020" };
    let published = PublicationStatus::Published;
    live.place(&tracks[0], artist, &at(Some(2), Some(1)), published).await;
    live.place(&tracks[1], artist, &at(None, Some(2)), published).await;
    live.place(&tracks[2], artist, &at(Some(1), Some(1)), published).await;
    live.place(&tracks[3], artist, &at(Some(1), Some(3)), PublicationStatus::Draft).await;
    live.place(&tracks[4], artist, &at(Some(1), Some(4)), PublicationStatus::Withdrawn).await;
    let [a, _] = &live.nodes;
    let context = json!({ "kind": "ALBUM", "id": album.to_string() });
    let done = set(a, &me, json!({ "context": context, "startTrackId": tracks[1] })).await;
    assert_eq!(done["userErrors"], json!([]));
    let state = &done["playback"];
    assert_eq!(
        tracks_of(state),
        [tracks[2].clone(), tracks[1].clone(), tracks[0].clone()],
        "no draft, nothing withdrawn"
    );
    assert_eq!((&state["track"]["id"], &state["queueIndex"]), (&json!(tracks[1]), &json!(1)));
    let shown = json!({ "kind": "ALBUM", "album": { "id": album.to_string() }, "artist": null });
    assert_eq!(state["context"], shown);
    let entry = &state["queue"]["edges"][2]["node"]["context"];
    assert_eq!((&entry["kind"], &entry["album"]["id"]), (&json!("ALBUM"), &json!(album.to_string())));
    // What is played from it says so to whoever keeps histories.
    live.wait(31_000);
    a.sweep().await;
    assert_eq!(live.plays().await[0]["context"], json!({ "kind": "ALBUM", "id": album.to_string() }));
    // Behind what is there already, the whole album is added once per key.
    let add = format!(
        "mutation {{ it: enqueue(context: {{ kind: ALBUM, id: \"{album}\" }}, idempotencyKey: \"k\") {{
        playback {{ queue {{ totalCount }} }} userErrors {{ code }} }} }}"
    );
    for _ in 0..2 {
        assert_eq!(a.ask(&me, &add).await["it"]["playback"]["queue"]["totalCount"], 6);
    }
    let other = add.replace(&album.to_string(), &AlbumId::new().to_string());
    assert_eq!(a.ask(&me, &other).await["it"]["userErrors"][0]["code"], "NOT_FOUND");
}

#[sqlx::test(migrations = false)]
async fn an_artist_plays_from_the_newest_release_on(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(3, 60_000).await);
    let (artist, other) = (ArtistId::new(), ArtistId::new());
    let of = |released_on, number| Place { album: AlbumId::new(), disc: None, number: Some(number), released_on };
    live.place(&tracks[0], artist, &of("1999-05", 1), PublicationStatus::Published).await;
    live.place(&tracks[1], artist, &of("2021", 1), PublicationStatus::Published).await;
    live.place(&tracks[2], other, &of("2023", 1), PublicationStatus::Published).await;
    let [a, _] = &live.nodes;
    let input = json!({ "context": { "kind": "ARTIST", "id": artist.to_string() }, "shuffle": false });
    let done = set(a, &me, input).await;
    assert_eq!(tracks_of(&done["playback"]), [tracks[1].clone(), tracks[0].clone()]);
    assert_eq!(done["playback"]["context"]["artist"]["id"], artist.to_string());
}

#[sqlx::test(migrations = false)]
async fn a_list_with_a_context_is_labelled_and_each_play_keeps_its_own(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(2, 60_000).await);
    let playlist = polyphony_events::PlaylistId::new().to_string();
    let [a, _] = &live.nodes;
    let context = json!({ "kind": "PLAYLIST", "id": playlist });
    let done = set(a, &me, json!({ "trackIds": [tracks[0]], "context": context })).await;
    let entries = &done["playback"]["queue"]["edges"];
    assert_eq!(entries[0]["node"]["context"]["playlist"]["id"], playlist);
    a.done(&me, &format!("enqueue(trackIds: {})", list(&tracks[1..]))).await;
    let state = a.done(&me, "skipNext").await;
    assert_eq!(state["track"]["id"], tracks[1]);
    let fields = "playback { context { kind } queue { edges { node { context { kind } } } } }";
    let key = polyphony_testkit::keys::viewer_id(&me);
    let seen = a.door.entities(Some(&me), "Viewer", &[key], fields).await[0]["playback"].take();
    assert_eq!(seen["context"], Value::Null, "what was added by itself came from nowhere");
    assert_eq!(seen["queue"]["edges"][0]["node"]["context"]["kind"], "PLAYLIST");
    // A play that was made offline says it by itself.
    let query = "mutation($input: ReportPlayInput!) { it: reportPlay(input: $input) { ok userErrors { code path } } }";
    let started = (live.base.app.clock.now() - chrono::TimeDelta::hours(1)).to_rfc3339();
    let mut input = json!({ "playId": "p", "trackId": tracks[0], "startedAt": started, "playedMs": 31_000,
        "context": { "kind": "LIKED_TRACKS" } });
    assert_eq!(a.door.query(Some(&me), query, json!({ "input": input })).await["it"]["ok"], true);
    assert_eq!(live.plays().await[0]["context"], json!({ "kind": "LIKED_TRACKS" }));
    input["context"] = json!({ "kind": "LIKED_TRACKS", "id": playlist });
    let refused = a.door.query(Some(&me), query, json!({ "input": input })).await["it"].take();
    assert_eq!(refused["userErrors"], json!([{ "code": "INVALID_INPUT", "path": ["input", "context", "id"] }]));
}

#[sqlx::test(migrations = false)]
async fn what_names_nothing_that_media_knows_is_refused(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(1, 60_000).await);
    let [a, _] = &live.nodes;
    let album = AlbumId::new().to_string();
    for (input, code, path) in [
        (json!({}), "INVALID_INPUT", json!(["input", "trackIds"])),
        (json!({ "context": { "kind": "LIKED_TRACKS" } }), "INVALID_INPUT", json!(["input", "context"])),
        (
            json!({ "context": { "kind": "ALBUM", "id": tracks[0] } }),
            "INVALID_INPUT",
            json!(["input", "context", "id"]),
        ),
        (json!({ "context": { "kind": "ALBUM", "id": album } }), "NOT_FOUND", json!(["input", "context"])),
        (
            json!({ "trackIds": tracks, "startTrackId": "trk_01h455vb4pex5vsknk084sn02q" }),
            "NOT_FOUND",
            json!(["input", "startTrackId"]),
        ),
        (json!({ "trackIds": tracks, "startTrackId": "x" }), "INVALID_INPUT", json!(["input", "startTrackId"])),
        (
            json!({ "trackIds": tracks, "startTrackId": tracks[0], "startIndex": 0 }),
            "INVALID_INPUT",
            json!(["input", "startTrackId"]),
        ),
    ] {
        let refused = set(a, &me, input.clone()).await;
        assert_eq!(refused["userErrors"], json!([{ "code": code, "path": path }]), "{input}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_shuffled_queue_without_a_start_begins_anywhere(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(50, 60_000).await);
    let [a, _] = &live.nodes;
    let mut first = std::collections::HashSet::new();
    for _ in 0..4 {
        let done = set(a, &me, json!({ "trackIds": tracks, "shuffle": true })).await["playback"].take();
        assert_eq!((&done["shuffle"], &done["queueIndex"]), (&json!(true), &json!(0)));
        assert_eq!(done["track"]["id"], json!(tracks_of(&done)[0]));
        first.insert(done["track"]["id"].to_string());
    }
    assert!(first.len() > 1, "four times the same of fifty");
    let done = set(a, &me, json!({ "trackIds": tracks, "startIndex": 7 })).await["playback"].take();
    assert_eq!((&done["track"]["id"], &done["shuffle"]), (&json!(tracks[7]), &json!(true)), "it stays shuffled");
    let done = set(a, &me, json!({ "trackIds": tracks, "shuffle": false })).await["playback"].take();
    assert_eq!((&tracks_of(&done), &done["track"]["id"]), (&tracks, &json!(tracks[0])));
}
