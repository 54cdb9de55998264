//! Plays and likes as clients see them through the whole graph: history, smart playlists and their live frames, and what is
//! left when an account is gone.

use std::time::{Duration, Instant};

use futures::StreamExt;
use polyphony_e2e::{Client, Platform, eventually, unique};
use serde_json::{Value, json};

/// A smart playlist is right within 5 s of a play that changes it; here everything runs on one busy machine, so thrice that.
const RIGHT_WITHIN: Duration = Duration::from_secs(15);

/// Somebody who may publish, and tracks that all may hear.
async fn published(platform: &Platform, count: usize) -> (Client, Vec<String>) {
    let maker = Client::creator(platform).await;
    let mark = unique();
    let create = "mutation($input: ArtistInput!) { createArtist(input: $input) { artist { id } userErrors { code } } }";
    let artist = maker.mutate(create, json!({ "input": { "name": mark } })).await["artist"]["id"].take();
    let mut tracks = Vec::new();
    for number in 0..count {
        let create =
            "mutation($input: TrackInput!) { createTrack(input: $input) { track { id } userErrors { code } } }";
        let input = json!({ "title": format!("{mark} {number}"), "artistIds": [artist], "durationMs": 60_000 });
        let track = maker.mutate(create, json!({ "input": input })).await["track"]["id"].take();
        let publish = "mutation($id: ID!) { publishTrack(id: $id) { userErrors { code } } }";
        maker.mutate(publish, json!({ "id": track })).await;
        tracks.push(track.as_str().unwrap().to_owned());
    }
    (maker, tracks)
}

async fn report(client: &Client, play_id: &str, track: &str) {
    let now = client.query("{ serverTime }", json!({})).await["serverTime"].as_f64().unwrap();
    let at = chrono::DateTime::from_timestamp_millis(now as i64 - 120_000).unwrap();
    let input = json!({ "playId": play_id, "trackId": track, "startedAt": at.to_rfc3339(), "playedMs": 60_000 });
    let report = "mutation($input: ReportPlayInput!) { reportPlay(input: $input) { userErrors { code message } } }";
    // Media may not have heard of the track yet.
    let known = || async {
        let payload = client.payload(report, json!({ "input": input })).await;
        (payload["userErrors"] == json!([])).then_some(())
    };
    eventually("the report of a play", Duration::from_mins(2), known).await;
}

async fn history(client: &Client) -> Vec<Value> {
    let query = "{ viewer { library { history(first: 100) { edges { node { id title } playedMs } } } } }";
    let mut data = client.query(query, json!({})).await;
    serde_json::from_value(data["viewer"]["library"]["history"]["edges"].take()).unwrap()
}

/// Waits until so many plays are in history.
async fn heard(client: &Client, plays: usize, within: Duration) {
    let are_there = || async { (history(client).await.len() == plays).then_some(()) };
    eventually("the plays", within, are_there).await;
}

/// A smart playlist of what its maker played; its id.
async fn of_the_played(client: &Client) -> String {
    let create = "mutation($rules: SmartRulesInput!) { createSmartPlaylist(title: \"Played\", rules: $rules) \
                  { playlist { id } userErrors { code message } } }";
    let rules = json!({
        "match": "ALL", "rules": [{ "field": "PLAY_COUNT", "op": "GREATER_THAN", "value": "0" }], "sort": "MOST_PLAYED",
    });
    client.mutate(create, json!({ "rules": rules })).await["playlist"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_play_is_in_history_once_and_in_the_smart_playlist_that_it_belongs_to() {
    let platform = Platform::shared();
    let (_, tracks) = published(&platform, 2).await;
    let listener = Client::register(&platform, "listener").await;
    let smart = of_the_played(&listener).await;
    let watch = "subscription($id: ID!) { playlistChanged(id: $id) { version items { edges { node { id track { id title } } } } } }";
    let mut frames = listener.subscribe(watch, json!({ "id": smart })).await;
    let first = frames.next().await.unwrap();
    assert_eq!(first["data"]["playlistChanged"]["items"]["edges"], json!([]), "{first:#}");

    // The first play also waits until everybody has heard of the track and of one another.
    let play = unique();
    for _ in 0..3 {
        report(&listener, &play, &tracks[0]).await;
    }
    heard(&listener, 1, Duration::from_mins(2)).await;
    report(&listener, &unique(), &tracks[1]).await;
    report(&listener, &unique(), &tracks[1]).await;
    let told = Instant::now();
    heard(&listener, 3, RIGHT_WITHIN).await;
    let titles = history(&listener).await;
    assert!(titles.iter().all(|play| play["node"]["title"].is_string() && play["playedMs"] == 60_000), "{titles:?}");

    // The live playlist has told of it, in the end with both, the one that was played more first.
    let mut version = first["data"]["playlistChanged"]["version"].as_i64().unwrap();
    let edges = loop {
        let left = RIGHT_WITHIN.saturating_sub(told.elapsed());
        let frame = tokio::time::timeout(left, frames.next()).await.expect("the playlist is right in time");
        let frame = frame.unwrap()["data"]["playlistChanged"].take();
        assert_eq!(frame["version"], version + 1, "each version comes, once");
        version += 1;
        let edges = frame["items"]["edges"].as_array().unwrap().clone();
        let ids: Vec<_> = edges.iter().map(|edge| edge["node"]["track"]["id"].as_str().unwrap()).collect();
        if ids == [&tracks[1], &tracks[0]] {
            break edges;
        }
    };
    let id = &edges[0]["node"]["id"];
    let node = "query($id: ID!) { node(id: $id) { id ... on PlaylistItem { track { id } } } }";
    let found = listener.query(node, json!({ "id": id })).await["node"].take();
    assert_eq!(found, json!({ "id": id, "track": { "id": tracks[1] } }), "an entry is found by its id");
    let stranger = Client::register(&platform, "stranger").await;
    let hidden = stranger.query(node, json!({ "id": id })).await["node"].take();
    assert_eq!(hidden["track"], Value::Null, "but not by who may not see the playlist");

    let clear = "mutation { clearHistory { userErrors { code } } }";
    listener.mutate(clear, json!({})).await;
    assert_eq!(history(&listener).await, [Value::Null; 0]);
}

#[tokio::test]
async fn with_an_account_go_its_playlists() {
    let platform = Platform::shared();
    let leaver = Client::register(&platform, "leaver").await;
    let create =
        "mutation($input: PlaylistInput!) { createPlaylist(input: $input) { playlist { id } userErrors { code } } }";
    let input = json!({ "title": unique(), "visibility": "PUBLIC" });
    let id = leaver.mutate(create, json!({ "input": input })).await["playlist"]["id"].take();
    let see = "query($id: ID!) { playlist(id: $id) { id } }";
    let stranger = Client::anonymous(&platform);
    assert_eq!(stranger.query(see, json!({ "id": id })).await["playlist"]["id"], id);
    let delete = "mutation($password: String!) { deleteAccount(password: $password) { ok userErrors { code } } }";
    leaver.mutate(delete, json!({ "password": leaver.password() })).await;
    let gone = || async { stranger.query(see, json!({ "id": id })).await["playlist"].is_null().then_some(()) };
    eventually("the playlist's end", Duration::from_mins(2), gone).await;
}
