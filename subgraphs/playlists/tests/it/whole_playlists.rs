//! Duplicates, places by number, and taking whole playlists at once.

use polyphony_events::{PlaylistId, TrackId, catalog::TrackDeleted, playlists::PlaylistItemsAdded};
use polyphony_kit::Viewer;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{TestApp, changed, refusals, somebody, tracks},
    smart::one_rule,
};

const PAYLOAD: &str = "playlist { id title visibility version itemCount rules { limit } } itemIds skippedTrackIds \
                       userErrors { code path }";

impl TestApp {
    async fn add_how(&self, viewer: &Viewer, id: &str, tracks: &[TrackId], how: &str) -> Value {
        let query = format!(
            "mutation($id: ID!, $ids: [ID!]!) {{ addPlaylistItems(playlistId: $id, trackIds: $ids, {how}) {{ {PAYLOAD} }} }}"
        );
        let variables = json!({ "id": id, "ids": tracks });
        self.door.query(Some(viewer), &query, variables).await["addPlaylistItems"].take()
    }

    async fn add_whole(&self, viewer: &Viewer, to: &str, from: &str, how: &str) -> Value {
        let query = format!(
            "mutation($to: ID!, $from: ID!) {{ addPlaylistToPlaylist(playlistId: $to, fromPlaylistId: $from {how}) {{ {PAYLOAD} }} }}"
        );
        let variables = json!({ "to": to, "from": from });
        self.door.query(Some(viewer), &query, variables).await["addPlaylistToPlaylist"].take()
    }

    async fn copy(&self, viewer: &Viewer, id: &str, how: &str) -> Value {
        let query = format!("mutation($id: ID!) {{ copyPlaylist(id: $id {how}) {{ {PAYLOAD} }} }}");
        self.door.query(Some(viewer), &query, json!({ "id": id })).await["copyPlaylist"].take()
    }
}

fn texts(tracks: &[TrackId]) -> Vec<String> {
    tracks.iter().map(ToString::to_string).collect()
}

#[sqlx::test(migrations = false)]
async fn duplicates_are_added_skipped_or_refused_as_the_client_says(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let (id, all) = (app.playlist(&ann, "PRIVATE").await, tracks(4));
    app.add(&ann, &id, &all[..2], None).await;

    let wanted = [all[1], all[2], all[2], all[3]];
    let refused = app.add_how(&ann, &id, &wanted, "onDuplicate: REFUSE").await;
    assert_eq!(refusals(&refused), ["DUPLICATE trackIds.0"]);
    assert_eq!(refusals(&app.add_how(&ann, &id, &wanted[1..], "onDuplicate: REFUSE").await), ["DUPLICATE trackIds.1"]);
    assert_eq!(app.chosen(&ann, &id).await, texts(&all[..2]), "nothing was added");

    let skipped = app.add_how(&ann, &id, &wanted, "onDuplicate: SKIP").await;
    assert_eq!(refusals(&skipped), [""; 0]);
    assert_eq!(skipped["skippedTrackIds"], json!([all[1], all[2]]));
    assert_eq!((skipped["itemIds"].as_array().unwrap().len(), &skipped["playlist"]["itemCount"]), (2, &json!(4)));
    assert_eq!(app.chosen(&ann, &id).await, texts(&all));

    // Nothing is left to add: the playlist stays as it is.
    let version = skipped["playlist"]["version"].clone();
    let none = app.add_how(&ann, &id, &all, "onDuplicate: SKIP").await;
    assert_eq!((&none["itemIds"], &none["playlist"]["version"]), (&json!([]), &version));
    let again = app.add_how(&ann, &id, &all[..1], "onDuplicate: ADD").await;
    assert_eq!((&again["skippedTrackIds"], &again["playlist"]["itemCount"]), (&json!([]), &json!(5)));
}

#[sqlx::test(migrations = false)]
async fn a_repeated_call_says_again_what_was_skipped(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let (id, all) = (app.playlist(&ann, "PRIVATE").await, tracks(2));
    app.add(&ann, &id, &all[..1], None).await;
    let how = "onDuplicate: SKIP, idempotencyKey: \"k\"";
    let first = app.add_how(&ann, &id, &all, how).await;
    assert_eq!(app.add_how(&ann, &id, &all, how).await, first);
    assert_eq!(app.chosen(&ann, &id).await, texts(&all));
}

#[sqlx::test(migrations = false)]
async fn entries_are_put_behind_so_many_others(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let (id, all) = (app.playlist(&ann, "PRIVATE").await, tracks(5));
    app.add(&ann, &id, &all[1..3], None).await;
    for (track, position) in [(all[0], 0), (all[4], 99), (all[3], 3)] {
        assert_eq!(refusals(&app.add_how(&ann, &id, &[track], &format!("position: {position}")).await), [""; 0]);
    }
    assert_eq!(app.chosen(&ann, &id).await, texts(&all));
    let anchor = app.order(&ann, &id).await[0].clone();
    for how in ["position: -1".to_owned(), format!("position: 1, afterItemId: \"{anchor}\"")] {
        assert_eq!(refusals(&app.add_how(&ann, &id, &all, &how).await), ["INVALID_INPUT position"], "{how}");
    }
}

#[sqlx::test(migrations = false)]
async fn a_copy_is_private_and_has_what_can_be_had(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let (id, all) = (app.playlist(&ann, "PUBLIC").await, tracks(3));
    app.add(&ann, &id, &all, None).await;
    app.hear(&TrackDeleted { track_id: all[1], version: 2 }).await;
    app.events::<PlaylistItemsAdded>().await;
    let copy = app.copy(&bob, &id, ", idempotencyKey: \"k\"").await;
    assert_eq!(refusals(&copy), [""; 0]);
    let made = &copy["playlist"];
    assert_eq!(
        [&made["title"], &made["visibility"], &made["itemCount"]],
        [&json!("Rain"), &json!("PRIVATE"), &json!(2)]
    );
    let copied = made["id"].as_str().unwrap().to_owned();
    assert_ne!(copied, id);
    assert_eq!(app.chosen(&bob, &copied).await, texts(&[all[0], all[2]]));
    assert_eq!(app.copy(&bob, &id, ", idempotencyKey: \"k\"").await["playlist"]["id"], json!(copied));
    let told = app.events::<PlaylistItemsAdded>().await;
    assert_eq!((told.len(), &told[0].track_ids), (1, &vec![all[0], all[2]]));
    assert_eq!(app.see(Some(&ann), &copied).await, Value::Null);
    let named = app.copy(&bob, &id, ", title: \"Mine\"").await;
    assert_eq!(named["playlist"]["title"], "Mine");
    assert_eq!(refusals(&app.copy(&bob, &id, ", title: \" \"").await), ["INVALID_INPUT input.title"]);
}

#[sqlx::test(migrations = false)]
async fn what_the_viewer_does_not_see_is_not_copied(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let (hidden, own) = (app.playlist(&ann, "PRIVATE").await, app.playlist(&bob, "PRIVATE").await);
    app.add(&ann, &hidden, &tracks(1), None).await;
    for id in [hidden.clone(), PlaylistId::new().to_string(), "nonsense".to_owned()] {
        assert_eq!(refusals(&app.copy(&bob, &id, "").await), ["NOT_FOUND"], "{id}");
        assert_eq!(refusals(&app.add_whole(&bob, &own, &id, "").await), ["NOT_FOUND fromPlaylistId"], "{id}");
    }
    assert_eq!(refusals(&app.add_whole(&bob, &hidden, &own, "").await), ["NOT_FOUND"]);
    let public = app.playlist(&ann, "PUBLIC").await;
    assert_eq!(refusals(&app.add_whole(&bob, &public, &own, "").await), ["NOT_ALLOWED"]);
    let query = "mutation { copyPlaylist(id: \"x\") { userErrors { code } } }";
    assert_eq!(app.door.codes(None, query, json!({})).await, ["UNAUTHENTICATED"]);
}

#[sqlx::test(migrations = false)]
async fn a_whole_playlist_is_added_to_another_also_a_smart_one(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let (to, from, all) = (app.playlist(&ann, "PRIVATE").await, app.playlist(&ann, "PRIVATE").await, tracks(4));
    app.add(&ann, &to, &all[..2], None).await;
    app.add(&ann, &from, &all[1..3], None).await;
    let added = app.add_whole(&ann, &to, &from, ", onDuplicate: SKIP").await;
    assert_eq!((refusals(&added), &added["skippedTrackIds"]), (vec![], &json!([all[1]])));
    assert_eq!(app.chosen(&ann, &to).await, texts(&all[..3]));

    app.hear(&changed(all[3], 1_000, 1)).await;
    app.like(&ann, &all[3..], true).await;
    let smart = app.smart(&ann, one_rule("LIKED", "IS", "true", "TITLE")).await;
    let added = app.add_whole(&ann, &to, &smart, ", position: 0").await;
    assert_eq!(added["playlist"]["itemCount"], 4);
    assert_eq!(app.chosen(&ann, &to).await, texts(&[all[3], all[0], all[1], all[2]]));
    assert_eq!(refusals(&app.add_whole(&ann, &smart, &to, "").await), ["NOT_ALLOWED"], "rules choose its entries");
    let copy = app.copy(&ann, &smart, "").await;
    assert_eq!((&copy["playlist"]["rules"], &copy["playlist"]["itemCount"]), (&Value::Null, &json!(1)));
    // Of itself it takes what it has.
    assert_eq!(app.add_whole(&ann, &to, &to, "").await["playlist"]["itemCount"], 8);
}
