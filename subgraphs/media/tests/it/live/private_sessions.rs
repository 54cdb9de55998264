//! Private sessions: what is played meanwhile is told to nobody.

use chrono::TimeDelta;
use polyphony_kit::{Role, Viewer};
use polyphony_testkit::keys::{viewer, viewer_id};
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Node, Together, list, next};

const FIELDS: &str = "privateSession { startedAt endsAt } playback { privateUntil }";

async fn turn(node: &Node, me: &Viewer, enabled: bool) -> Value {
    let query = format!(
        "mutation {{ it: setPrivateSession(enabled: {enabled}) {{ viewer {{ id privateSession {{ endsAt }} }} userErrors {{ code }} }} }}"
    );
    let mut payload = node.ask(me, &query).await["it"].take();
    assert_eq!((&payload["userErrors"], &payload["viewer"]["id"]), (&json!([]), &json!(viewer_id(me))));
    payload["viewer"]["privateSession"].take()
}

async fn shown(node: &Node, me: &Viewer) -> Value {
    node.door.entities(Some(me), "Viewer", &[viewer_id(me)], FIELDS).await[0].take()
}

#[sqlx::test(migrations = false)]
async fn plays_of_a_private_session_count_nowhere_however_they_are_told(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(2, 600_000).await);
    let [a, b] = &live.nodes;
    a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks))).await;
    live.wait(20_000);
    turn(a, &me, true).await;
    let private_play = a.state(&me).await["playId"].as_str().unwrap().to_owned();
    live.wait(20_000);
    b.sweep().await;
    assert_eq!(live.plays().await.len(), 0, "it went on into the private session");
    a.done(&me, "skipNext").await;
    live.wait(31_000);
    a.sweep().await;
    assert_eq!(live.plays().await.len(), 0);
    assert_eq!(turn(b, &me, false).await, Value::Null);
    // Reports of that time count no more than what was seen; those of before and after do.
    let now = live.base.app.clock.now();
    let query = "mutation($input: ReportPlayInput!) { it: reportPlay(input: $input) { ok } }";
    for (id, ago, expected) in
        [(private_play.as_str(), 71, 0), ("offline", 40, 0), ("before", 3600, 1), ("again", 40, 1)]
    {
        let started = (now - TimeDelta::seconds(ago)).to_rfc3339();
        let input = json!({ "playId": id, "trackId": tracks[0], "startedAt": started, "playedMs": 31_000 });
        assert_eq!(a.door.query(Some(&me), query, json!({ "input": input })).await["it"]["ok"], true);
        assert_eq!(live.plays().await.len(), expected, "{id}");
    }
    live.wait(1);
    a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks))).await;
    live.wait(31_000);
    a.sweep().await;
    assert_eq!(live.plays().await.len(), 2, "what is begun afterwards counts");
}

#[sqlx::test(migrations = false)]
async fn a_private_session_is_seen_on_all_devices_and_ends_by_itself(pool: PgPool) {
    let live = Together::new(pool).await;
    let me = viewer(Role::Listener);
    let [a, b] = &live.nodes;
    assert_eq!(shown(a, &me).await, json!({ "privateSession": null, "playback": { "privateUntil": null } }));
    let query = "subscription { it: playbackChanged { version privateUntil } }";
    let mut frames = b.subscribe(&me, query, json!({}));
    assert_eq!(next(&mut frames).await["privateUntil"], Value::Null);
    let ends_at = turn(a, &me, true).await["endsAt"].take();
    assert_eq!(next(&mut frames).await["privateUntil"], ends_at);
    live.wait(3_600_000);
    let extended = turn(a, &me, true).await["endsAt"].take();
    assert_ne!(extended, ends_at);
    assert_eq!(next(&mut frames).await["privateUntil"], extended);
    live.wait(6 * 3_600_000 - 1);
    b.sweep().await;
    assert_eq!(shown(a, &me).await["privateSession"]["endsAt"], extended);
    live.wait(1);
    b.sweep().await;
    assert_eq!(next(&mut frames).await["privateUntil"], Value::Null);
    assert_eq!(shown(a, &me).await, json!({ "privateSession": null, "playback": { "privateUntil": null } }));
}

#[sqlx::test(migrations = false)]
async fn in_a_party_it_is_private_for_one_and_counts_for_the_others(pool: PgPool) {
    let live = Together::new(pool).await;
    let (host, guest, tracks) = (viewer(Role::Listener), viewer(Role::Listener), live.tracks(1, 600_000).await);
    let [a, b] = &live.nodes;
    turn(b, &guest, true).await;
    a.done(&host, &format!("setQueue(input: {{ trackIds: {}, play: false }})", list(&tracks))).await;
    let call = "mutation { it: startListeningSession { session { code } } }";
    let code = a.ask(&host, call).await["it"]["session"]["code"].as_str().unwrap().to_owned();
    let join = format!("mutation {{ it: joinListeningSession(code: \"{code}\") {{ userErrors {{ code }} }} }}");
    assert_eq!(b.ask(&guest, &join).await["it"]["userErrors"], json!([]));
    a.done(&host, "play").await;
    live.wait(31_000);
    a.sweep().await;
    let plays = live.plays().await;
    assert_eq!((plays.len(), &plays[0]["user_id"]), (1, &json!(host.user.to_string())));
    let seen = shown(b, &guest).await;
    assert!(seen["privateSession"]["endsAt"].is_string());
    assert_eq!(seen["playback"]["privateUntil"], seen["privateSession"]["endsAt"], "also while the session's is shown");
    assert_eq!(shown(a, &host).await["playback"]["privateUntil"], Value::Null);
}
