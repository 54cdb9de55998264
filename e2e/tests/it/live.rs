//! Live playback through the router: one queue on every device, hand-over, listening together, and what is left when parts
//! of the platform die.

use std::{path::Path, pin::Pin, process::Command, time::Duration};

use futures::{Stream, StreamExt};
use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece},
    eventually, unique, upload,
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
async fn watch(client: &Client, device: Option<&str>, after: Option<&str>) -> Frames {
    let query = format!(
        "subscription($device: ID, $after: String) {{ playbackChanged(deviceId: $device, after: $after) {{ {STATE} }} }}"
    );
    let frames = client.subscribe(&query, json!({ "device": device, "after": after })).await;
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
    let creator = Client::creator(platform).await;
    let tags = [("title", format!("Live {}", unique())), ("artist", format!("Band {}", unique()))];
    let piece = Piece { seconds, tags: &tags, ..Piece::default() };
    let ready = upload::ready(&creator, &audio::make(folder, &piece)).await;
    let track = ready["track"]["id"].as_str().or(ready["duplicateOf"]["id"].as_str());
    track.expect("a ready upload has a track").to_owned()
}

#[tokio::test]
async fn one_queue_plays_on_every_device_and_is_handed_over() {
    let (platform, folder) = (Platform::shared(), tempfile::tempdir().unwrap());
    let track = track(&platform, folder.path(), 40).await;
    let me = Client::register(&platform, "listener").await;
    let (phone, speaker) = (device(&me, "phone").await, device(&me, "speaker").await);
    let (mut here, mut there) = (watch(&me, Some(&phone), None).await, watch(&me, Some(&speaker), None).await);
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
async fn people_listen_together_and_the_command_plays_along_in_sync() {
    let (platform, folder, config) = (Platform::shared(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let track = track(&platform, folder.path(), 60).await;
    let (host, guest) = (Client::register(&platform, "host").await, Client::register(&platform, "guest").await);
    done(&host, &format!("setQueue(input: {{ trackIds: [\"{track}\"] }})")).await;
    let start = "mutation { startListeningSession { session { id code joinUrl } userErrors { code message } } }";
    let session = host.mutate(start, json!({})).await["session"].take();
    let code = session["code"].as_str().unwrap();
    assert!(session["joinUrl"].as_str().unwrap().ends_with(code));

    let program = Path::new(&std::env::var("POLYPHONY_BIN_DIR").expect("set by `cargo xtask test`")).join("polyphony");
    let mut command = Command::new(program);
    command.args(["listen", code, "--silent", "--for", "6", "--json"]).env("POLYPHONY_SERVER", platform.url("router"));
    command.env("POLYPHONY_CONFIG_DIR", config.path()).env("POLYPHONY_TOKEN", guest.token.as_ref().unwrap());
    let output = tokio::task::spawn_blocking(move || command.output().expect("polyphony starts")).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let told: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = told.last().expect("it told where it was");
    assert_eq!(last["state"], "PLAYING");
    assert!(last["offByMs"].as_f64().unwrap().abs() < 50.0, "{last}");

    let query = "query($code: String!) { listeningSession(code: $code) { host { id displayName } participants { user { displayName } } } }";
    let seen = host.query(query, json!({ "code": code })).await["listeningSession"].take();
    assert_eq!(seen["host"]["displayName"], "host");
    assert_eq!(seen["participants"].as_array().unwrap().len(), 1, "the guest has left");
}

#[tokio::test]
async fn what_was_acknowledged_survives_the_death_of_media_and_subscribers_miss_nothing() {
    let (platform, folder) = (Platform::start(), tempfile::tempdir().unwrap());
    let track = track(&platform, folder.path(), 60).await;
    let me = Client::register(&platform, "listener").await;
    let mut frames = watch(&me, None, None).await;
    done(&me, &format!("setQueue(input: {{ trackIds: [\"{track}\"] }})")).await;
    let mut version = 1;
    let mut shown = until_version(&mut frames, &json!(1)).await;
    for round in 0..3 {
        let mut acknowledged = Vec::new();
        for position in 1..=20 {
            if position == 10 {
                platform.kill("media");
            }
            let query = format!(
                "mutation {{ seek(positionMs: {}) {{ playback {{ version }} userErrors {{ code }} }} }}",
                round * 100 + position
            );
            // While media is away the router says so; a command that got no answer may or may not have been done.
            let (_, answer) = me.raw(&query, json!({})).await;
            acknowledged.extend(answer["data"]["seek"]["playback"]["version"].as_i64());
        }
        assert!(acknowledged.is_sorted_by(|one, other| one < other), "no version comes twice: {acknowledged:?}");
        assert!(acknowledged.first() > Some(&version), "and none goes back");
        platform.ready("media").await;
        let state = eventually("playback", Duration::from_secs(30), || async {
            let (_, mut answer) = me.raw(&format!("{{ viewer {{ playback {{ {STATE} }} }} }}"), json!({})).await;
            let state = answer["data"]["viewer"]["playback"].take();
            (!state.is_null()).then_some(state)
        })
        .await;
        assert!(state["version"].as_i64() >= acknowledged.last().copied(), "what was acknowledged is there");
        let mut frames = watch(&me, None, shown["cursor"].as_str()).await;
        while shown["version"] != state["version"] {
            let frame = next(&mut frames).await;
            assert_eq!(
                frame["version"].as_i64(),
                shown["version"].as_i64().map(|version| version + 1),
                "in order, once"
            );
            shown = frame;
        }
        version = state["version"].as_i64().unwrap();
    }
}

#[tokio::test]
async fn without_redis_commands_work_and_frames_come_without_postgres_they_are_refused_clearly() {
    let (platform, folder) = (Platform::start(), tempfile::tempdir().unwrap());
    let track = track(&platform, folder.path(), 60).await;
    let me = Client::register(&platform, "listener").await;
    let mut frames = watch(&me, None, None).await;
    done(&me, &format!("setQueue(input: {{ trackIds: [\"{track}\"] }})")).await;
    platform.hold("redis");
    tokio::time::sleep(Duration::from_secs(3)).await;
    for position in 1..=5 {
        done(&me, &format!("seek(positionMs: {position})")).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    platform.release("redis").await;
    done(&me, "pause").await;
    let mut versions = Vec::new();
    while versions.last() != Some(&7) {
        versions.push(next(&mut frames).await["version"].as_i64().unwrap());
    }
    assert_eq!(versions, (0..=7).collect::<Vec<i64>>(), "nothing is missing");

    platform.hold("postgres");
    let (_, refused) = me.raw("mutation { play { playback { version } userErrors { code } } }", json!({})).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{refused:#}");
    platform.release("postgres").await;
    let played = eventually("playback", Duration::from_secs(30), || async {
        let (_, answer) = me.raw("mutation { play { playback { version } userErrors { code } } }", json!({})).await;
        answer["data"]["play"]["playback"]["version"].as_i64()
    })
    .await;
    assert_eq!(until_version(&mut frames, &json!(played)).await["state"], "PLAYING", "the subscription was never cut");
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
