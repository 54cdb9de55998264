//! What a person's own plays come to, and taking single ones out of the history.

use polyphony_kit::Viewer;
use polyphony_testkit::{Statements, keys::viewer_id};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, played, somebody, tracks};

async fn history(app: &TestApp, viewer: &Viewer) -> Vec<(String, String)> {
    let fields = "library { history { edges { id node { id } } } }";
    let mut me = app.door.entities(Some(viewer), "Viewer", &[viewer_id(viewer)], fields).await;
    let edges = me[0]["library"]["history"]["edges"].take();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    edges.as_array().unwrap().iter().map(|edge| (text(&edge["id"]), text(&edge["node"]["id"]))).collect()
}

async fn remove(app: &TestApp, viewer: Option<&Viewer>, ids: Value) -> Value {
    let query =
        "mutation($ids: [ID!]!) { removeFromHistory(ids: $ids) { library { version } userErrors { code path } } }";
    app.door.query(viewer, query, json!({ "ids": ids })).await["removeFromHistory"].take()
}

async fn counts(app: &TestApp, viewer: Option<&Viewer>, ids: &[String]) -> Vec<Value> {
    app.door.entities(viewer, "Track", ids, "viewerPlayCount lastPlayedAt").await
}

#[sqlx::test(migrations = false)]
async fn own_plays_are_counted_in_one_statement(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let all = tracks(2);
    for (viewer, track, at) in [(&ann, all[0], 5), (&ann, all[0], 1), (&bob, all[0], 9), (&bob, all[1], 9)] {
        app.hear(&played(viewer, track, at)).await;
    }
    let ids: Vec<_> = all.iter().map(ToString::to_string).collect();
    let statements = Statements::new();
    let twice = json!({ "viewerPlayCount": 2, "lastPlayedAt": "2026-09-21T14:18:20+00:00" });
    let never = json!({ "viewerPlayCount": 0, "lastPlayedAt": null });
    assert_eq!(counts(&app, Some(&ann), &ids).await, [twice, never]);
    assert_eq!(statements.count(), 1);
    let nobody = json!({ "viewerPlayCount": null, "lastPlayedAt": null });
    assert_eq!(counts(&app, None, &ids).await, [nobody.clone(), nobody]);
}

#[sqlx::test(migrations = false)]
async fn a_play_that_is_removed_is_gone_and_counts_no_more_also_when_it_is_told_again(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let track = tracks(1)[0];
    let (first, second, theirs) = (played(&ann, track, 1), played(&ann, track, 2), played(&bob, track, 3));
    for play in [&first, &second, &theirs] {
        app.hear(play).await;
    }
    let [latest, earlier] = history(&app, &ann).await.try_into().unwrap();
    let bobs = history(&app, &bob).await[0].0.clone();
    let payload = remove(&app, Some(&ann), json!([latest.0, bobs, latest.0])).await;
    assert_eq!(payload, json!({ "library": { "version": 3 }, "userErrors": [] }));
    // Again as another event: the player reported it twice.
    app.hear(&second).await;
    assert_eq!(history(&app, &ann).await, [earlier]);
    assert_eq!(history(&app, &bob).await.len(), 1, "it was not theirs");
    let ids = [track.to_string()];
    let once = json!({ "viewerPlayCount": 1, "lastPlayedAt": "2026-09-21T14:14:20+00:00" });
    assert_eq!(counts(&app, Some(&ann), &ids).await, [once]);
    let rest = history(&app, &ann).await[0].0.clone();
    remove(&app, Some(&ann), json!([rest])).await;
    assert_eq!(counts(&app, Some(&ann), &ids).await, [json!({ "viewerPlayCount": 0, "lastPlayedAt": null })]);
}

#[sqlx::test(migrations = false)]
async fn removing_what_is_not_there_changes_nothing_and_malformed_ids_are_refused(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let missing = polyphony_events::PlayId::new();
    assert_eq!(
        remove(&app, Some(&ann), json!([missing])).await,
        json!({ "library": { "version": 0 }, "userErrors": [] })
    );
    let refused = |path: Value| json!({ "library": null, "userErrors": [{ "code": "INVALID_INPUT", "path": path }] });
    assert_eq!(remove(&app, Some(&ann), json!([missing, "nonsense"])).await, refused(json!(["ids", "1"])));
    assert_eq!(remove(&app, Some(&ann), json!([])).await, refused(json!(["ids"])));
    let query = "mutation { removeFromHistory(ids: []) { userErrors { code } } }";
    assert_eq!(app.door.codes(None, query, json!({})).await, ["UNAUTHENTICATED"]);
}
