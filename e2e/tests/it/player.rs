//! Other people's players in a real browser, from another origin: they play the ladder from our URLs, switch, seek, and
//! begin while it still encodes.

use std::time::Duration;

use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece},
    browser::Browser,
    eventually, upload,
};
use serde_json::{Value, json};

const LOSSLESS: &str =
    "mutation { updatePreferences(input: { streamingQuality: LOSSLESS }) { userErrors { code message } } }";

/// Where a track is played from.
async fn plan(client: &Client, track: &str) -> Value {
    let query = "query($track: ID!) { track(id: $track) { playbackPlan { url playableUntilMs durationMs renditions { codec } } } }";
    client.query(query, json!({ "track": track })).await["track"]["playbackPlan"].take()
}

/// A listener whom media knows to want everything.
async fn listener(platform: &Platform, track: &str) -> Client {
    let client = Client::register(platform, "ear").await;
    client.mutate(LOSSLESS, json!({})).await;
    eventually("the preference to arrive", Duration::from_secs(20), || async {
        let plan = plan(&client, track).await;
        plan["renditions"].as_array()?.iter().any(|one| one["codec"] == "FLAC").then_some(())
    })
    .await;
    client
}

#[tokio::test]
async fn hls_js_and_shaka_play_switch_and_seek_on_the_first_play() {
    let browser = Browser::find();
    let (platform, folder) = (Platform::shared(), tempfile::tempdir().unwrap());
    let creator = Client::creator(&platform).await;
    let path = audio::make(folder.path(), &Piece { seconds: 61, hertz: 277, ..Piece::default() });
    let upload = upload::ready(&creator, &path).await;
    let track = upload["track"]["id"].as_str().unwrap();
    let listener = listener(&platform, track).await;
    for (player, seed) in [("hls", 1), ("shaka", 2)] {
        let url = plan(&listener, track).await["url"].clone();
        // Ten places drawn at random, and the end.
        let options = json!({ "player": player, "url": url, "until": 61, "seeks": 11, "seed": seed });
        let seen = browser.play(options).await;
        assert!(seen["error"].is_null(), "{player}: {seen:#}");
        println!("{player}: first audio after {:.0} ms", seen["firstAudioMs"].as_f64().unwrap());
        assert_eq!(seen["failures"], json!([]), "{player}: {seen:#}");
        assert_eq!(seen["began_at_beginning"], true, "{player}");
        assert_eq!(seen["levels"].as_array().unwrap().len(), 4, "{player} plays every rung: {seen:#}");
        assert_eq!(seen["switched"], json!([0, 1, 2, 3, 0]), "{player}");
        assert_eq!(seen["positions"].as_array().unwrap().len(), 11, "{player}");
    }
}

#[tokio::test]
async fn a_track_is_played_while_it_still_encodes() {
    let browser = Browser::find();
    let (platform, folder) = (Platform::shared(), tempfile::tempdir().unwrap());
    let creator = Client::creator(&platform).await;
    let artist =
        "mutation { createArtist(input: { name: \"Long Players\" }) { artist { id } userErrors { code message } } }";
    let artist = creator.mutate(artist, json!({})).await["artist"]["id"].take();
    let create = "mutation($artist: ID!) { createTrack(input: { title: \"Long\", artistIds: [$artist] }) { track { id } userErrors { code message } } }";
    let track = creator.mutate(create, json!({ "artist": artist })).await["track"]["id"].as_str().unwrap().to_owned();
    let path = audio::make(folder.path(), &Piece { seconds: 1500, hertz: 283, ..Piece::default() });
    let bytes = tokio::fs::read(path).await.unwrap();
    let begun =
        upload::begin(&creator, "long.flac", &bytes, json!({ "trackId": track, "catalogFromTags": false })).await;
    assert_eq!(upload::complete(&creator, &begun).await["userErrors"], json!([]));
    let id = begun.id;
    let mut heard = Vec::new();
    for (player, seed) in [("hls", 3), ("shaka", 4)] {
        let plan = eventually("a playable beginning", upload::READY_WITHIN, || async {
            let plan = plan(&creator, &track).await;
            (plan["playableUntilMs"].as_i64()? >= 12_000).then_some(plan)
        })
        .await;
        let until = plan["playableUntilMs"].as_f64().unwrap() / 1000.0;
        let options = json!({ "player": player, "url": plan["url"], "until": until, "seeks": 3, "seed": seed });
        let seen = browser.play(options).await;
        let still_encodes = upload::get(&creator, &id).await["job"]["state"] == "RUNNING";
        heard.push((player, until, seen, still_encodes));
    }
    // Before anything can fail: nobody waits for the rest of it.
    let job = upload::get(&creator, &id).await["job"]["id"].take();
    let cancel = "mutation($id: ID!) { cancelTranscode(jobId: $id) { job { state } userErrors { code message } } }";
    creator.mutate(cancel, json!({ "id": job })).await;
    for (player, until, seen, still_encodes) in heard {
        assert!(seen["error"].is_null(), "{player}: {seen:#}");
        assert_eq!((&seen["failures"], &seen["began_at_beginning"]), (&json!([]), &json!(true)), "{player}: {seen:#}");
        let first = seen["firstAudioMs"].as_f64().unwrap();
        let last = seen["positions"].as_array().unwrap().last().unwrap();
        println!("{player}, while it encodes: first audio after {first:.0} ms, sought {last} s of {until} s");
        assert!(still_encodes, "the track must be longer, or the machine is faster than the test thinks");
    }
}
