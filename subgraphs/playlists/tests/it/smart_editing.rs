//! Rules of smart playlists that are changed, and looked at before they are kept.

use polyphony_kit::Viewer;
use polyphony_testkit::Statements;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{TestApp, changed, refusals, somebody, tracks},
    smart::one_rule,
};

async fn update(app: &TestApp, viewer: &Viewer, id: &str, rules: Value) -> Value {
    let query = "mutation($id: ID!, $rules: SmartRulesInput!) { updateSmartPlaylist(id: $id, rules: $rules) { \
                 playlist { version itemCount rules { rules { field value } sort } } userErrors { code path } } }";
    let variables = json!({ "id": id, "rules": rules });
    app.door.query(Some(viewer), query, variables).await["updateSmartPlaylist"].take()
}

const PREVIEW: &str = "query($rules: SmartRulesInput!) { smartPlaylistPreview(rules: $rules) { itemCount durationMs \
                       tracks { id } userErrors { code path } } }";

#[sqlx::test(migrations = false)]
async fn other_rules_choose_other_entries(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let all = tracks(3);
    for (n, track) in all.iter().enumerate() {
        app.hear(&changed(*track, 1_000 * (n as i64 + 1), 1)).await;
    }
    let id = app.smart(&ann, one_rule("DURATION_MS", "LESS_THAN", "1500", "TITLE")).await;
    assert_eq!(app.chosen(&ann, &id).await, [all[0].to_string()]);
    let payload = update(&app, &ann, &id, one_rule("DURATION_MS", "GREATER_THAN", "1500", "RECENTLY_ADDED")).await;
    assert_eq!(refusals(&payload), [""; 0]);
    let expected = json!({ "version": 2, "itemCount": 2, "rules": {
        "rules": [{ "field": "DURATION_MS", "value": "1500" }], "sort": "RECENTLY_ADDED" } });
    assert_eq!(payload["playlist"], expected);
    assert_eq!(app.chosen(&ann, &id).await, [all[2].to_string(), all[1].to_string()]);
}

#[sqlx::test(migrations = false)]
async fn only_the_owner_changes_rules_and_only_where_there_are_some(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let rules = one_rule("LIKED", "IS", "true", "TITLE");
    let id = app.smart(&ann, rules.clone()).await;
    assert_eq!(refusals(&update(&app, &bob, &id, rules.clone()).await), ["NOT_FOUND"]);
    app.set_collaborator(&ann, &id, &bob, Some("EDITOR")).await;
    assert_eq!(refusals(&update(&app, &bob, &id, rules.clone()).await), ["NOT_ALLOWED"]);
    assert_eq!(refusals(&update(&app, &ann, "nonsense", rules.clone()).await), ["NOT_FOUND"]);
    let plain = app.playlist(&ann, "PRIVATE").await;
    assert_eq!(refusals(&update(&app, &ann, &plain, rules).await), ["NOT_ALLOWED"]);
    let senseless = one_rule("LIKED", "CONTAINS", "true", "TITLE");
    assert_eq!(refusals(&update(&app, &ann, &id, senseless).await), ["INVALID_INPUT rules.rules.0.op"]);
}

#[sqlx::test(migrations = false)]
async fn a_preview_shows_what_rules_would_choose_in_one_statement(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let all = tracks(60);
    for track in &all {
        app.hear(&changed(*track, 1_000, 1)).await;
    }
    app.like(&ann, &all[..55], true).await;
    let rules = json!({ "rules": one_rule("LIKED", "IS", "true", "RECENTLY_ADDED") });
    let statements = Statements::new();
    let seen = app.door.query(Some(&ann), PREVIEW, rules.clone()).await["smartPlaylistPreview"].take();
    assert_eq!(statements.count(), 1);
    assert_eq!((&seen["itemCount"], &seen["durationMs"]), (&json!(55), &json!(55_000)));
    assert_eq!((seen["tracks"].as_array().unwrap().len(), &seen["tracks"][0]["id"]), (50, &json!(all[54])));
    let theirs = app.door.query(Some(&bob), PREVIEW, rules.clone()).await["smartPlaylistPreview"].take();
    assert_eq!(theirs["itemCount"], 0, "somebody else likes nothing");
    let senseless = json!({ "rules": one_rule("LIKED", "IS", "perhaps", "TITLE") });
    let refused = app.door.query(Some(&ann), PREVIEW, senseless).await["smartPlaylistPreview"].take();
    assert_eq!(
        (refusals(&refused), &refused["itemCount"]),
        (vec!["INVALID_INPUT rules.rules.0.value".to_owned()], &json!(0))
    );
    assert_eq!(app.door.codes(None, PREVIEW, rules).await, ["UNAUTHENTICATED"]);
}
