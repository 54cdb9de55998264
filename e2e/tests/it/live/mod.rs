//! Live playback through the router: one queue on every device, hand-over, listening together, and what is left when parts
//! of the platform die.

mod interleavings;
mod outages;
mod together;

use std::{path::Path, pin::Pin};

use futures::{Stream, StreamExt};
use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece},
    unique, upload,
};
use serde_json::{Value, json};

const STATE: &str =
    "id version cursor state track { id title } anchorPositionMs anchorServerTime activeDevice { id name }";

type Frames = Pin<Box<dyn Stream<Item = Value>>>;

/// Calls a mutation of what plays; gives its payload.
async fn playback(client: &Client, call: &str) -> Value {
    let query = format!("mutation {{ {call} {{ playback {{ {STATE} }} userErrors {{ code message }} }} }}");
    client.payload(&query, json!({})).await
}

async fn done(client: &Client, call: &str) -> Value {
    let query = format!("mutation {{ {call} {{ playback {{ {STATE} }} userErrors {{ code message }} }} }}");
    client.mutate(&query, json!({})).await["playback"].take()
}

async fn device(client: &Client, name: &str) -> String {
    let input = json!({ "installationId": unique(), "name": name, "kind": "SPEAKER" });
    let query = "mutation($input: DeviceInput!) { registerDevice(input: $input) { device { id } userErrors { code message } } }";
    client.mutate(query, json!({ "input": input })).await["device"]["id"].as_str().unwrap().to_owned()
}

/// The frames of `playbackChanged`; a connection that breaks ends them.
async fn watch(client: &Client, device: &str) -> Frames {
    let query = format!("subscription($device: ID) {{ playbackChanged(deviceId: $device) {{ {STATE} }} }}");
    let frames = client.subscribe(&query, json!({ "device": device })).await;
    Box::pin(frames.map(|mut frame| {
        assert!(frame["errors"].is_null(), "{frame:#}");
        frame["data"]["playbackChanged"].take()
    }))
}

async fn next(frames: &mut Frames) -> Value {
    frames.next().await.expect("the subscription goes on")
}

async fn until_version(frames: &mut Frames, version: &Value) -> Value {
    loop {
        let frame = next(frames).await;
        if frame["version"].as_i64() >= version.as_i64() {
            return frame;
        }
    }
}

/// A track that can be played.
async fn track(platform: &Platform, folder: &Path, seconds: u32) -> String {
    tracks(platform, folder, seconds, 1).await.remove(0)
}

/// Tracks that can be played, each of an artist of its own.
async fn tracks(platform: &Platform, folder: &Path, seconds: u32, count: u32) -> Vec<String> {
    let creator = Client::creator(platform).await;
    let ready = (0..count).map(|n| {
        let tags = [("title", format!("Live {}", unique())), ("artist", format!("Band {}", unique()))];
        let piece = Piece { seconds, hertz: 220 + 10 * n, tags: &tags, ..Piece::default() };
        let made = audio::make(folder, &piece);
        let path = folder.join(format!("{n}.flac"));
        std::fs::rename(made, &path).unwrap();
        let creator = &creator;
        async move { upload::ready(creator, &path).await }
    });
    let ready = futures::future::join_all(ready).await;
    let ids = ready.iter().map(|upload| upload["track"]["id"].as_str().or(upload["duplicateOf"]["id"].as_str()));
    ids.map(|id| id.expect("a ready upload has a track").to_owned()).collect()
}

#[tokio::test]
async fn one_queue_plays_on_every_device_and_is_handed_over() {
    let (platform, folder) = (Platform::shared(), tempfile::tempdir().unwrap());
    let track = track(&platform, folder.path(), 40).await;
    let me = Client::register(&platform, "listener").await;
    let (phone, speaker) = (device(&me, "phone").await, device(&me, "speaker").await);
    let (mut here, mut there) = (watch(&me, &phone).await, watch(&me, &speaker).await);
    next(&mut here).await;
    next(&mut there).await;
    let set = format!("setQueue(input: {{ trackIds: [\"{track}\", \"{track}\"], deviceId: \"{phone}\" }})");
    let state = done(&me, &set).await;
    assert_eq!((&state["state"], &state["activeDevice"]["name"]), (&json!("PLAYING"), &json!("phone")));
    let frame = until_version(&mut there, &state["version"]).await;
    assert_eq!(frame["track"]["id"], json!(track));
    assert!(frame["track"]["title"].as_str().unwrap().starts_with("Live"), "the catalog's part is joined in");

    let transfer = format!("transferPlayback(toDeviceId: \"{speaker}\")");
    let acknowledge = async {
        while next(&mut there).await["activeDevice"]["id"] != speaker {}
        // The newest version may be acknowledged as well as the one that told.
        let call = format!(
            "acknowledgeTransfer(deviceId: \"{speaker}\", version: {})",
            state["version"].as_i64().unwrap() + 1
        );
        me.mutate(&format!("mutation {{ {call} {{ ok userErrors {{ code message }} }} }}"), json!({})).await
    };
    let (done, _) = tokio::join!(done(&me, &transfer), acknowledge);
    assert_eq!(done["activeDevice"]["id"], speaker);
    let devices = me
        .query("{ viewer { devices { id online active } playback { version queue { totalCount } } } }", json!({}))
        .await;
    let devices = devices["viewer"]["devices"].as_array().unwrap().clone();
    assert!(devices.iter().all(|device| device["online"] == true), "{devices:?}");
    assert!(devices.iter().all(|device| (device["id"] == *speaker) == (device["active"] == true)), "{devices:?}");
}

#[tokio::test]
async fn another_persons_things_are_out_of_reach() {
    let platform = Platform::shared();
    let (me, other) = (Client::register(&platform, "listener").await, Client::register(&platform, "stranger").await);
    let theirs = device(&other, "phone").await;
    let refused = playback(&me, &format!("pause(deviceId: \"{theirs}\")")).await;
    assert_eq!(refused["userErrors"][0]["code"], "NOT_FOUND");
    assert!(refused["playback"]["id"].is_string());
    let forget = format!("mutation {{ forgetDevice(id: \"{theirs}\") {{ ok userErrors {{ code }} }} }}");
    assert_eq!(me.refusals(&forget, json!({})).await, ["NOT_FOUND"]);
    let anonymous = Client::anonymous(&platform);
    assert_eq!(anonymous.refusals("mutation { pause { playback { id } } }", json!({})).await, ["UNAUTHENTICATED"]);
}
