//! Live frames: at once, every change, behind a cursor, from any process.

use polyphony_kit::Role;
use polyphony_testkit::keys::viewer;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{Together, list, next, until_version};

#[sqlx::test(migrations = false)]
async fn every_change_reaches_subscribers_of_both_processes_in_order(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(2, 600_000).await);
    let [a, b] = &live.nodes;
    let (mut here, mut there) = (a.watch(&me, None, None), b.watch(&me, None, None));
    assert_eq!(
        (next(&mut here).await["version"].clone(), next(&mut there).await["version"].clone()),
        (json!(0), json!(0))
    );
    a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks))).await;
    for position in 1..20 {
        [a, b][position % 2].done(&me, &format!("seek(positionMs: {position})")).await;
    }
    for frames in [&mut here, &mut there] {
        let mut versions = Vec::new();
        while versions.last() != Some(&20) {
            versions.push(next(frames).await["version"].as_i64().unwrap());
        }
        assert_eq!(versions, (1..=20).collect::<Vec<i64>>());
    }
}

#[sqlx::test(migrations = false)]
async fn what_was_missed_comes_in_order_once_from_the_other_process(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(2, 600_000).await);
    let [a, b] = &live.nodes;
    let mut frames = a.watch(&me, None, None);
    a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks))).await;
    let seen = until_version(&mut frames, 1).await;
    drop(frames);
    for position in 1..=250 {
        a.done(&me, &format!("seek(positionMs: {position})")).await;
    }
    let cursor = seen["cursor"].as_str().unwrap();
    let mut frames = b.watch(&me, None, Some(cursor));
    for version in 2..=251 {
        let frame = next(&mut frames).await;
        assert_eq!((frame["version"].as_i64(), frame["anchorPositionMs"].as_i64()), (Some(version), Some(version - 1)));
    }
    // Nothing was missed: the next change is the first frame.
    let cursor = a.state(&me).await["cursor"].as_str().unwrap().to_owned();
    let mut frames = b.watch(&me, None, Some(&cursor));
    let (frame, _) = tokio::join!(next(&mut frames), async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        a.done(&me, "pause").await
    });
    assert_eq!(frame["version"], 252);
}

#[sqlx::test(migrations = false)]
async fn a_cursor_that_is_too_old_or_no_cursor_gives_the_whole_state(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(2, 3_600_000).await);
    let [a, _] = &live.nodes;
    let old = a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks))).await;
    a.done(&me, "seek(positionMs: 1)").await;
    live.wait(5 * 60_000);
    live.base.app.store.prune_frames(live.base.app.clock.now()).await.unwrap();
    let cursor = old["cursor"].as_str().unwrap();
    let after_five_minutes = next(&mut a.watch(&me, None, Some(cursor))).await;
    assert_eq!(after_five_minutes["version"], 2, "it is kept");
    live.wait(6 * 60_000);
    a.done(&me, "seek(positionMs: 2)").await;
    live.base.app.store.prune_frames(live.base.app.clock.now()).await.unwrap();
    for cursor in [cursor, "nonsense", "WzEsMl0"] {
        assert_eq!(next(&mut a.watch(&me, None, Some(cursor))).await["version"], 3, "{cursor}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_slow_subscriber_gets_the_newest_state(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, tracks) = (viewer(Role::Listener), live.tracks(2, 600_000).await);
    let [a, b] = &live.nodes;
    a.done(&me, &format!("setQueue(input: {{ trackIds: {} }})", list(&tracks))).await;
    let mut frames = b.watch(&me, None, None);
    next(&mut frames).await;
    for position in 1..=100 {
        a.done(&me, &format!("seek(positionMs: {position})")).await;
    }
    // It did not look for a hundred frames, far more than are kept for it.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let mut versions = vec![next(&mut frames).await["version"].as_i64().unwrap()];
    while versions.last() != Some(&101) {
        versions.push(next(&mut frames).await["version"].as_i64().unwrap());
    }
    assert!(versions.is_sorted_by(|one, other| one < other) && versions.len() < 50, "{versions:?}");
}

#[sqlx::test(migrations = false)]
async fn a_device_is_there_while_it_listens_and_its_processes_live(pool: PgPool) {
    let mut live = Together::new(pool).await;
    let me = viewer(Role::Listener);
    let ids = [live.nodes[0].device(&me, "phone").await, live.nodes[0].device(&me, "tablet").await];
    let online = async |live: &Together| -> Vec<Value> {
        let devices = live.nodes[1].devices(&me).await;
        ids.iter().map(|id| devices.iter().find(|device| device["id"] == **id).unwrap()["online"].clone()).collect()
    };
    assert_eq!(online(&live).await, [false, false]);
    let mut phone = live.nodes[0].watch(&me, Some(&ids[0]), None);
    next(&mut phone).await;
    assert_eq!(online(&live).await, [true, false], "as seen from the other process");
    live.wait(13_000);
    polyphony_testkit::eventually("it to be renewed while it listens", async || {
        (online(&live).await == [true, false]).then_some(())
    })
    .await;
    live.nodes[0].kill();
    live.wait(15_000);
    assert_eq!(online(&live).await, [false, false], "nobody renews for a dead process");
    drop(phone);

    let mut phone = live.nodes[1].watch(&me, Some(&ids[0]), None);
    next(&mut phone).await;
    assert_eq!(online(&live).await, [true, false]);
    drop(phone);
    polyphony_testkit::eventually("the phone to be gone", async || (online(&live).await[0] == false).then_some(()))
        .await;
}

#[sqlx::test(migrations = false)]
async fn nobody_listens_as_the_device_of_another(pool: PgPool) {
    let live = Together::new(pool).await;
    let (me, other) = (viewer(Role::Listener), viewer(Role::Admin));
    let [a, _] = &live.nodes;
    let device = a.device(&me, "phone").await;
    assert_eq!(next(&mut a.watch(&other, Some(&device), None)).await, "FORBIDDEN");
    assert_eq!(next(&mut a.watch(&other, Some("nonsense"), None)).await, "FORBIDDEN");
}
