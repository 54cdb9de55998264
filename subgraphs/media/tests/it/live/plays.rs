//! Plays count once.

use chrono::TimeDelta;
use polyphony_events::{TrackId, UploadId, catalog::PublicationStatus};
use polyphony_kit::{Role, UserId, Viewer};
use polyphony_testkit::keys::viewer;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Node, Together, list};
use crate::app::track_changed;

impl Together {
    pub(super) async fn plays(&self) -> Vec<Value> {
        self.base.events().await.into_iter().filter(|(kind, _)| kind == "TrackPlayed").map(|(_, data)| data).collect()
    }
}

async fn report(node: &Node, viewer: &Viewer, id: &str, track: &str, started_at: &str, played_ms: i64) -> Value {
    let input = json!({ "playId": id, "trackId": track, "startedAt": started_at, "playedMs": played_ms });
    let query = "mutation($input: ReportPlayInput!) { reportPlay(input: $input) { ok userErrors { code path } } }";
    node.door.query(Some(viewer), query, json!({ "input": input })).await["reportPlay"].take()
}

#[sqlx::test(migrations = false)]
async fn a_play_counts_after_thirty_seconds_or_half_of_the_track_once(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(1, 20_000).await);
    let long = live.tracks(1, 600_000).await;
    let [a, b] = &live.nodes;
    a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&[tracks[0].clone(), long[0].clone()]))).await;
    live.wait(9_000);
    tokio::join!(a.sweep(), b.sweep());
    assert_eq!(live.plays().await.len(), 0);
    live.wait(2_000);
    tokio::join!(a.sweep(), b.sweep());
    let plays = live.plays().await;
    assert_eq!((plays.len(), &plays[0]["track_id"], &plays[0]["played_ms"]), (1, &json!(tracks[0]), &json!(10_000)));
    // 20 s here, paused, then 10 s more: only what was heard counts, and it does so at a command, too.
    live.wait(9_000 + 20_000);
    a.done(&me, "pause").await;
    live.wait(60_000);
    b.done(&me, "play").await;
    live.wait(9_999);
    b.sweep().await;
    assert_eq!(live.plays().await.len(), 1);
    live.wait(1);
    b.done(&me, "pause").await;
    a.sweep().await;
    let plays = live.plays().await;
    assert_eq!((plays.len(), &plays[1]["track_id"], &plays[1]["played_ms"]), (2, &json!(long[0]), &json!(30_000)));
}

#[sqlx::test(migrations = false)]
async fn a_play_that_is_seen_and_reported_counts_once(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(1, 60_000).await);
    let [a, b] = &live.nodes;
    let state = a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks))).await;
    live.wait(31_000);
    a.sweep().await;
    let started = live.base.app.clock.now().to_rfc3339();
    let play = state["playId"].as_str().unwrap();
    for node in [a, b] {
        assert_eq!(report(node, &me, play, &tracks[0], &started, 31_000).await["ok"], true);
    }
    assert_eq!(live.plays().await.len(), 1);
    let earlier = (live.base.app.clock.now() - TimeDelta::days(2)).to_rfc3339();
    for (id, ms, expected) in
        [("offline", 29_999, 1), ("offline", 30_000, 2), ("offline", 60_000, 2), ("more", 45_000, 3)]
    {
        assert_eq!(report(b, &me, id, &tracks[0], &earlier, ms).await["ok"], true);
        assert_eq!(live.plays().await.len(), expected, "{id} {ms}");
    }
    let other = viewer(Role::Listener);
    report(b, &other, "offline", &tracks[0], &earlier, 60_000).await;
    assert_eq!(live.plays().await.len(), 4, "another person's play of the same name is another play");
}

#[sqlx::test(migrations = false)]
async fn a_report_that_cannot_be_is_refused(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(1, 60_000).await);
    let now = live.base.app.clock.now();
    let code = async |id: &str, track: &str, ago: TimeDelta, ms| {
        let answer = report(&live.nodes[0], &me, id, track, &(now - ago).to_rfc3339(), ms).await;
        assert_eq!(answer["ok"], false);
        answer["userErrors"][0]["code"].as_str().unwrap().to_owned()
    };
    let (hour, track) = (TimeDelta::hours(1), tracks[0].as_str());
    assert_eq!(code("", track, hour, 1).await, "INVALID_INPUT");
    assert_eq!(code("p", track, hour, -1).await, "INVALID_INPUT");
    assert_eq!(code("p", track, hour, 7_200_000).await, "INVALID_INPUT");
    assert_eq!(code("p", track, -hour, 1).await, "INVALID_INPUT");
    assert_eq!(code("p", track, TimeDelta::days(90), 1).await, "INVALID_INPUT");
    assert_eq!(code("p", "nonsense", hour, 1).await, "NOT_FOUND");
    assert_eq!(code("p", "trk_01h455vb4pex5vsknk084sn02q", hour, 1).await, "NOT_FOUND");
    assert_eq!(live.plays().await.len(), 0);
}

/// What the decoder found takes the place of what a header claimed, and the catalog tells of it.
async fn measured(live: &Together, track: &str, duration_ms: i64) {
    let id = TrackId::parse(track).unwrap();
    let (owner, upload): (Uuid, Uuid) =
        sqlx::query_as("select owner_id, upload_id from track_media where track_id = $1")
            .bind(id.0)
            .fetch_one(&live.base.pool)
            .await
            .unwrap();
    let (owner, upload) = (UserId(owner), UploadId(upload));
    sqlx::query("update encodings set duration_ms = $2 where upload_id = $1")
        .bind(upload.0)
        .bind(duration_ms)
        .execute(&live.base.pool)
        .await
        .unwrap();
    let upload = upload.to_string();
    live.base.hear(&track_changed(id, owner, Some(&upload), PublicationStatus::Published, 2)).await;
}

#[sqlx::test(migrations = false)]
async fn a_track_ends_where_it_ends_and_not_where_its_header_said(pool: PgPool) {
    let live = Together::new(pool).await;
    let me = viewer(Role::Listener);
    let (short, long) = (live.tracks(1, 5_000).await.remove(0), live.tracks(1, 600_000).await.remove(0));
    let [a, b] = &live.nodes;
    a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&[short.clone(), long.clone()]))).await;
    measured(&live, &short, 60_000).await;
    live.wait(6_000);
    tokio::join!(a.sweep(), b.sweep());
    let state = a.state(&me).await;
    assert_eq!((&state["track"]["id"], &state["durationMs"]), (&json!(short), &json!(60_000)), "{state:#}");
    live.wait(54_000);
    tokio::join!(a.sweep(), b.sweep());
    assert_eq!(a.state(&me).await["track"]["id"], json!(long));
    // One that is shorter than it claimed: everybody sees it when it is known.
    let frame = a.state(&me).await;
    measured(&live, &long, 20_000).await;
    b.sweep().await;
    let state = a.state(&me).await;
    assert_eq!((&state["durationMs"], &state["playId"]), (&json!(20_000), &frame["playId"]), "{state:#}");
    live.wait(20_000);
    a.sweep().await;
    assert_eq!(a.state(&me).await["state"], json!("STOPPED"));
}
