//! Ten thousand entries cost what a hundred cost, and there is no ten-thousand-and-first.

use polyphony_events::{PlaylistId, PlaylistItemId};
use polyphony_kit::Viewer;
use polyphony_testkit::Statements;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool, Row, postgres::PgPoolOptions};
use uuid::Uuid;

use crate::app::{TestApp, refusals, somebody, tracks};

/// A playlist with so many entries, added 500 at a time; its id.
async fn long(app: &TestApp, viewer: &Viewer, entries: usize) -> String {
    let id = app.playlist(viewer, "PRIVATE").await;
    let all = tracks(entries);
    for some in all.chunks(500) {
        app.add(viewer, &id, some, None).await;
    }
    sqlx::query("analyze playlist_items").execute(&app.pool).await.unwrap();
    id
}

/// How many statements a page in the middle and a move cost, and how many entries the move wrote.
async fn cost(app: &TestApp, viewer: &Viewer, id: &str) -> (usize, usize, i64) {
    let middle = "select id from playlist_items where playlist_id = $1 order by position \
                  offset (select item_count / 2 from playlists where id = $1) limit 1";
    let playlist = PlaylistId::parse(id).unwrap();
    let middle: Uuid = sqlx::query_scalar(middle).bind(playlist.0).fetch_one(&app.pool).await.unwrap();
    let middle = PlaylistItemId(middle).to_string();
    let (first, after) = app.page(viewer, id, 20, None).await;
    let statements = Statements::new();
    app.page(viewer, id, 20, after.as_deref()).await;
    let page = statements.count();
    drop(statements);
    let statements = Statements::new();
    app.try_move(viewer, id, &first[3..4], Some(&middle)).await;
    let moved = statements.count();
    drop(statements);
    let written = "select count(*) from playlist_items i join playlists p on p.id = i.playlist_id \
                   where p.id = $1 and i.since = p.version";
    let written: i64 = sqlx::query_scalar(written).bind(playlist.0).fetch_one(&app.pool).await.unwrap();
    (page, moved, written)
}

#[sqlx::test(migrations = false)]
async fn ten_thousand_entries_page_and_move_as_a_hundred_do_and_take_no_more(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let (short, full) = (long(&app, &ann, 100).await, long(&app, &ann, 10_000).await);
    for id in [&short, &full] {
        let plan = plan(&app, &ann, id).await;
        // What the page is limited to is sorted by playlist; what it is taken from is not.
        let (_, taken_from) = plan.split_once("Limit").unwrap();
        assert!(taken_from.contains("playlist_items_position_key") && !taken_from.contains("Sort"), "{plan}");
    }
    let (few, many) = (cost(&app, &ann, &short).await, cost(&app, &ann, &full).await);
    assert_eq!(few, many, "statements of a page and of a move, and entries written by the move");
    assert_eq!(many.2, 1);

    let (items, _) = app.page(&ann, &full, 100, None).await;
    assert_eq!(refusals(&app.try_add(&ann, &full, &tracks(1), None).await), ["QUOTA_EXCEEDED trackIds"]);
    app.try_remove(&ann, &full, &items[..1]).await;
    assert_eq!(refusals(&app.try_add(&ann, &full, &tracks(2), None).await), ["QUOTA_EXCEEDED trackIds"]);
    assert_eq!(refusals(&app.try_add(&ann, &full, &tracks(1), None).await), [""; 0]);
    assert_eq!(app.see(Some(&ann), &full).await["itemCount"], 10_000);

    // All at once is more than a call takes, whatever the room.
    let empty = app.playlist(&ann, "PRIVATE").await;
    assert_eq!(refusals(&app.try_add(&ann, &empty, &tracks(10_001), None).await), ["INVALID_INPUT trackIds"]);
    assert_eq!(
        refusals(&app.try_move(&ann, &full, &items[5..6], Some(&items[5])).await),
        ["INVALID_INPUT afterItemId"]
    );
}

/// How the database reads a page in the middle of this playlist: the plan of the very statement that was prepared for it.
async fn plan(app: &TestApp, viewer: &Viewer, id: &str) -> String {
    // Statements are prepared for a connection, so there is only one.
    let options = PgPoolOptions::new().max_connections(1);
    let pool = options.connect_with((*app.pool.connect_options()).clone()).await.unwrap();
    let app = TestApp::new(pool).await;
    app.page(viewer, id, 20, None).await;
    let prepared = "select name from pg_prepared_statements where statement like '%from playlist_items e%'";
    let name: String = sqlx::query_scalar(prepared).fetch_one(&app.pool).await.unwrap();
    let (playlist, nobody) = (PlaylistId::parse(id).unwrap().0, Uuid::nil());
    let sql = format!("explain execute {name}('{{{playlist}}}', '{{5}}', '{{{nobody}}}', '{{-1}}', '{{21}}', '{{0}}')");
    let lines: Vec<String> =
        sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&app.pool).await.unwrap().iter().map(|row| row.get(0)).collect();
    lines.join("\n")
}

#[sqlx::test(migrations = false)]
async fn forged_cursors_and_impossible_pages_are_malformed_requests(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let (id, other) = (app.playlist(&ann, "PUBLIC").await, app.playlist(&bob, "PRIVATE").await);
    app.add(&ann, &id, &tracks(3), None).await;
    app.add(&bob, &other, &tracks(3), None).await;
    for arguments in [
        "first: 0",
        "first: -1",
        "first: 10000",
        "after: \"\"",
        "after: \"bm9uc2Vuc2U\"",
        "after: \"{}\"",
        "after: \"NQ\"",
    ] {
        let query = format!("{{ playlist(id: \"{id}\") {{ items({arguments}) {{ totalCount }} }} }}");
        assert_eq!(app.door.codes(None, &query, json!({})).await, ["BAD_USER_INPUT"], "{arguments}");
    }
    // The cursor of a list that the viewer may not see shows nothing of it in another.
    let (_, foreign) = app.page(&bob, &other, 1, None).await;
    let (seen, _) = app.page(&ann, &id, 100, foreign.as_deref()).await;
    let (own, _) = app.page(&ann, &id, 100, None).await;
    assert!(seen.iter().all(|item| own.contains(item)), "{seen:?}");
    let by_id =
        app.door.query(Some(&ann), "query($id: ID!) { playlist(id: $id) { id } }", json!({ "id": other })).await;
    assert_eq!(by_id["playlist"], Value::Null);
}
