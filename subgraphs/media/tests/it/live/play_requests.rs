//! Requests to play that playlists has answered: they become the queue, unless they come too late.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{DeviceId, PlayContext, PlayRequestId, PlaylistId, TrackId, playlists::PlayRequested};
use polyphony_kit::{Event, Role, Viewer};
use polyphony_testkit::keys::{viewer, viewer_id};
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Node, Together, contexts::tracks_of, list, next};

const STATE: &str = "playback { version state track { id } queueIndex shuffle playRequestId activeDevice { id }
    context { kind playlist { id } } queue(first: 100) { totalCount edges { node { track { id } addedBy { id } } } } }";

async fn state(node: &Node, me: &Viewer) -> Value {
    node.door.entities(Some(me), "Viewer", &[viewer_id(me)], STATE).await[0]["playback"].take()
}

fn request(me: &Viewer, tracks: &[String], at: DateTime<Utc>) -> PlayRequested {
    PlayRequested {
        user_id: me.user,
        request_id: PlayRequestId::new(),
        requested_at: at,
        context: PlayContext::Playlist(PlaylistId::new()),
        track_ids: tracks.iter().map(|id| TrackId::parse(id).unwrap()).collect(),
        start_index: None,
        shuffle: None,
        device_id: None,
    }
}

#[sqlx::test(migrations = false)]
async fn a_request_becomes_the_queue_on_the_device_that_asked(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, mut tracks) = (viewer(Role::Listener), live.tracks(3, 60_000).await);
    let [a, b] = &live.nodes;
    let device = a.device(&me, "tab").await;
    let mut frames = b.watch(&me, None, None);
    assert_eq!(next(&mut frames).await["state"], "STOPPED");
    // What cannot be played is left out; when it was to begin, the next one begins.
    tracks.insert(1, live.silent_track().await);
    let asked = PlayRequested {
        start_index: Some(1),
        device_id: DeviceId::parse(&device),
        ..request(&me, &tracks, live.base.app.clock.now())
    };
    live.wait(100);
    live.base.hear(&asked).await;
    let frame = next(&mut frames).await;
    assert_eq!((&frame["state"], &frame["track"]["id"]), (&json!("PLAYING"), &json!(tracks[2])));
    let now = state(a, &me).await;
    assert_eq!(now["playRequestId"], asked.request_id.to_string());
    assert_eq!((&now["activeDevice"]["id"], &now["queueIndex"]), (&json!(device), &json!(1)));
    assert_eq!(tracks_of(&now), [tracks[0].clone(), tracks[2].clone(), tracks[3].clone()]);
    assert_eq!(now["queue"]["edges"][0]["node"]["addedBy"]["id"], me.user.to_string());
    let PlayContext::Playlist(playlist) = asked.context else { panic!("it is a playlist") };
    assert_eq!(now["context"], json!({ "kind": "PLAYLIST", "playlist": { "id": playlist.to_string() } }));
    // A command's queue is no request's.
    a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks[2..]))).await;
    assert_eq!(state(a, &me).await["playRequestId"], Value::Null);
}

#[sqlx::test(migrations = false)]
async fn a_request_that_something_newer_has_overtaken_changes_nothing(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(4, 60_000).await);
    let [a, _] = &live.nodes;
    let clock = &live.base.app.clock;
    let early = request(&me, &tracks[..1], clock.now());
    live.wait(1_000);
    a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks[1..2]))).await;
    live.base.hear(&early).await;
    assert_eq!(tracks_of(&state(a, &me).await), tracks[1..2], "the command came later");
    let (first, second) = (request(&me, &tracks[2..3], clock.now()), clock.now() + TimeDelta::seconds(1));
    live.wait(1_000);
    live.base.hear(&request(&me, &tracks[3..], second)).await;
    live.base.hear(&first).await;
    assert_eq!(tracks_of(&state(a, &me).await), tracks[3..], "of two requests the later one counts");
    // Other commands do not stand in the way of one.
    let asked = request(&me, &tracks[..2], clock.now() + TimeDelta::milliseconds(1));
    live.wait(2_000);
    a.done(&me, "pause").await;
    a.done(&me, "setPlaybackOptions(input: { shuffle: false })").await;
    live.base.hear(&asked).await;
    let now = state(a, &me).await;
    assert_eq!((tracks_of(&now), &now["state"]), (tracks[..2].to_vec(), &json!("PLAYING")));
    // Nor does it begin to play a minute later.
    let late = request(&me, &tracks[2..], clock.now());
    live.wait(61_000);
    live.base.hear(&late).await;
    assert_eq!(tracks_of(&state(a, &me).await), tracks[..2]);
}

#[sqlx::test(migrations = false)]
async fn a_request_of_a_guest_who_may_only_add_is_ignored_and_one_of_the_host_is_for_all(pool: PgPool) {
    let live = Together::new(pool).await;
    let (host, guest, tracks) = (viewer(Role::Listener), viewer(Role::Listener), live.tracks(2, 60_000).await);
    let [a, b] = &live.nodes;
    let call = "mutation { it: startListeningSession(guestsMayControl: false) { session { code } } }";
    let code = a.ask(&host, call).await["it"]["session"]["code"].as_str().unwrap().to_owned();
    let join = format!("mutation {{ it: joinListeningSession(code: \"{code}\") {{ userErrors {{ code }} }} }}");
    assert_eq!(b.ask(&guest, &join).await["it"]["userErrors"], json!([]));
    let now = live.base.app.clock.now();
    live.base.hear(&request(&guest, &tracks[1..], now)).await;
    assert_eq!(state(b, &guest).await["queue"]["totalCount"], 0);
    live.base.hear(&request(&host, &tracks[..1], now)).await;
    assert_eq!(tracks_of(&state(b, &guest).await), tracks[..1]);
}

#[sqlx::test(migrations = false)]
async fn ten_thousand_tracks_are_one_message_that_kafka_takes(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(1, 60_000).await);
    let [a, _] = &live.nodes;
    let mut asked = request(&me, &vec![tracks[0].clone(); 10_000], live.base.app.clock.now());
    asked.start_index = Some(9_999);
    asked.shuffle = Some(true);
    let size = serde_json::to_vec(&asked).unwrap().len();
    assert!(size < 400_000, "{size} bytes; the default limit of brokers is 1,000,000");
    live.base.hear(&asked).await;
    let now = state(a, &me).await;
    assert_eq!(
        (&now["queue"]["totalCount"], &now["shuffle"], &now["queueIndex"]),
        (&json!(10_000), &json!(true), &json!(0))
    );
    assert_eq!(PlayRequested::TYPE, "PlayRequested");
}
