//! A person gets everything that is kept about them, through the whole graph.

use std::{
    io::{Cursor, Read},
    time::Duration,
};

use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece},
    eventually, unique, upload,
};
use serde_json::{Value, json};

fn file(archive: &[u8], name: &str) -> Value {
    let mut text = String::new();
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Waits until the export of this id is ready; gives it.
async fn ready(client: &Client, id: &Value) -> Value {
    let query = "{ viewer { dataExports { id state url sizeBytes failedBecause } } }";
    let is_ready = || async {
        let data = client.query(query, json!({})).await;
        let exports = data["viewer"]["dataExports"].as_array().cloned().unwrap_or_default();
        let export = exports.into_iter().find(|export| export["id"] == *id)?;
        assert_ne!(export["state"], "FAILED", "{export:#}");
        (export["state"] == "READY").then_some(export)
    };
    eventually("the export", Duration::from_mins(3), is_ready).await
}

#[tokio::test]
async fn a_person_exports_a_playlist_a_like_a_play_and_an_upload() {
    let platform = Platform::shared();
    let (folder, mark) = (tempfile::tempdir().unwrap(), unique());
    let person = Client::creator(&platform).await;
    let title = format!("Harbour {mark}");
    let tags = [("title", title.clone()), ("artist", format!("Other Band {mark}"))];
    let piece = Piece { file: "harbour.opus", seconds: 5, hertz: 440, tags: &tags, ..Piece::default() };
    let uploaded = upload::ready(&person, &audio::make(folder.path(), &piece)).await;
    let track = uploaded["track"]["id"].clone();

    let create =
        "mutation($input: PlaylistInput!) { createPlaylist(input: $input) { playlist { id } userErrors { code } } }";
    let input = json!({ "title": format!("Rain {mark}"), "visibility": "PRIVATE" });
    let playlist = person.mutate(create, json!({ "input": input })).await["playlist"]["id"].take();
    let add = "mutation($id: ID!, $ids: [ID!]!) { addPlaylistItems(playlistId: $id, trackIds: $ids) { userErrors { code } } }";
    person.mutate(add, json!({ "id": playlist, "ids": [track] })).await;
    let like = "mutation($ids: [ID!]!) { setLiked(trackIds: $ids, liked: true) { userErrors { code } } }";
    person.mutate(like, json!({ "ids": [track] })).await;
    let now = person.query("{ serverTime }", json!({})).await["serverTime"].as_f64().unwrap();
    let at = chrono::DateTime::from_timestamp_millis(now as i64 - 60_000).unwrap();
    let input = json!({ "playId": unique(), "trackId": track, "startedAt": at.to_rfc3339(), "playedMs": 5000 });
    let report = "mutation($input: ReportPlayInput!) { reportPlay(input: $input) { userErrors { code message } } }";
    person.mutate(report, json!({ "input": input })).await;
    let query = "{ viewer { library { history(first: 5) { edges { node { id } } } } } }";
    let is_kept = || async {
        let data = person.query(query, json!({})).await;
        (!data["viewer"]["library"]["history"]["edges"].as_array()?.is_empty()).then_some(())
    };
    eventually("the play", Duration::from_mins(2), is_kept).await;

    let export = "mutation { exportMyData { exportId userErrors { code message } } }";
    let id = person.mutate(export, json!({})).await["exportId"].take();
    assert_eq!(person.refusals(export, json!({})).await, ["TOO_SOON"]);
    let export = ready(&person, &id).await;
    let answer = person.http(reqwest::Method::GET, export["url"].as_str().unwrap(), Vec::new()).await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()),
        (200, "application/zip")
    );
    let archive = answer.bytes().await.unwrap();
    assert_eq!(json!(archive.len()).as_f64(), export["sizeBytes"].as_f64());

    let playlists = file(&archive, "playlists.json");
    assert_eq!(playlists[0]["title"], format!("Rain {mark}"));
    assert_eq!(playlists[0]["entries"][0]["track"]["title"], title.as_str(), "entries have titles, not ids alone");
    let jspf = file(&archive, &format!("playlists/0001 Rain {mark}.jspf"));
    assert_eq!(jspf["playlist"]["track"][0]["title"], title.as_str());
    assert_eq!(file(&archive, "likes.json")[0]["track"]["title"], title.as_str());
    assert_eq!(file(&archive, "history.json")[0]["trackId"], track);
    let uploads = file(&archive, "uploads.json");
    assert_eq!((&uploads[0]["filename"], &uploads[0]["title"]), (&json!("harbour.opus"), &json!(title)));
    assert_eq!(file(&archive, "account.json")[0]["email"], person.viewer["email"]);
}
