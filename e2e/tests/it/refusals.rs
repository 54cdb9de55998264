//! Bad input gets a clear answer and harms nothing.

use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece, ffmpeg},
    upload,
};
use serde_json::json;

async fn outcome(client: &Client, name: &str, bytes: &[u8]) -> String {
    let begun = upload::begin(client, name, bytes, json!({})).await;
    upload::complete(client, &begun).await;
    let upload = upload::finished(client, &begun.id).await;
    format!("{} {}", upload["state"].as_str().unwrap(), upload["rejectedBecause"].as_str().unwrap_or_default())
}

#[tokio::test]
async fn files_that_are_no_music_are_rejected_with_a_reason() {
    let platform = Platform::shared();
    let client = Client::creator(&platform).await;
    assert_eq!(outcome(&client, "text.mp3", &b"not audio ".repeat(500)).await, "REJECTED UNSUPPORTED_MEDIA");
    let playlist = b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n";
    assert_eq!(outcome(&client, "playlist.mp3", playlist).await, "REJECTED UNSUPPORTED_MEDIA");
}

#[tokio::test]
async fn a_truncated_file_ends_and_is_not_stuck() {
    let platform = Platform::shared();
    let client = Client::creator(&platform).await;
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(audio::make(folder.path(), &Piece { hertz: 777, ..Piece::default() })).unwrap();
    let outcome = outcome(&client, "cut.flac", &bytes[..bytes.len() / 3]).await;
    assert!(["READY ", "REJECTED UNSUPPORTED_MEDIA"].contains(&outcome.as_str()), "{outcome}");
}

#[tokio::test]
async fn a_silent_file_of_twenty_minutes_is_ready() {
    let platform = Platform::shared();
    let client = Client::creator(&platform).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("silence.flac");
    let arguments = ["-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo:d=1200"].map(str::to_owned);
    ffmpeg(&[&arguments[..], &[path.to_string_lossy().into_owned()]].concat());
    let upload = upload::ready(&client, &path).await;
    let track = upload["track"].as_object().or(upload["duplicateOf"].as_object());
    assert!(track.is_some(), "{upload:#}");
}

#[tokio::test]
async fn an_upload_that_is_not_what_was_announced_is_refused() {
    let platform = Platform::shared();
    let client = Client::creator(&platform).await;
    let folder = tempfile::tempdir().unwrap();
    let bytes =
        std::fs::read(audio::make(folder.path(), &Piece { hertz: 555, seconds: 3, ..Piece::default() })).unwrap();

    let wrong = upload::begin(&client, "sum.flac", &bytes, json!({ "sha256": "0".repeat(64) })).await;
    upload::complete(&client, &wrong).await;
    assert_eq!(upload::finished(&client, &wrong.id).await["rejectedBecause"], "CHECKSUM_MISMATCH");

    let missing = upload::Begun { parts: Vec::new(), ..upload::begin(&client, "part.flac", &bytes, json!({})).await };
    let payload = upload::complete(&client, &missing).await;
    assert_eq!(payload["userErrors"][0]["code"], "UPLOAD_INCOMPLETE");
    assert_eq!(upload::get(&client, &missing.id).await["state"], "AWAITING_BYTES");

    let create =
        "mutation($input: CreateUploadInput!) { createUpload(input: $input) { upload { id } userErrors { code } } }";
    for size in [0.0, -1.0, 1e15] {
        let refusals = client.refusals(create, json!({ "input": { "filename": "a.flac", "sizeBytes": size } })).await;
        assert!(!refusals.is_empty() && !refusals.contains(&"INTERNAL".to_owned()), "{size}: {refusals:?}");
    }
}

#[tokio::test]
async fn who_may_not_is_told_so() {
    let platform = Platform::shared();
    let (creator, listener) = (Client::creator(&platform).await, Client::register(&platform, "ear").await);
    let create = "mutation { createUpload(input: { filename: \"a.flac\", sizeBytes: 1000 }) { upload { id } userErrors { code message } } }";
    assert_eq!(listener.refusals(create, json!({})).await, ["FORBIDDEN"]);
    let nobody = Client::anonymous(&platform);
    assert_eq!(nobody.refusals(create, json!({})).await, ["UNAUTHENTICATED"]);
    let playlist = "mutation { createPlaylist(input: { title: \"x\" }) { playlist { id } userErrors { code } } }";
    assert_eq!(nobody.refusals(playlist, json!({})).await, ["UNAUTHENTICATED"]);

    let mine = creator.mutate(create, json!({})).await["upload"]["id"].clone();
    let query = "query($upload: ID!) { upload(id: $upload) { id } }";
    assert!(listener.query(query, json!({ "upload": mine })).await["upload"].is_null(), "a stranger's upload");
    let complete = "mutation($upload: ID!) { completeUpload(uploadId: $upload, parts: []) { userErrors { code } } }";
    assert_eq!(Client::creator(&platform).await.refusals(complete, json!({ "upload": mine })).await, ["NOT_FOUND"]);
}

#[tokio::test]
async fn unknown_and_malformed_ids_are_absent_things() {
    let platform = Platform::shared();
    let client = Client::register(&platform, "ear").await;
    for id in ["trk_01h455vb4pex5vsknk084sn02q", "nonsense", "", "usr_01h455vb4pex5vsknk084sn02q"] {
        let query = "query($id: ID!) { track(id: $id) { id } album(id: $id) { id } artist(id: $id) { id } playlist(id: $id) { id } upload(id: $id) { id } }";
        let data = client.query(query, json!({ "id": id })).await;
        assert!(data.as_object().unwrap().values().all(serde_json::Value::is_null), "{id}: {data}");
    }
}

#[tokio::test]
async fn queries_that_would_cost_too_much_are_refused_before_they_run() {
    let platform = Platform::shared();
    let client = Client::register(&platform, "ear").await;
    let nested = "{ albums(first: 100) { edges { node { artists ".repeat(10);
    let nested = format!("{{ artists(first: 100) {{ edges {{ node {nested} {{ id }} {} }} }} }}", "} } } }".repeat(10));
    let (_, answer) = client.raw(&nested, json!({})).await;
    assert!(answer["errors"].is_array() && answer["data"].is_null(), "{answer:#}");

    let (status, answer) = client.raw(&format!("{{ {} }}", "a".repeat(2_500_000)), json!({})).await;
    assert!([400, 413].contains(&status) || answer["errors"].is_array(), "{status}");

    let (_, answer) = client.raw("query { track(id: $unknown) { id } }", json!({})).await;
    assert!(answer["errors"].is_array() && answer["data"].is_null(), "{answer:#}");
    assert!(client.query("{ viewer { id } }", json!({})).await["viewer"]["id"].is_string(), "the router goes on");
}

#[tokio::test]
async fn the_ports_of_subgraphs_answer_only_the_router() {
    let platform = Platform::shared();
    for subgraph in ["accounts", "catalog", "playlists", "media"] {
        let url = format!("{}/graphql", platform.url(subgraph));
        for secret in ["", "guessed"] {
            let request = reqwest::Client::new().post(&url).header("x-router-secret", secret);
            let answer = request.json(&json!({ "query": "{ __typename }" })).send().await.unwrap();
            assert_eq!(answer.status(), 401, "{subgraph}");
        }
    }
}
