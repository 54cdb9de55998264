//! Hand-over between devices.

use polyphony_kit::Role;
use polyphony_testkit::keys::viewer;
use serde_json::json;
use sqlx::PgPool;

use super::{Frames, Together, list, next};

async fn until_active(frames: &mut Frames, device: &str) -> serde_json::Value {
    loop {
        let frame = next(frames).await;
        if frame["activeDevice"]["id"] == device {
            return frame;
        }
    }
}

#[sqlx::test(migrations = false)]
async fn the_source_plays_on_until_the_target_has_acknowledged(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(2, 600_000).await);
    let [a, b] = &live.nodes;
    let (phone, speaker) = (a.device(&me, "phone").await, b.device(&me, "speaker").await);
    let options = format!("setPlaybackOptions(input: {{ volumePercent: 30, deviceId: \"{speaker}\" }})");
    a.done(&me, &options).await;
    let queue = format!("setQueue(input: {{ trackIds: {}, deviceId: \"{phone}\" }})", list(&tracks));
    let state = a.done(&me, &queue).await;
    assert_eq!((&state["activeDevice"]["id"], &state["volumePercent"]), (&json!(phone), &json!(100)));
    let (mut source, mut target) = (a.watch(&me, Some(&phone), None), b.watch(&me, Some(&speaker), None));
    next(&mut source).await;
    next(&mut target).await;

    let transfer = format!("transferPlayback(toDeviceId: \"{speaker}\")");
    let acknowledge = async {
        let told = until_active(&mut target, &speaker).await;
        let shown = next(&mut source).await;
        assert_eq!(shown["activeDevice"]["id"], json!(phone), "the source plays on");
        assert_eq!(shown["transferringTo"]["id"], json!(speaker));
        let call = format!("acknowledgeTransfer(deviceId: \"{speaker}\", version: {})", told["version"]);
        let query = format!("mutation {{ it: {call} {{ ok userErrors {{ code }} }} }}");
        assert_eq!(b.ask(&me, &query).await["it"]["ok"], true);
        assert_eq!(b.ask(&me, &query).await["it"]["ok"], true, "again changes nothing");
    };
    let (done, ()) = tokio::join!(a.done(&me, &transfer), acknowledge);
    assert_eq!((&done["activeDevice"]["id"], &done["state"]), (&json!(speaker), &json!("PLAYING")));
    assert_eq!(done["volumePercent"], 30, "each device has its volume");
    let stopped = until_active(&mut source, &speaker).await;
    assert_eq!(stopped["transferringTo"], json!(null));
    assert_eq!(stopped["playId"], state["playId"], "it is the same play");
}

#[sqlx::test(migrations = false)]
async fn a_target_that_is_not_there_or_silent_changes_nothing(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(2, 600_000).await);
    let [a, b] = &live.nodes;
    let (phone, speaker) = (a.device(&me, "phone").await, b.device(&me, "speaker").await);
    a.done(&me, &format!("setQueue(input: {{ trackIds: {}, deviceId: \"{phone}\" }})", list(&tracks))).await;
    let transfer = format!("transferPlayback(toDeviceId: \"{speaker}\")");
    let gone = a.playback(&me, &transfer).await;
    assert_eq!(gone["playback"]["version"], 1, "nothing has changed");
    // It is there, but it never answers.
    let mut frames = b.watch(&me, Some(&speaker), None);
    next(&mut frames).await;
    assert_eq!(a.refused(&me, &transfer).await, "DEVICE_UNREACHABLE");
    let gone_again = a.playback(&me, &format!("pause(deviceId: \"{phone}\")")).await;
    assert_eq!(gone_again["playback"]["activeDevice"]["id"], json!(phone), "the source was never stopped");
    assert_eq!(gone["userErrors"][0]["code"], "DEVICE_UNREACHABLE");
    let state = &gone["playback"];
    assert_eq!((&state["activeDevice"]["id"], &state["state"]), (&json!(phone), &json!("PLAYING")));
    let call = format!("acknowledgeTransfer(deviceId: \"{speaker}\", version: {})", gone_again["playback"]["version"]);
    let late = a.ask(&me, &format!("mutation {{ it: {call} {{ ok userErrors {{ code }} }} }}")).await;
    assert_eq!(late["it"], json!({ "ok": false, "userErrors": [{ "code": "CONFLICT" }] }));
}

#[sqlx::test(migrations = false)]
async fn of_two_transfers_at_once_one_counts(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(2, 600_000).await);
    let [a, b] = &live.nodes;
    let phone = a.device(&me, "phone").await;
    let targets = [a.device(&me, "tv").await, b.device(&me, "speaker").await];
    a.done(&me, &format!("setQueue(input: {{ trackIds: {}, deviceId: \"{phone}\" }})", list(&tracks))).await;
    let mut views = [a.watch(&me, Some(&targets[0]), None), b.watch(&me, Some(&targets[1]), None)];
    for view in &mut views {
        next(view).await;
    }
    let answer = async |node: &super::Node, device: &str, frames: &mut Frames| {
        for _ in 0..2 {
            let frame = until_active(frames, device).await;
            if frame["transferringTo"].is_null() {
                return;
            }
            let call = format!("acknowledgeTransfer(deviceId: \"{device}\", version: {})", frame["version"]);
            node.ask(&me, &format!("mutation {{ it: {call} {{ ok }} }}")).await;
        }
    };
    let calls = targets.each_ref().map(|target| format!("transferPlayback(toDeviceId: \"{target}\")"));
    let [first, second] = &mut views;
    let mut results = tokio::select! {
        results = async { tokio::join!(a.playback(&me, &calls[0]), b.playback(&me, &calls[1])) } => [results.0, results.1],
        _ = async { tokio::join!(answer(a, &targets[0], first), answer(b, &targets[1], second), std::future::pending::<()>()) } => {
            unreachable!("the last of them never ends")
        }
    };
    let active = a.state(&me).await["activeDevice"]["id"].clone();
    assert!(targets.iter().any(|target| active == **target), "{active}");
    results.sort_by_key(|payload| payload["userErrors"].as_array().unwrap().len());
    assert_eq!(results[0]["userErrors"], json!([]));
    // Both may be done, one after the other; else the first gave way.
    if let Some(refusal) = results[1]["userErrors"].as_array().unwrap().first() {
        assert_eq!(refusal["code"], "CONFLICT");
    }
}

#[sqlx::test(migrations = false)]
async fn a_forgotten_device_plays_no_more(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(2, 600_000).await);
    let [a, _] = &live.nodes;
    let phone = a.device(&me, "phone").await;
    a.done(&me, &format!("setQueue(input: {{ trackIds: {}, deviceId: \"{phone}\" }})", list(&tracks))).await;
    let forget = format!("mutation {{ it: forgetDevice(id: \"{phone}\") {{ ok userErrors {{ code }} }} }}");
    let other = viewer(Role::Admin);
    assert_eq!(a.ask(&other, &forget).await["it"]["userErrors"][0]["code"], "NOT_FOUND");
    assert_eq!(a.ask(&me, &forget).await["it"]["ok"], true);
    let state = a.state(&me).await;
    assert_eq!((&state["state"], &state["activeDevice"]), (&json!("PAUSED"), &json!(null)));
    assert_eq!(a.devices(&me).await, Vec::<serde_json::Value>::new());
}
