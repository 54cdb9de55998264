//! Parts end at once and come back: nothing is lost, nothing is doubled. Each test harms a platform of its own.

use std::time::Duration;

use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece},
    eventually, unique, upload,
};
use serde_json::{Value, json};

async fn album_of(client: &Client, upload: &Value) -> Value {
    let query = "query($track: ID!) { track(id: $track) { album { title trackCount tracks { totalCount } } artists { id albums { totalCount } } } }";
    client.query(query, json!({ "track": upload["track"]["id"] })).await["track"].take()
}

#[tokio::test]
async fn a_worker_that_is_killed_in_the_middle_loses_and_doubles_nothing() {
    let platform = Platform::start();
    let (client, folder, mark) = (Client::creator(&platform).await, tempfile::tempdir().unwrap(), unique());
    let tags =
        [("title", format!("Long {mark}")), ("artist", format!("Band {mark}")), ("album", format!("Album {mark}"))];
    let path = audio::make(folder.path(), &Piece { seconds: 240, tags: &tags, ..Piece::default() });
    let id = upload::start(&client, &path).await;
    let is_running = || async {
        let upload = upload::get(&client, &id).await;
        (upload["job"]["percent"].as_f64().unwrap_or(0.0) > 1.0).then_some(())
    };
    eventually("the transcode", Duration::from_mins(1), is_running).await;
    platform.kill("media-worker-1");

    let upload = upload::finished(&client, &id).await;
    assert_eq!(upload["state"], "READY", "{upload:#}");
    assert!(upload["job"]["attempt"].as_i64().unwrap() >= 2, "{upload:#}");
    let track = album_of(&client, &upload).await;
    assert_eq!((&track["album"]["trackCount"], &track["album"]["tracks"]["totalCount"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn an_event_that_finds_catalog_dead_has_its_effect_once_when_it_is_back() {
    let platform = Platform::start();
    let (client, folder, mark) = (Client::creator(&platform).await, tempfile::tempdir().unwrap(), unique());
    let make = |file: &str, hertz: u32, number: u32| {
        let tags = [
            ("title", format!("Piece {number} {mark}")),
            ("artist", format!("Band {mark}")),
            ("album", format!("Album {mark}")),
            ("track", number.to_string()),
        ];
        let piece = Piece { file: "made.flac", seconds: 3, hertz, tags: &tags, ..Piece::default() };
        let path = folder.path().join(file);
        std::fs::rename(audio::make(folder.path(), &piece), &path).unwrap();
        path
    };
    let first = upload::ready(&client, &make("1.flac", 220, 1)).await;
    platform.hold("catalog");
    let id = upload::start(&client, &make("2.flac", 330, 2)).await;
    let is_ready = || async { (upload::get(&client, &id).await["state"] == "READY").then_some(()) };
    eventually("the media without its track", Duration::from_mins(1), is_ready).await;
    // The event waits in Kafka or in the outbox of media, whose relay dies too.
    platform.kill("media");
    platform.ready("media").await;
    platform.release("catalog").await;
    // Once more, while catalog takes up what has waited.
    platform.kill("catalog");
    platform.ready("catalog").await;

    let second = upload::finished(&client, &id).await;
    assert_ne!(first["track"]["id"], second["track"]["id"]);
    let track = album_of(&client, &second).await;
    assert_eq!(
        (&track["album"]["trackCount"], &track["album"]["tracks"]["totalCount"]),
        (&json!(2), &json!(2)),
        "{track:#}"
    );
    assert_eq!(track["artists"][0]["albums"]["totalCount"], 1);
}

#[tokio::test]
async fn with_catalog_down_a_playlist_still_answers_with_its_entries() {
    let platform = Platform::start();
    let (client, folder) = (Client::creator(&platform).await, tempfile::tempdir().unwrap());
    let upload = upload::ready(&client, &audio::make(folder.path(), &Piece { seconds: 3, ..Piece::default() })).await;
    let create = "mutation { createPlaylist(input: { title: \"Evening\" }) { playlist { id } userErrors { code } } }";
    let playlist = client.mutate(create, json!({})).await["playlist"]["id"].clone();
    let add = "mutation($playlist: ID!, $tracks: [ID!]!) { addPlaylistItems(playlistId: $playlist, trackIds: $tracks) { itemIds userErrors { code } } }";
    client.mutate(add, json!({ "playlist": playlist, "tracks": [upload["track"]["id"]] })).await;

    let query =
        "query($playlist: ID!) { playlist(id: $playlist) { title items { edges { node { id track { title } } } } } }";
    let variables = json!({ "playlist": playlist });
    platform.hold("catalog");
    let (_, answer) = client.raw(query, variables.clone()).await;
    let node = &answer["data"]["playlist"]["items"]["edges"][0]["node"];
    assert!(node["id"].is_string() && node["track"].is_null(), "{answer:#}");
    assert!(answer["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{answer:#}");
    platform.release("catalog").await;
    let is_back = || async {
        let (_, answer) = client.raw(query, variables.clone()).await;
        answer["data"]["playlist"]["items"]["edges"][0]["node"]["track"]["title"].as_str().map(str::to_owned)
    };
    eventually("the track", Duration::from_secs(10), is_back).await;
}
