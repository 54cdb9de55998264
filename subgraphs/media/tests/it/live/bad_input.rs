//! What clients get wrong.

use polyphony_events::accounts::UserDeleted;
use polyphony_kit::Role;
use polyphony_testkit::{Statements, keys::viewer};
use serde_json::json;
use sqlx::PgPool;

use super::{Together, list};

#[sqlx::test(migrations = false)]
async fn what_cannot_be_done_is_refused_with_the_current_state(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, other) = (viewer(Role::Listener), viewer(Role::Listener));
    let tracks = live.tracks(2, 60_000).await;
    let (silent, unknown) = (live.silent_track().await, "trk_01h455vb4pex5vsknk084sn02q");
    let [a, b] = &live.nodes;
    for call in ["play", "seek(positionMs: 0)", "skipNext", "skipPrevious"] {
        assert_eq!(a.refused(&me, call).await, "CONFLICT", "{call} in an empty queue");
    }
    let theirs = b.device(&other, "phone").await;
    let state = a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks))).await;
    let item = state["queue"]["edges"][0]["node"]["id"].as_str().unwrap();
    for (call, code) in [
        ("seek(positionMs: -1)".to_owned(), "INVALID_INPUT"),
        ("seek(positionMs: 60001)".to_owned(), "INVALID_INPUT"),
        ("seek(positionMs: -2147483648)".to_owned(), "INVALID_INPUT"),
        (format!("pause(deviceId: \"{theirs}\")"), "NOT_FOUND"),
        ("pause(deviceId: \"nonsense\")".to_owned(), "NOT_FOUND"),
        (format!("transferPlayback(toDeviceId: \"{theirs}\")"), "NOT_FOUND"),
        ("transferPlayback(toDeviceId: \"nonsense\")".to_owned(), "NOT_FOUND"),
        ("skipTo(itemId: \"nonsense\")".to_owned(), "NOT_FOUND"),
        ("skipTo(itemId: \"qit_01h455vb4pex5vsknk084sn02q\")".to_owned(), "NOT_FOUND"),
        ("moveQueueItem(itemId: \"nonsense\")".to_owned(), "NOT_FOUND"),
        (format!("moveQueueItem(itemId: \"{item}\", afterItemId: \"nonsense\")"), "NOT_FOUND"),
        (format!("enqueue(trackIds: [\"{unknown}\"])"), "NOT_FOUND"),
        ("enqueue(trackIds: [\"nonsense\"])".to_owned(), "NOT_FOUND"),
        (format!("enqueue(trackIds: [\"{silent}\"])"), "NOT_PLAYABLE"),
        (format!("setQueue(input: {{ trackIds: {}, startIndex: 2 }})", list(&tracks)), "INVALID_INPUT"),
        (format!("setQueue(input: {{ trackIds: {}, startIndex: -1 }})", list(&tracks)), "INVALID_INPUT"),
        (format!("setQueue(input: {{ trackIds: {}, startPositionMs: 60001 }})", list(&tracks)), "INVALID_INPUT"),
        (format!("setQueue(input: {{ trackIds: {}, startPositionMs: -1 }})", list(&tracks)), "INVALID_INPUT"),
        (format!("setQueue(input: {{ trackIds: [\"{unknown}\"] }})"), "NOT_FOUND"),
        (format!("setQueue(input: {{ trackIds: {}, deviceId: \"{theirs}\" }})", list(&tracks)), "NOT_FOUND"),
        (format!("setPlaybackOptions(input: {{ volumePercent: 1, deviceId: \"{theirs}\" }})"), "NOT_FOUND"),
        ("setPlaybackOptions(input: { volumePercent: 101 })".to_owned(), "INVALID_INPUT"),
        ("setPlaybackOptions(input: { volumePercent: -1 })".to_owned(), "INVALID_INPUT"),
    ] {
        assert_eq!(a.refused(&me, &call).await, code, "{call}");
    }
    for call in [format!("skipTo(itemId: \"{item}\")"), format!("moveQueueItem(itemId: \"{item}\")")] {
        assert_eq!(b.refused(&other, &call).await, "NOT_FOUND", "{call}: another person's entry");
    }
    b.done(&other, &format!("removeQueueItems(itemIds: [\"{item}\"])")).await;
    assert_eq!(a.state(&me).await["version"], state["version"], "nothing has changed");
    assert_eq!(a.door.codes(None, "mutation { play { playback { id } } }", json!({})).await, ["UNAUTHENTICATED"]);
    assert_eq!(a.done(&me, "setQueue(input: { trackIds: [] })").await["state"], "STOPPED");
}

#[sqlx::test(migrations = false)]
async fn another_persons_session_and_devices_are_out_of_reach(pool: PgPool) {
    let live = Together::new(pool).await;
    let (host, stranger) = (viewer(Role::Listener), viewer(Role::Admin));
    let [a, b] = &live.nodes;
    let phone = a.device(&host, "phone").await;
    let started = a.ask(&host, "mutation { it: startListeningSession { session { id playback { version } } } }").await;
    let id = started["it"]["session"]["id"].as_str().unwrap();
    for call in [
        format!("leaveListeningSession(id: \"{id}\")"),
        format!("endListeningSession(id: \"{id}\")"),
        "leaveListeningSession(id: \"nonsense\")".to_owned(),
        format!("forgetDevice(id: \"{phone}\")"),
        format!("acknowledgeTransfer(deviceId: \"{phone}\", version: 0)"),
    ] {
        let query = format!("mutation {{ it: {call} {{ ok userErrors {{ code }} }} }}");
        let refused = json!({ "ok": false, "userErrors": [{ "code": "NOT_FOUND" }] });
        assert_eq!(b.ask(&stranger, &query).await["it"], refused, "{call}");
    }
    assert_eq!(a.state(&host).await["version"], started["it"]["session"]["playback"]["version"], "nothing has changed");
}

#[sqlx::test(migrations = false)]
async fn a_queue_has_ten_thousand_tracks_and_no_more(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(1, 60_000).await);
    let [a, _] = &live.nodes;
    let set = "mutation($ids: [ID!]!) { setQueue(input: { trackIds: $ids, startIndex: 9999 }) {
        playback { queueIndex queue { totalCount } } userErrors { code } } }";
    let add = "mutation($ids: [ID!]!) { enqueue(trackIds: $ids) { userErrors { code } } }";
    let ids = |count: usize| json!({ "ids": vec![tracks[0].clone(); count] });
    let refused = a.door.query(Some(&me), set, ids(10_001)).await;
    assert_eq!(refused["setQueue"]["userErrors"][0]["code"], "INVALID_INPUT");
    let full = a.door.query(Some(&me), set, ids(10_000)).await;
    assert_eq!(full["setQueue"]["playback"], json!({ "queueIndex": 9999, "queue": { "totalCount": 10_000 } }));
    assert_eq!(a.door.query(Some(&me), add, ids(1)).await["enqueue"]["userErrors"][0]["code"], "INVALID_INPUT");
    let state = a.done(&me, "setPlaybackOptions(input: { shuffle: true })").await;
    assert_eq!(state["queueIndex"], 0);
    assert_eq!(a.done(&me, "setPlaybackOptions(input: { shuffle: false })").await["queueIndex"], 9999);
}

#[sqlx::test(migrations = false)]
async fn playback_costs_as_many_statements_for_many_as_for_one(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(100, 60_000).await);
    let [a, _] = &live.nodes;
    let phone = a.device(&me, "phone").await;
    a.done(&me, &format!("setQueue(input: {{ trackIds: {}, deviceId: \"{phone}\" }})", list(&tracks))).await;
    let ids = [format!("ply_{}", &me.user.to_string()[4..])];
    let fields = "activeDevice { id } changedBy { id } queue { edges { node { id track { playable } } } }";
    let statements = Statements::new();
    a.door.entities(Some(&me), "PlaybackState", &ids, fields).await;
    let seen = statements.seen().into_iter().filter(|text| !text.contains("begin")).count();
    assert_eq!(seen, 4, "players, devices, entries, tracks: {:#?}", statements.seen());
}

#[sqlx::test(migrations = false)]
async fn a_deleted_person_leaves_nothing_and_their_session_goes_on(pool: PgPool) {
    let live = Together::new(pool).await;
    let (host, guest) = (viewer(Role::Listener), viewer(Role::Listener));
    let [a, b] = &live.nodes;
    a.device(&host, "phone").await;
    let started = a.ask(&host, "mutation { it: startListeningSession { session { code } } }").await;
    let code = started["it"]["session"]["code"].as_str().unwrap().to_owned();
    b.ask(&guest, &format!("mutation {{ joinListeningSession(code: \"{code}\") {{ session {{ id }} }} }}")).await;
    live.base.hear(&UserDeleted { user_id: host.user, version: 9 }).await;
    let query =
        format!("{{ it: listeningSession(code: \"{code}\") {{ host {{ id }} participants {{ user {{ id }} }} }} }}");
    let id = guest.user.to_string();
    assert_eq!(
        b.ask(&guest, &query).await["it"],
        json!({ "host": { "id": id }, "participants": [{ "user": { "id": id } }] })
    );
    assert_eq!(a.devices(&host).await, Vec::<serde_json::Value>::new());
    assert_eq!(a.state(&host).await["version"], 0);
}
