//! Entries: adding, moving, removing, paging.

use polyphony_events::playlists::PlaylistChanged;
use polyphony_testkit::Statements;
use serde_json::json;
use sqlx::PgPool;

use crate::app::{TestApp, item, refusals, somebody, tracks};

#[sqlx::test(migrations = false)]
async fn tracks_are_added_at_the_end_or_behind_an_entry_in_their_order(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    let first = app.add(&ann, &id, &tracks(2), None).await;
    let last = app.add(&ann, &id, &tracks(2), None).await;
    let between = app.add(&ann, &id, &tracks(3), Some(&first[0])).await;
    let expected = [&first[..1], &between, &first[1..], &last].concat();
    assert_eq!(app.order(&ann, &id).await, expected);
    let seen = app.see(Some(&ann), &id).await;
    assert_eq!([&seen["itemCount"], &seen["version"]], [&json!(7), &json!(4)]);
    let told: Vec<_> = app.events::<PlaylistChanged>().await.iter().map(|e| (e.version, e.item_count)).collect();
    assert_eq!(told, [(1, 0), (2, 2), (3, 4), (4, 7)]);
}

#[sqlx::test(migrations = false)]
async fn the_same_track_may_stand_in_a_playlist_twice(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    let track = tracks(1)[0];
    let items = app.add(&ann, &id, &[track, track], None).await;
    assert_ne!(items[0], items[1]);
    app.try_remove(&ann, &id, &items[..1]).await;
    assert_eq!(app.order(&ann, &id).await, items[1..]);
}

#[sqlx::test(migrations = false)]
async fn an_entry_names_its_track_and_who_added_it(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let (id, track) = (app.playlist(&ann, "PRIVATE").await, tracks(1)[0]);
    let items = app.add(&ann, &id, &[track], None).await;
    let query = "query($id: ID!) { playlist(id: $id) { items { totalCount edges { node { __typename id track { id liked } \
                 addedBy { id } addedAt } } } } }";
    let data = app.door.query(Some(&ann), query, json!({ "id": id })).await;
    let node = json!({
        "__typename": "PlaylistItem", "id": items[0], "track": { "id": track, "liked": false },
        "addedBy": { "id": ann.user }, "addedAt": "2026-09-21T14:13:20+00:00",
    });
    assert_eq!(data["playlist"]["items"], json!({ "totalCount": 1, "edges": [{ "node": node }] }));
}

#[sqlx::test(migrations = false)]
async fn entries_move_to_the_top_or_behind_another_in_the_order_given(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    let items = app.add(&ann, &id, &tracks(5), None).await;
    let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|n| items[n].clone());
    app.try_move(&ann, &id, &[e.clone(), c.clone()], None).await;
    assert_eq!(app.order(&ann, &id).await, [&e, &c, &a, &b, &d].map(Clone::clone));
    app.try_move(&ann, &id, &[a.clone(), e.clone()], Some(&b)).await;
    assert_eq!(app.order(&ann, &id).await, [&c, &b, &a, &e, &d].map(Clone::clone));
    let moved = app.try_move(&ann, &id, std::slice::from_ref(&c), Some(&d)).await;
    assert_eq!(app.order(&ann, &id).await, [&b, &a, &e, &d, &c].map(Clone::clone));
    assert_eq!([&moved["playlist"]["version"], &moved["playlist"]["itemCount"]], [&json!(5), &json!(5)]);
}

#[sqlx::test(migrations = false)]
async fn what_cannot_be_done_is_refused_and_changes_nothing(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let (id, other) = (app.playlist(&ann, "PRIVATE").await, app.playlist(&ann, "PRIVATE").await);
    let items = app.add(&ann, &id, &tracks(3), None).await;
    let elsewhere = app.add(&ann, &other, &tracks(1), None).await;
    for anchor in [elsewhere[0].as_str(), "nonsense"] {
        let added = app.try_add(&ann, &id, &tracks(1), Some(anchor)).await;
        assert_eq!(refusals(&added), ["NOT_FOUND afterItemId"]);
        let moved = app.try_move(&ann, &id, &items[..1], Some(anchor)).await;
        assert_eq!(refusals(&moved), ["NOT_FOUND afterItemId"]);
    }
    let behind_itself = app.try_move(&ann, &id, &items[..2], Some(&items[1])).await;
    assert_eq!(refusals(&behind_itself), ["INVALID_INPUT afterItemId"]);
    for strange in [elsewhere.clone(), vec!["nonsense".to_owned()]] {
        assert_eq!(refusals(&app.try_move(&ann, &id, &strange, None).await), ["NOT_FOUND itemIds"]);
        assert_eq!(refusals(&app.try_remove(&ann, &id, &strange).await), ["NOT_FOUND itemIds"]);
    }
    assert_eq!(refusals(&app.try_remove(&ann, &id, &[]).await), ["INVALID_INPUT itemIds"]);
    for (count, refusal) in [(0, "INVALID_INPUT trackIds"), (501, "INVALID_INPUT trackIds")] {
        assert_eq!(refusals(&app.try_add(&ann, &id, &tracks(count), None).await), [refusal]);
    }
    let arguments = "playlistId: $id, trackIds: $ids";
    let variables = json!({ "id": id, "ids": [tracks(1)[0].to_string(), "trk_nonsense"] });
    let malformed = app.change(&ann, "addPlaylistItems", arguments, variables).await;
    assert_eq!(refusals(&malformed), ["INVALID_INPUT trackIds.1"]);
    assert_eq!(app.order(&ann, &id).await, items);
    assert_eq!(app.see(Some(&ann), &id).await["version"], 2);
}

#[sqlx::test(migrations = false)]
async fn entries_that_somebody_else_removed_are_passed_over(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    let items = app.add(&ann, &id, &tracks(4), None).await;
    app.try_remove(&ann, &id, &items[1..2]).await;
    assert_eq!(refusals(&app.try_move(&ann, &id, &items[1..3], None).await), [""; 0]);
    assert_eq!(app.order(&ann, &id).await, [2, 0, 3].map(|n| items[n].clone()));
    assert_eq!(app.try_remove(&ann, &id, &items[..2]).await["playlist"]["itemCount"], 2);
    assert_eq!(refusals(&app.try_remove(&ann, &id, &items[..2]).await), ["NOT_FOUND itemIds"]);
}

#[sqlx::test(migrations = false)]
async fn the_same_key_adds_once(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    let (one, other) = (tracks(2), tracks(2));
    let add = |tracks: &[_]| {
        let variables = json!({ "id": id, "ids": tracks, "key": "k" });
        let arguments = "playlistId: $id, trackIds: $ids, idempotencyKey: $key";
        let (app, ann) = (&app, &ann);
        async move { app.change(ann, "addPlaylistItems", arguments, variables).await }
    };
    let first = add(&one).await;
    assert_eq!(add(&one).await, first);
    assert_eq!(refusals(&add(&other).await), ["IDEMPOTENCY_KEY_REUSED idempotencyKey"]);
    assert_eq!(app.order(&ann, &id).await.len(), 2);
}

#[sqlx::test(migrations = false)]
async fn pages_stay_right_while_entries_come_go_and_move(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    let items = app.add(&ann, &id, &tracks(10), None).await;
    let (first, cursor) = app.page(&ann, &id, 4, None).await;
    assert_eq!(first, items[..4]);
    // Before the page's end: one more, one less, and the last one seen goes away. Behind it: one moves to the end.
    app.add(&ann, &id, &tracks(1), Some(&items[0])).await;
    app.try_remove(&ann, &id, &[items[1].clone(), items[3].clone()]).await;
    app.try_move(&ann, &id, &items[5..6], Some(&items[9])).await;
    let (second, end) = app.page(&ann, &id, 10, cursor.as_deref()).await;
    assert_eq!((second, end), ([4, 6, 7, 8, 9, 5].map(|n| items[n].clone()).to_vec(), None));
}

#[sqlx::test(migrations = false)]
async fn hundreds_of_entries_at_one_place_deal_out_positions_anew_and_cursors_survive(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    let ends = app.add(&ann, &id, &tracks(60), None).await;
    let (_, cursor) = app.page(&ann, &id, 50, None).await;
    let mut expected = ends.clone();
    for _ in 0..450 {
        let new = app.add(&ann, &id, &tracks(1), Some(&ends[0])).await;
        expected.splice(1..1, new);
    }
    assert_eq!(app.order(&ann, &id).await, expected);
    let sql = "select rank_epoch, (select max(length(position)) from playlist_items) from playlists";
    let (epoch, longest): (i32, i32) = sqlx::query_as(sql).fetch_one(&app.pool).await.unwrap();
    assert!(epoch >= 1 && longest <= 64, "epoch {epoch}, longest {longest}");
    let (rest, _) = app.page(&ann, &id, 100, cursor.as_deref()).await;
    assert_eq!(rest, ends[50..], "a cursor from before finds its place by its entry");
}

#[sqlx::test(migrations = false)]
async fn a_playlist_takes_ten_thousand_entries_and_no_more(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let id = app.playlist(&ann, "PRIVATE").await;
    for _ in 0..20 {
        app.add(&ann, &id, &tracks(500), None).await;
    }
    assert_eq!(refusals(&app.try_add(&ann, &id, &tracks(1), None).await), ["QUOTA_EXCEEDED trackIds"]);
    let all = app.order(&ann, &id).await;
    assert_eq!((all.len(), app.see(Some(&ann), &id).await["itemCount"].clone()), (10_000, json!(10_000)));

    // A move writes the moved rows alone, however long the list is.
    let before: Vec<(uuid::Uuid, String)> = positions(&app).await;
    app.try_move(&ann, &id, &all[9_000..9_003], Some(&all[10])).await;
    let moved: Vec<_> = before.iter().zip(positions(&app).await).filter(|(old, new)| *old != new).collect();
    let mut ids: Vec<_> = moved.iter().map(|(old, _)| old.0).collect();
    ids.sort();
    let mut meant: Vec<_> = all[9_000..9_003].iter().map(|id| item(id).0).collect();
    meant.sort();
    assert_eq!(ids, meant);
}

async fn positions(app: &TestApp) -> Vec<(uuid::Uuid, String)> {
    let sql = "select id, position from playlist_items order by id";
    sqlx::query_as(sql).fetch_all(&app.pool).await.unwrap()
}

#[sqlx::test(migrations = false)]
async fn a_playlist_costs_the_same_statements_with_one_entry_and_with_a_hundred(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let query = "query($id: ID!) { playlist(id: $id) { id title itemCount durationMs viewerRole \
        owner { id publicPlaylists(first: 1) { totalCount } } collaborators { user { id } role } \
        items(first: 100) { totalCount edges { node { id addedBy { id } track { id liked } } } } } }";
    let mut seen = Vec::new();
    for count in [1, 100] {
        let id = app.playlist(&ann, "PUBLIC").await;
        app.add(&ann, &id, &tracks(count), None).await;
        let statements = Statements::new();
        let data = app.door.query(Some(&ann), query, json!({ "id": id })).await;
        assert_eq!(data["playlist"]["items"]["edges"].as_array().unwrap().len(), count);
        seen.push(statements.seen());
    }
    assert_eq!(seen[0].len(), seen[1].len(), "{seen:#?}");
    assert_eq!(seen[0].len(), 6, "one per type and level: {:#?}", seen[0]);
}

#[sqlx::test(migrations = false)]
async fn a_list_of_playlists_with_entries_costs_the_same_statements_however_long(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let query = "{ publicPlaylists(first: 50) { totalCount edges { node { durationMs collaborators { role } \
        items(first: 3) { edges { node { track { liked } } } } } } } }";
    let mut seen = Vec::new();
    for count in [1, 30] {
        for _ in 0..count {
            let id = app.playlist(&ann, "PUBLIC").await;
            app.add(&ann, &id, &tracks(5), None).await;
        }
        let statements = Statements::new();
        let data = app.door.query(Some(&ann), query, json!({})).await;
        let edges = data["publicPlaylists"]["edges"].as_array().unwrap().clone();
        assert!(edges.iter().all(|edge| edge["node"]["items"]["edges"].as_array().unwrap().len() == 3));
        seen.push(statements.count());
    }
    assert_eq!((seen[0], seen[1]), (5, 5));
}
