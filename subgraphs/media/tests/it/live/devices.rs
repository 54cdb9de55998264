//! One live view of all devices.

use polyphony_kit::Role;
use polyphony_testkit::{Statements, keys::viewer};
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Frames, Together, list, next};

const CHANGED: &str = "subscription { it: devicesChanged { id name online active volumePercent } }";

/// Reads frames until one shows a device so.
async fn until(frames: &mut Frames, name: &str, field: &str, value: Value) -> Value {
    loop {
        let frame = next(frames).await;
        let devices = frame.as_array().unwrap();
        if devices.iter().any(|device| device["name"] == name && device[field] == value) {
            return frame;
        }
    }
}

#[sqlx::test(migrations = false)]
async fn what_happens_to_devices_on_another_process_is_shown(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(2, 600_000).await);
    let [a, b] = &live.nodes;
    let mut frames = a.subscribe(&me, CHANGED, json!({}));
    assert_eq!(next(&mut frames).await, json!([]), "at once, though there is none");

    let phone = b.device(&me, "phone").await;
    until(&mut frames, "phone", "online", json!(false)).await;
    let mut listening = b.watch(&me, Some(&phone), None);
    next(&mut listening).await;
    until(&mut frames, "phone", "online", json!(true)).await;

    b.done(&me, &format!("setQueue(input: {{ trackIds: {}, deviceId: \"{phone}\" }})", list(&tracks))).await;
    until(&mut frames, "phone", "active", json!(true)).await;
    b.done(&me, &format!("setPlaybackOptions(input: {{ volumePercent: 30, deviceId: \"{phone}\" }})")).await;
    until(&mut frames, "phone", "volumePercent", json!(30)).await;

    let renamed = "mutation { it: registerDevice(input: { installationId: \"phone\", name: \"Hand\", kind: PHONE }) {
        device { id } } }";
    assert_eq!(b.ask(&me, renamed).await["it"]["device"]["id"], phone);
    until(&mut frames, "Hand", "volumePercent", json!(30)).await;

    drop(listening);
    until(&mut frames, "Hand", "online", json!(false)).await;
    b.ask(&me, &format!("mutation {{ forgetDevice(id: \"{phone}\") {{ ok }} }}")).await;
    while next(&mut frames).await != json!([]) {}
}

#[sqlx::test(migrations = false)]
async fn a_device_that_does_not_play_is_set_louder_in_sight_of_all(pool: PgPool) {
    let live = Together::new(pool).await;
    let me = viewer(Role::Listener);
    let [a, b] = &live.nodes;
    let speaker = a.device(&me, "speaker").await;
    let mut frames = a.subscribe(&me, CHANGED, json!({}));
    until(&mut frames, "speaker", "volumePercent", json!(100)).await;
    b.done(&me, &format!("setPlaybackOptions(input: {{ volumePercent: 7, deviceId: \"{speaker}\" }})")).await;
    until(&mut frames, "speaker", "volumePercent", json!(7)).await;
}

#[sqlx::test(migrations = false)]
async fn devices_of_others_are_not_shown_and_many_cost_as_much_as_one(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, other) = (viewer(Role::Listener), viewer(Role::Listener));
    let [a, _] = &live.nodes;
    a.device(&other, "theirs").await;
    for number in 0..20 {
        a.device(&me, &format!("device {number}")).await;
    }
    let schema_is_warm = next(&mut a.subscribe(&me, CHANGED, json!({}))).await;
    assert_eq!(schema_is_warm.as_array().unwrap().len(), 20);
    let statements = Statements::new();
    let frame = next(&mut a.subscribe(&me, CHANGED, json!({}))).await;
    assert_eq!(frame.as_array().unwrap().len(), 20);
    let devices = statements.seen().into_iter().filter(|text| text.contains("select id as")).count();
    assert_eq!(devices, 1, "{:#?}", statements.seen());
}
