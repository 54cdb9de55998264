//! What people listened to: each play once, the latest first, until they clear it.

use polyphony_events::{TrackId, catalog::TrackDeleted, playlists::HistoryCleared};
use polyphony_kit::Viewer;
use polyphony_testkit::{Statements, chance, keys::viewer_id};
use proptest::{prelude::*, strategy::ValueTree};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, changed, played, somebody, start, tracks};

async fn page(app: &TestApp, viewer: &Viewer, arguments: &str) -> Value {
    let fields = format!(
        "library {{ history{arguments} {{ edges {{ node {{ id }} playedAt playedMs deviceName }} \
         pageInfo {{ hasNextPage endCursor }} }} }}"
    );
    let mut me = app.door.entities(Some(viewer), "Viewer", &[viewer_id(viewer)], &fields).await;
    me[0]["library"]["history"].take()
}

fn ids(page: &Value) -> Vec<String> {
    let edges = page["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap_or("null").to_owned()).collect()
}

#[sqlx::test(migrations = false)]
async fn plays_are_listed_the_latest_first_and_each_once(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let ids_of = tracks(3);
    let plays: Vec<_> = ids_of.iter().zip([5, 20, 10]).map(|(track, at)| played(&ann, *track, at)).collect();
    for play in plays.iter().chain(&plays[..2]) {
        // Again as another event: the player reported it twice.
        app.hear(play).await;
    }
    app.hear(&played(&bob, ids_of[0], 30)).await;
    let seen = page(&app, &ann, "").await;
    assert_eq!(ids(&seen), [1, 2, 0].map(|n| ids_of[n].to_string()));
    let first = json!({
        "node": { "id": ids_of[1] }, "playedAt": "2026-09-21T14:33:20+00:00", "playedMs": 61_000, "deviceName": "Kitchen",
    });
    assert_eq!(seen["edges"][0], first);
}

#[sqlx::test(migrations = false)]
async fn pages_go_on_where_the_last_ended_while_new_plays_come(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let all = tracks(7);
    for (minute, track) in all.iter().enumerate() {
        // Two at the same moment each: the play's id decides.
        app.hear(&played(&ann, *track, minute as i64 / 2)).await;
    }
    let first = page(&app, &ann, "(first: 3)").await;
    app.hear(&played(&ann, tracks(1)[0], 99)).await;
    let after = first["pageInfo"]["endCursor"].as_str().unwrap();
    let second = page(&app, &ann, &format!("(first: 100, after: \"{after}\")")).await;
    let mut seen = [ids(&first), ids(&second)].concat();
    assert_eq!([&first["pageInfo"]["hasNextPage"], &second["pageInfo"]["hasNextPage"]], [&json!(true), &json!(false)]);
    seen.sort();
    let mut expected: Vec<_> = all.iter().map(ToString::to_string).collect();
    expected.sort();
    assert_eq!(seen, expected);
}

#[sqlx::test(migrations = false)]
async fn a_page_costs_the_same_however_long_the_history_is(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let mut costs = Vec::new();
    for (rows, first) in [(1, 1), (300, 100)] {
        let plays = "insert into plays select $1, n::text || '-' || $2, gen_random_uuid(), now() - n * interval '1 minute', 1 \
                     from generate_series(1, $2) n";
        sqlx::query(plays).bind(ann.user.0).bind(rows).execute(&app.pool).await.unwrap();
        let statements = Statements::new();
        let page = page(&app, &ann, &format!("(first: {first})")).await;
        assert_eq!(ids(&page).len(), first);
        costs.push(statements.count());
    }
    assert_eq!(costs, [1, 1]);
}

#[sqlx::test(migrations = false)]
async fn a_track_that_was_deleted_leaves_a_hole(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let all = tracks(2);
    for track in &all {
        app.hear(&changed(*track, 1, 1)).await;
        app.hear(&played(&ann, *track, 1)).await;
    }
    app.hear(&TrackDeleted { track_id: all[0], version: 2 }).await;
    let mut seen = ids(&page(&app, &ann, "").await);
    seen.sort();
    assert_eq!(seen, [all[1].to_string()]);
}

#[sqlx::test(migrations = false)]
async fn a_cleared_history_stays_cleared_whatever_is_told_late(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let track = tracks(1)[0];
    let (early, late) = (played(&ann, track, -5), played(&ann, track, 5));
    for viewer in [&ann, &bob] {
        app.hear(&played(viewer, track, -10)).await;
    }
    let clear = "mutation { clearHistory { library { version history { edges { cursor } } } userErrors { code } } }";
    let cleared = app.door.query(Some(&ann), clear, json!({})).await["clearHistory"].take();
    assert_eq!(cleared, json!({ "library": { "version": 2, "history": { "edges": [] } }, "userErrors": [] }));
    let told = HistoryCleared { user_id: ann.user, cleared_at: start(), version: 2 };
    assert_eq!(app.events::<HistoryCleared>().await, [told]);
    app.hear(&early).await;
    assert_eq!(ids(&page(&app, &ann, "").await).len(), 0);
    app.hear(&late).await;
    assert_eq!(ids(&page(&app, &ann, "").await).len(), 1);
    assert_eq!(ids(&page(&app, &bob, "").await).len(), 1, "it was not theirs");
    assert_eq!(app.door.codes(None, clear, json!({})).await, ["UNAUTHENTICATED"]);
}

#[sqlx::test(migrations = false)]
async fn a_cursor_of_another_list_or_none_at_all_is_a_malformed_request(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let user = viewer_id(&ann);
    for arguments in ["first: 0", "first: -1", "first: 10000", "after: \"bm9uc2Vuc2U\"", "after: \"NQ\"", "after: \"\""]
    {
        let query = format!(
            "query($r: [_Any!]!) {{ _entities(representations: $r) {{ ... on Viewer {{ library {{ history({arguments}) \
             {{ edges {{ cursor }} }} }} }} }} }}"
        );
        let key = json!({ "r": [{ "__typename": "Viewer", "id": user }] });
        assert_eq!(app.door.codes(Some(&ann), &query, key).await, ["BAD_USER_INPUT"], "{arguments}");
    }
}

/// What happens to a history.
#[derive(Clone, Debug)]
enum Step {
    /// One of a few plays is told, again or for the first time.
    Told(usize),
    /// It is cleared at this minute.
    Cleared,
}

#[sqlx::test(migrations = false)]
async fn however_plays_are_told_history_and_counts_are_those_of_a_plain_list(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let step = prop_oneof![12 => (0_usize..12).prop_map(Step::Told), 1 => Just(Step::Cleared)];
    let mut runner = chance::runner(rand::random());
    for _ in 0..6 {
        let ann = somebody();
        let few: Vec<TrackId> = tracks(3);
        let plays: Vec<_> = (0..12).map(|n| played(&ann, few[n % 3], n as i64 - 6)).collect();
        let mut model: Vec<usize> = Vec::new();
        let mut cleared = false;
        for step in prop::collection::vec(step.clone(), 40).new_tree(&mut runner).unwrap().current() {
            match step {
                Step::Told(n) => {
                    app.hear(&plays[n]).await;
                    let is_forgotten = cleared && plays[n].started_at <= start();
                    if !model.contains(&n) && !is_forgotten {
                        model.push(n);
                    }
                }
                Step::Cleared => {
                    let clear = "mutation { clearHistory { userErrors { code } } }";
                    app.door.query(Some(&ann), clear, json!({})).await;
                    cleared = true;
                    model.clear();
                }
            }
        }
        model.sort_by_key(|n| std::cmp::Reverse(plays[*n].started_at));
        let expected: Vec<_> = model.iter().map(|n| plays[*n].track_id.to_string()).collect();
        assert_eq!(ids(&page(&app, &ann, "(first: 100)").await), expected);
        let counts: Vec<(uuid::Uuid, i64)> =
            sqlx::query_as("select track_id, play_count from listens where user_id = $1 order by track_id")
                .bind(ann.user.0)
                .fetch_all(&app.pool)
                .await
                .unwrap();
        let count = |track: &TrackId| model.iter().filter(|n| plays[**n].track_id == *track).count() as i64;
        let mut expected: Vec<_> = few.iter().map(|track| (track.0, count(track))).filter(|(_, n)| *n > 0).collect();
        expected.sort();
        assert_eq!(counts, expected);
    }
}
