//! Smart playlists: rules choose the entries, whenever somebody looks.

use polyphony_events::{
    PlaylistItemId, TrackId,
    accounts::UserPreferencesChanged,
    catalog::{PublicationStatus, TrackDeleted},
    playlists::PlaylistChanged,
};
use polyphony_kit::Viewer;
use polyphony_testkit::{Statements, keys::viewer_id};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, changed, played, refusals, somebody, tracks};

const MADE: &str = "playlist { id title visibility version itemCount durationMs \
                    rules { match rules { field op value } sort limit } } userErrors { code message path }";

/// Rules with one rule, `LIKED IS true`, say.
pub(crate) fn one_rule(field: &str, op: &str, value: &str, sort: &str) -> Value {
    json!({ "match": "ALL", "rules": [{ "field": field, "op": op, "value": value }], "sort": sort })
}

impl TestApp {
    pub(crate) async fn try_smart(&self, viewer: &Viewer, rules: Value, key: Option<&str>) -> Value {
        let query = format!(
            "mutation($rules: SmartRulesInput!, $key: String) {{ \
             createSmartPlaylist(title: \"Mine\", rules: $rules, idempotencyKey: $key) {{ {MADE} }} }}"
        );
        let variables = json!({ "rules": rules, "key": key });
        self.door.query(Some(viewer), &query, variables).await["createSmartPlaylist"].take()
    }

    /// A smart playlist; its id.
    pub(crate) async fn smart(&self, viewer: &Viewer, rules: Value) -> String {
        let payload = self.try_smart(viewer, rules, None).await;
        payload["playlist"]["id"].as_str().unwrap_or_else(|| panic!("{payload:#}")).to_owned()
    }

    /// The tracks of its entries, in order.
    pub(crate) async fn chosen(&self, viewer: &Viewer, id: &str) -> Vec<String> {
        let query = "query($id: ID!) { playlist(id: $id) { items(first: 100) { edges { node { track { id } } } } } }";
        let data = self.door.query(Some(viewer), query, json!({ "id": id })).await;
        let edges = data["playlist"]["items"]["edges"].as_array().unwrap();
        edges.iter().map(|edge| edge["node"]["track"]["id"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) async fn like(&self, viewer: &Viewer, tracks: &[TrackId], liked: bool) {
        let like =
            "mutation($ids: [ID!]!, $on: Boolean!) { setLiked(trackIds: $ids, liked: $on) { userErrors { code } } }";
        self.door.query(Some(viewer), like, json!({ "ids": tracks, "on": liked })).await;
    }
}

fn texts(tracks: &[TrackId]) -> Vec<String> {
    tracks.iter().map(ToString::to_string).collect()
}

#[sqlx::test(migrations = false)]
async fn a_smart_playlist_says_by_which_rules_it_chooses(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let ids = tracks(3);
    for track in &ids {
        app.hear(&changed(*track, 2_000, 1)).await;
    }
    app.like(&ann, &ids[..2], true).await;
    let rules = json!({ "match": "ANY", "rules": [{ "field": "LIKED", "op": "IS", "value": "true" }] });
    let made = app.try_smart(&ann, rules, None).await;
    assert_eq!(made["userErrors"], json!([]));
    let playlist = &made["playlist"];
    let written = json!({
        "match": "ANY", "rules": [{ "field": "LIKED", "op": "IS", "value": "true" }], "sort": "RECENTLY_ADDED", "limit": 100,
    });
    assert_eq!(playlist["rules"], written);
    assert_eq!(
        [&playlist["itemCount"], &playlist["durationMs"], &playlist["visibility"], &playlist["version"]],
        [&json!(2), &json!(4_000), &json!("PRIVATE"), &json!(1)]
    );
    let told: Vec<_> = app.events::<PlaylistChanged>().await.iter().map(|e| (e.version, e.item_count)).collect();
    assert_eq!(told, [(1, 2)]);
    let plain = app.playlist(&ann, "PRIVATE").await;
    let query = "query($id: ID!) { playlist(id: $id) { rules { limit } } }";
    assert_eq!(app.door.query(Some(&ann), query, json!({ "id": plain })).await["playlist"]["rules"], Value::Null);
}

#[sqlx::test(migrations = false)]
async fn rules_leave_out_what_is_explicit_for_who_wants_none(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let ids = tracks(3);
    for (n, track) in ids.iter().enumerate() {
        let mut event = changed(*track, 1_000, 1);
        event.track.explicit = n == 1;
        app.hear(&event).await;
    }
    let all = app
        .smart(&ann, json!({ "match": "ALL", "rules": [{ "field": "PLAY_COUNT", "op": "IS", "value": "0" }] }))
        .await;
    app.change(
        &ann,
        "updatePlaylist",
        "id: $id, input: $input",
        json!({ "id": all, "input": { "title": "All", "visibility": "PUBLIC" } }),
    )
    .await;
    let prefer = |viewer: &Viewer, explicit_content, version| UserPreferencesChanged {
        user_id: viewer.user,
        locale: "en".to_owned(),
        explicit_content,
        streaming_quality: "HIGH".to_owned(),
        email_notifications: true,
        autoplay: true,
        version,
    };
    let seen = async |viewer: &Viewer| {
        (app.chosen(viewer, &all).await.len(), app.see(Some(viewer), &all).await["itemCount"].take())
    };
    app.hear(&prefer(&bob, false, 2)).await;
    app.hear(&prefer(&bob, true, 1)).await;
    assert_eq!(seen(&ann).await, (3, json!(3)));
    assert_eq!(seen(&bob).await, (2, json!(2)), "of somebody else's rules, too");
    app.hear(&prefer(&bob, true, 3)).await;
    app.hear(&prefer(&ann, false, 1)).await;
    assert_eq!(seen(&bob).await, (2, json!(2)), "who wants nothing explicit has rules that choose nothing explicit");
}

#[sqlx::test(migrations = false)]
async fn a_like_or_a_play_or_a_change_of_the_catalog_is_seen_at_once(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let ids = tracks(4);
    for track in &ids {
        app.hear(&changed(*track, 1_000, 1)).await;
    }
    let liked = app.smart(&ann, one_rule("LIKED", "IS", "true", "RECENTLY_ADDED")).await;
    let often = app.smart(&ann, one_rule("PLAY_COUNT", "GREATER_THAN", "1", "MOST_PLAYED")).await;
    app.like(&ann, &ids[..3], true).await;
    app.like(&bob, &ids[3..], true).await;
    assert_eq!(app.chosen(&ann, &liked).await, [2, 1, 0].map(|n| ids[n].to_string()));
    app.like(&ann, &ids[1..2], false).await;
    assert_eq!(app.chosen(&ann, &liked).await, [2, 0].map(|n| ids[n].to_string()));

    for (track, plays) in [(0, 2), (1, 3), (2, 1)] {
        for minute in 0..plays {
            app.hear(&played(&ann, ids[track], minute)).await;
            app.hear(&played(&bob, ids[2], minute)).await;
        }
    }
    assert_eq!(app.chosen(&ann, &often).await, [1, 0].map(|n| ids[n].to_string()));

    app.hear(&TrackDeleted { track_id: ids[1], version: 2 }).await;
    let mut withdrawn = changed(ids[2], 1_000, 2);
    withdrawn.track.status = PublicationStatus::Withdrawn;
    app.hear(&withdrawn).await;
    assert_eq!(app.chosen(&ann, &often).await, texts(&ids[..1]));
    assert_eq!(app.chosen(&ann, &liked).await, texts(&ids[..1]));
    app.hear(&changed(ids[2], 1_000, 3)).await;
    assert_eq!(app.chosen(&ann, &liked).await, [2, 0].map(|n| ids[n].to_string()), "what is restored returns");
    let clear = "mutation { clearHistory { userErrors { code } } }";
    app.door.query(Some(&ann), clear, json!({})).await;
    assert_eq!(app.chosen(&ann, &often).await, [""; 0], "what was forgotten counts no more");
}

#[sqlx::test(migrations = false)]
async fn whoever_looks_sees_what_the_owner_likes(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let ids = tracks(2);
    for track in &ids {
        app.hear(&changed(*track, 1_000, 1)).await;
    }
    let id = app.smart(&ann, one_rule("LIKED", "IS", "true", "TITLE")).await;
    app.like(&ann, &ids[..1], true).await;
    app.like(&bob, &ids[1..], true).await;
    assert_eq!(app.see(Some(&bob), &id).await, Value::Null, "it is private");
    app.set_collaborator(&ann, &id, &bob, Some("VIEWER")).await;
    assert_eq!(app.chosen(&bob, &id).await, texts(&ids[..1]));
}

#[sqlx::test(migrations = false)]
async fn entries_that_rules_choose_are_not_for_people_to_change(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let track = tracks(1)[0];
    app.hear(&changed(track, 1_000, 1)).await;
    let id = app.smart(&ann, one_rule("TITLE", "IS", "rain", "TITLE")).await;
    let (items, _) = app.page(&ann, &id, 10, None).await;
    app.set_collaborator(&ann, &id, &bob, Some("EDITOR")).await;
    for viewer in [&ann, &bob] {
        for payload in [
            app.try_add(viewer, &id, &[track], None).await,
            app.try_move(viewer, &id, &items, None).await,
            app.try_remove(viewer, &id, &items).await,
        ] {
            assert_eq!(refusals(&payload), ["NOT_ALLOWED"]);
        }
    }
    let input = json!({ "id": id, "input": { "title": "Ours", "visibility": "PUBLIC" } });
    let changed = app.change(&ann, "updatePlaylist", "id: $id, input: $input", input).await;
    assert_eq!(changed["playlist"]["title"], "Ours", "what it is called is the owner's to say");
    assert_eq!(app.chosen(&bob, &id).await, [track.to_string()]);
}

#[sqlx::test(migrations = false)]
async fn pages_of_chosen_entries_go_on_while_what_is_chosen_changes(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let ids = tracks(6);
    for track in &ids {
        app.hear(&changed(*track, 1_000, 1)).await;
    }
    let id = app.smart(&ann, one_rule("TITLE", "IS", "RAIN", "RECENTLY_ADDED")).await;
    let (all, none) = app.page(&ann, &id, 100, None).await;
    assert_eq!((all.len(), none), (6, None));
    let (first, cursor) = app.page(&ann, &id, 2, None).await;
    assert_eq!(first, all[..2], "an entry keeps its id");

    // A new one comes before the page, and one of the page goes.
    app.hear(&changed(tracks(1)[0], 1_000, 1)).await;
    let (second, _) = app.page(&ann, &id, 2, cursor.as_deref()).await;
    assert_eq!(second, all[2..4]);
    app.hear(&TrackDeleted { track_id: ids[4], version: 2 }).await;
    let (second, _) = app.page(&ann, &id, 100, cursor.as_deref()).await;
    assert_eq!(second, all[2..], "the last entry of the page before it has gone, and nothing is left out");

    let own = app.playlist(&ann, "PRIVATE").await;
    app.add(&ann, &own, &ids[..2], None).await;
    let (_, plain) = app.page(&ann, &own, 1, None).await;
    for (playlist, cursor) in [(&id, plain.unwrap()), (&own, cursor.unwrap())] {
        let query = format!("{{ playlist(id: \"{playlist}\") {{ items(after: \"{cursor}\") {{ totalCount }} }} }}");
        assert_eq!(app.door.codes(Some(&ann), &query, json!({})).await, ["BAD_USER_INPUT"]);
    }
}

#[sqlx::test(migrations = false)]
async fn an_entry_is_found_by_its_id_by_who_sees_the_playlist(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let ids = tracks(3);
    for track in &ids {
        app.hear(&changed(*track, 1_000, 1)).await;
    }
    app.like(&ann, &ids[..2], true).await;
    let smart = app.smart(&ann, one_rule("LIKED", "IS", "true", "RECENTLY_ADDED")).await;
    let plain = app.playlist(&ann, "PRIVATE").await;
    let added = app.add(&ann, &plain, &ids, None).await;
    let (items, _) = app.page(&ann, &smart, 10, None).await;
    // An entry as it would be if the rules chose it.
    app.like(&ann, &ids[2..], true).await;
    let (more, _) = app.page(&ann, &smart, 10, None).await;
    app.like(&ann, &ids[2..], false).await;
    assert!(PlaylistItemId::parse(&more[0]).is_some() && !items.contains(&more[0]));

    let wanted = [items[0].clone(), more[0].clone(), "nonsense".to_owned(), added[0].clone(), items[1].clone()];
    let statements = Statements::new();
    let found = app.door.entities(Some(&ann), "PlaylistItem", &wanted, "id track { id } addedBy { id }").await;
    // Two of them look again at what was liked since.
    assert!(statements.count() <= 5, "{:#?}", statements.seen());
    let entry =
        |id: &String, track: TrackId| json!({ "id": id, "track": { "id": track }, "addedBy": { "id": ann.user } });
    assert_eq!(
        found,
        [entry(&items[0], ids[1]), Value::Null, Value::Null, entry(&added[0], ids[0]), entry(&items[1], ids[0])]
    );
    for stranger in [None, Some(&bob)] {
        assert_eq!(app.door.entities(stranger, "PlaylistItem", &wanted, "id").await, vec![Value::Null; 5]);
    }
}

#[sqlx::test(migrations = false)]
async fn many_smart_playlists_are_chosen_once_until_something_changes(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    for track in tracks(3) {
        app.hear(&changed(track, 1_000, 1)).await;
    }
    let mut counts = [(0, 0); 2];
    for count in &mut counts {
        for _ in 0..10 {
            app.smart(&ann, one_rule("TITLE", "CONTAINS", "ai", "RANDOM_DAILY")).await;
        }
        let fields = "playlists(first: 100) { edges { node { itemCount durationMs items { totalCount } } } }";
        let statements = Statements::new();
        let me = app.door.entities(Some(&ann), "Viewer", &[viewer_id(&ann)], fields).await;
        let again = Statements::new();
        app.door.entities(Some(&ann), "Viewer", &[viewer_id(&ann)], fields).await;
        *count = (statements.count() - again.count(), again.count());
        for edge in me[0]["playlists"]["edges"].as_array().unwrap() {
            assert_eq!(edge["node"], json!({ "itemCount": 3, "durationMs": 3_000, "items": { "totalCount": 3 } }));
        }
    }
    assert!(counts[1].0 <= 2 + 3 + 2, "a few lists in each statement: {counts:?}");
    assert_eq!(counts.map(|(_, again)| again), [2, 2], "the list, and whether anything has changed");
}

#[sqlx::test(migrations = false)]
async fn the_same_key_makes_one_smart_playlist(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let rules = one_rule("LIKED", "IS", "true", "TITLE");
    let first = app.try_smart(&ann, rules.clone(), Some("k")).await;
    assert_eq!(app.try_smart(&ann, rules, Some("k")).await, first);
    let other = app.try_smart(&ann, one_rule("LIKED", "IS", "false", "TITLE"), Some("k")).await;
    assert_eq!(refusals(&other), ["IDEMPOTENCY_KEY_REUSED idempotencyKey"]);
}
