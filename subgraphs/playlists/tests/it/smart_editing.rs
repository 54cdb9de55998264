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

/// Rules of the fields that a group has: `(field, op, value)`.
fn group(matching: &str, rules: &[(&str, &str, &str)], groups: Value) -> Value {
    let rule = |(field, op, value): &(&str, &str, &str)| json!({ "field": field, "op": op, "value": value });
    json!({ "match": matching, "rules": rules.iter().map(rule).collect::<Vec<_>>(), "groups": groups })
}

#[sqlx::test(migrations = false)]
async fn groups_of_rules_are_conditions_beside_others(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let all = tracks(5);
    for (n, track) in all.iter().enumerate() {
        app.hear(&changed(*track, 1_000 * (n as i64 + 1), 1)).await;
    }
    app.like(&ann, &all[2..4], true).await;
    // (shorter than 2.5 s, or liked and longer than 3.5 s) and not 1 s long
    let liked = group("ALL", &[("LIKED", "IS", "true"), ("DURATION_MS", "GREATER_THAN", "3500")], json!([]));
    let either = group("ANY", &[("DURATION_MS", "LESS_THAN", "2500")], json!([liked]));
    let mut rules = group("ALL", &[("DURATION_MS", "IS_NOT", "1000")], json!([either]));
    (rules["sort"], rules["limit"]) = (json!("RECENTLY_ADDED"), json!(10));
    let statements = Statements::new();
    let preview = app.door.query(Some(&ann), PREVIEW, json!({ "rules": rules })).await;
    assert_eq!(statements.count(), 1);
    let ids = |value: &Value| value.as_array().unwrap().iter().map(|one| one["id"].clone()).collect::<Vec<_>>();
    let wanted = [json!(all[3]), json!(all[1])];
    assert_eq!(ids(&preview["smartPlaylistPreview"]["tracks"]), wanted);

    let id = app.smart(&ann, one_rule("LIKED", "IS", "true", "TITLE")).await;
    assert_eq!(refusals(&update(&app, &ann, &id, rules.clone()).await), [""; 0]);
    assert_eq!(app.chosen(&ann, &id).await, [all[3].to_string(), all[1].to_string()]);
    let query = "query($id: ID!) { playlist(id: $id) { rules { match rules { field op value } sort limit \
                 groups { match rules { field op value } groups { match rules { field op value } groups { match } } } } } }";
    let seen = app.door.query(Some(&ann), query, json!({ "id": id })).await["playlist"]["rules"].take();
    assert_eq!(seen, rules, "they are read as they were written");
}

#[sqlx::test(migrations = false)]
async fn what_is_wrong_in_a_group_is_found_by_its_path(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let fine = ("LIKED", "IS", "true");
    let nest =
        |depth: usize| (0..depth).fold(group("ALL", &[fine], json!([])), |inner, _| group("ANY", &[], json!([inner])));
    for (rules, expected) in [
        (nest(3), None),
        (nest(4), Some("rules.groups.0.groups.0.groups.0.groups.0")),
        (group("ALL", &[fine], json!([group("ALL", &[], json!([]))])), Some("rules.groups.0")),
        (group("ALL", &[], json!([])), Some("rules.rules")),
        (group("ALL", &[fine; 20], json!([group("ALL", &[fine; 31], json!([]))])), Some("rules.rules")),
        (
            group("ALL", &[], json!([group("ALL", &[fine, ("LIKED", "IS", "so")], json!([]))])),
            Some("rules.groups.0.rules.1.value"),
        ),
        (nest(20), Some("rules.groups.0.groups.0.groups.0.groups.0")),
    ] {
        let seen = app.door.query(Some(&ann), PREVIEW, json!({ "rules": rules })).await["smartPlaylistPreview"].take();
        let expected: Vec<_> = expected.map(|path| format!("INVALID_INPUT {path}")).into_iter().collect();
        assert_eq!(refusals(&seen), expected);
    }
}
