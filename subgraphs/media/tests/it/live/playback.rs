//! Commands and what becomes of them.

use std::collections::HashSet;

use polyphony_kit::Role;
use polyphony_testkit::keys::{viewer, viewer_id};
use serde_json::json;
use sqlx::PgPool;

use super::{Together, items_of, list, queue_of};

#[sqlx::test(migrations = false)]
async fn a_queue_plays_from_track_to_track_and_stops_at_its_beginning(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(3, 10_000).await);
    let [a, b] = &live.nodes;
    let state = a.done(&me, &format!("setQueue(input: {{ trackIds: {}, startIndex: 1 }})", list(&tracks))).await;
    assert_eq!((&state["state"], &state["queueIndex"], &state["version"]), (&json!("PLAYING"), &json!(1), &json!(1)));
    live.wait(12_000);
    b.sweep().await;
    let state = b.state(&me).await;
    assert_eq!((&state["track"]["id"], &state["queueIndex"]), (&json!(tracks[2]), &json!(2)));
    // The anchor is the end of the track before, however late the sweep was.
    let anchored = state["anchorServerTime"].as_f64().unwrap();
    assert!((a.app.clock.now_ms() - anchored - 2000.0).abs() < 0.01);
    live.wait(10_000);
    a.sweep().await;
    let state = a.state(&me).await;
    assert_eq!((&state["state"], &state["track"]["id"]), (&json!("STOPPED"), &json!(tracks[0])));
    assert_eq!(a.done(&me, "play").await["state"], "PLAYING");
    let state = a.done(&me, "skipNext").await;
    assert_eq!(state["track"]["id"], json!(tracks[1]));
    live.wait(5_000);
    assert_eq!(a.done(&me, "skipPrevious").await["track"]["id"], json!(tracks[1]), "begun again");
    assert_eq!(a.done(&me, "skipPrevious").await["track"]["id"], json!(tracks[0]));
    let state = a.done(&me, "setPlaybackOptions(input: { repeat: ALL })").await;
    assert_eq!(state["repeat"], "ALL");
    assert_eq!(a.done(&me, "skipPrevious").await["track"]["id"], json!(tracks[2]));
    assert_eq!(a.done(&me, "skipNext").await["track"]["id"], json!(tracks[0]));
}

#[sqlx::test(migrations = false)]
async fn a_shuffled_queue_gets_its_order_back(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(50, 10_000).await);
    let [a, _] = &live.nodes;
    a.done(&me, &format!("setQueue(input: {{ trackIds: {}, startIndex: 20 }})", list(&tracks[..48]))).await;
    let shuffled = a.done(&me, "setPlaybackOptions(input: { shuffle: true })").await;
    assert_eq!((&shuffled["queueIndex"], &shuffled["track"]["id"]), (&json!(0), &json!(tracks[20])));
    assert_ne!(queue_of(&shuffled), tracks[..48]);
    assert_eq!(queue_of(&shuffled).iter().collect::<HashSet<_>>(), tracks[..48].iter().collect());
    let next = a.done(&me, &format!("enqueue(trackIds: {}, position: NEXT)", list(&tracks[48..49]))).await;
    assert_eq!(queue_of(&next)[1], tracks[48]);
    let plain = a.done(&me, "setPlaybackOptions(input: { shuffle: false })").await;
    assert_eq!(queue_of(&plain), tracks[..49]);
    assert_eq!((&plain["queueIndex"], &plain["track"]["id"]), (&json!(20), &json!(tracks[20])));
}

#[sqlx::test(migrations = false)]
async fn entries_move_and_go_and_the_same_place_takes_any_number(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(60, 10_000).await);
    let [a, _] = &live.nodes;
    let state = a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks[..4]))).await;
    let items = items_of(&state);
    let moved = a.done(&me, &format!("moveQueueItem(itemId: \"{}\", afterItemId: \"{}\")", items[0], items[2])).await;
    let order = |state: &serde_json::Value| -> Vec<usize> {
        queue_of(state).iter().map(|track| tracks.iter().position(|known| known == track).unwrap()).collect()
    };
    assert_eq!((order(&moved), &moved["queueIndex"]), (vec![1, 2, 0, 3], &json!(2)));
    let top = a.done(&me, &format!("moveQueueItem(itemId: \"{}\")", items[3])).await;
    assert_eq!(order(&top), [3, 1, 2, 0]);
    // Forty times behind the same entry: there is no room for so many, so places are dealt out anew.
    for track in &tracks[4..44] {
        a.done(&me, &format!("enqueue(trackIds: [\"{track}\"], position: NEXT)")).await;
    }
    let expected: Vec<usize> = [3, 1, 2, 0].into_iter().chain((4..44).rev()).collect();
    assert_eq!(order(&a.state(&me).await), expected);
    let gone = a.done(&me, &format!("removeQueueItems(itemIds: [\"{}\"])", items[0])).await;
    assert_eq!((order(&gone)[3], &gone["track"]["id"], &gone["state"]), (43, &json!(tracks[43]), &json!("PLAYING")));
    let again = a.done(&me, &format!("removeQueueItems(itemIds: [\"{}\", \"nonsense\"])", items[0])).await;
    assert_eq!(again["version"], gone["version"]);
}

#[sqlx::test(migrations = false)]
async fn an_idempotency_key_adds_once_and_a_stale_command_gets_the_current_state(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(3, 10_000).await);
    let [a, b] = &live.nodes;
    let add = format!("enqueue(trackIds: [\"{}\"], idempotencyKey: \"k\")", tracks[0]);
    let first = a.done(&me, &add).await;
    assert_eq!(b.done(&me, &add).await["version"], first["version"]);
    let other = format!("enqueue(trackIds: [\"{}\"], idempotencyKey: \"k\")", tracks[1]);
    assert_eq!(b.refused(&me, &other).await, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(first["queue"]["totalCount"], 1);
    assert_eq!((&first["state"], &first["track"]["id"]), (&json!("STOPPED"), &json!(tracks[0])));
    a.done(&me, "play(baseVersion: 1)").await;
    let stale = b.playback(&me, "pause(baseVersion: 1)").await;
    assert_eq!(stale["userErrors"][0]["code"], "STALE_VERSION");
    assert_eq!((&stale["playback"]["state"], &stale["playback"]["version"]), (&json!("PLAYING"), &json!(2)));
    assert_eq!(b.done(&me, "pause(baseVersion: 2)").await["state"], "PAUSED");
}

#[sqlx::test(migrations = false)]
async fn something_like_it_follows_when_the_queue_ends_unless_that_is_not_wanted(pool: PgPool) {
    let live = Together::new(pool).await;
    let tracks = live.tracks(3, 10_000).await;
    sqlx::query(
        "insert into track_facts (track_id, duration_ms, artist_ids, genres, version)
         select track_id, 10000, '{}', '{Jazz}', 1 from track_media",
    )
    .execute(&live.base.pool)
    .await
    .unwrap();
    let [a, _] = &live.nodes;
    for (wants, expected) in [(None, "PLAYING"), (Some(true), "PLAYING"), (Some(false), "STOPPED")] {
        let me = viewer(Role::Listener);
        if let Some(wants) = wants {
            sqlx::query("insert into autoplay_choices values ($1, $2, 1)")
                .bind(me.user.0)
                .bind(wants)
                .execute(&live.base.pool)
                .await
                .unwrap();
        }
        a.done(&me, &format!("setQueue(input: {{ trackIds: [\"{}\"] }})", tracks[0])).await;
        live.wait(11_000);
        a.sweep().await;
        let state = a.state(&me).await;
        assert_eq!(state["state"], expected, "{wants:?}");
        if expected == "PLAYING" {
            assert_ne!(state["track"]["id"], json!(tracks[0]));
            assert_eq!(queue_of(&state).len(), 3);
        }
    }
}

#[sqlx::test(migrations = false)]
async fn a_forgotten_player_does_not_play_for_ever(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(1, 60_000).await);
    let [a, _] = &live.nodes;
    a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks))).await;
    a.done(&me, "setPlaybackOptions(input: { repeat: ALL })").await;
    for _ in 0..15 {
        live.wait(60_000);
        a.sweep().await;
    }
    assert_eq!(a.state(&me).await["state"], "PAUSED");
}

#[sqlx::test(migrations = false)]
async fn who_listens_is_not_taken_for_gone_when_redis_has_forgotten_them(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(1, 60_000).await);
    let [a, _] = &live.nodes;
    let mut frames = a.watch(&me, None, None);
    super::next(&mut frames).await;
    a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks))).await;
    a.done(&me, "setPlaybackOptions(input: { repeat: ALL })").await;
    for _ in 0..15 {
        // Longer than Redis keeps them, and sooner than they are renewed.
        live.wait(60_000);
        a.sweep().await;
    }
    assert_eq!(a.state(&me).await["state"], "PLAYING");
}

#[sqlx::test(migrations = false)]
async fn pages_of_a_queue_are_stable_while_entries_come_and_go(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(8, 10_000).await);
    let [a, _] = &live.nodes;
    let state = a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks[..7]))).await;
    let cursor = state["queue"]["edges"][2]["cursor"].as_str().unwrap();
    a.done(&me, &format!("enqueue(trackIds: [\"{}\"], position: NEXT)", tracks[7])).await;
    a.done(&me, &format!("removeQueueItems(itemIds: [\"{}\"])", items_of(&state)[2])).await;
    let fields = format!(
        "playback {{ queue(first: 2, after: \"{cursor}\") {{ totalCount pageInfo {{ hasNextPage }} edges {{ node {{ track {{ id }} }} }} }} }}"
    );
    let found = a.door.entities(Some(&me), "Viewer", &[viewer_id(&me)], &fields).await;
    let page = &found[0]["playback"];
    assert_eq!(queue_of(page), tracks[3..5]);
    assert_eq!((&page["queue"]["totalCount"], &page["queue"]["pageInfo"]["hasNextPage"]), (&json!(7), &json!(true)));
}
