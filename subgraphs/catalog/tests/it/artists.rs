//! Artists through the GraphQL door.

use serde_json::json;
use sqlx::PgPool;

use crate::app::{TestApp, text};

const CREATE: &str = "mutation($i: ArtistInput!, $k: String) { createArtist(input: $i, idempotencyKey: $k) {
    artist { id name sortName bio musicbrainzId imageUrl } userErrors { code message path } } }";
const UPDATE: &str = "mutation($id: ID!, $i: ArtistInput!) { updateArtist(id: $id, input: $i) {
    artist { id name sortName bio } userErrors { code } } }";
const DELETE: &str = "mutation($id: ID!) { deleteArtist(id: $id) { ok userErrors { code } } }";

#[sqlx::test(migrations = false)]
async fn an_artist_is_created_and_seen_by_all(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let input = json!({ "name": "  The  Knife ", "musicbrainzId": "BF710B71-48E5-4E15-9BD6-96DEBB2E4E98" });
    let made = app.mutate(CREATE, json!({ "i": input })).await["artist"].clone();
    assert_eq!((&made["name"], &made["sortName"]), (&json!("The Knife"), &json!("Knife, The")));
    assert_eq!(made["musicbrainzId"], "bf710b71-48e5-4e15-9bd6-96debb2e4e98");
    let seen = app.ask("query($id: ID!) { artist(id: $id) { name } }", json!({ "id": made["id"] })).await;
    assert_eq!(seen, json!({ "artist": { "name": "The Knife" } }));
    assert_eq!(app.kinds_sent().await, ["ArtistChanged"]);
}

#[sqlx::test(migrations = false)]
async fn who_is_no_creator_makes_no_artist(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let input = json!({ "i": { "name": "X" } });
    assert_eq!(app.door.codes(None, CREATE, input.clone()).await, ["UNAUTHENTICATED"]);
    assert_eq!(app.door.codes(Some(&app.listener), CREATE, input).await, ["FORBIDDEN"]);
    assert_eq!(app.count("artists").await, 0);
}

#[sqlx::test(migrations = false)]
async fn an_artist_that_makes_no_sense_is_refused_where_it_does_not(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for (input, field) in [
        (json!({ "name": " " }), "name"),
        (json!({ "name": "x".repeat(301) }), "name"),
        (json!({ "name": "X", "musicbrainzId": "nonsense" }), "musicbrainzId"),
        (json!({ "name": "X", "bio": "x".repeat(10_001) }), "bio"),
    ] {
        let payload = app.try_mutate(&app.creator, CREATE, json!({ "i": input })).await;
        assert_eq!(payload["userErrors"][0]["code"], "INVALID_INPUT");
        assert_eq!(payload["userErrors"][0]["path"], json!(["input", field]));
    }
    let bad_url = json!({ "i": { "name": "X", "imageUrl": "javascript:alert(1)" } });
    assert_eq!(app.door.execute(Some(&app.creator), CREATE, bad_url).await.errors.len(), 1);
}

#[sqlx::test(migrations = false)]
async fn the_same_key_answers_the_first_artist_again(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let input = json!({ "i": { "name": "Robyn" }, "k": "once" });
    let (first, second) = tokio::join!(app.mutate(CREATE, input.clone()), app.mutate(CREATE, input));
    assert_eq!(first["artist"]["id"], second["artist"]["id"]);
    assert_eq!(app.count("artists").await, 1);
    let other = json!({ "i": { "name": "Karin" }, "k": "once" });
    assert_eq!(app.refused(&app.creator, CREATE, other.clone()).await, ["IDEMPOTENCY_KEY_REUSED"]);
    // Keys are each person's own.
    app.mutate_as(&app.admin, CREATE, other).await;
}

#[sqlx::test(migrations = false)]
async fn a_musicbrainz_id_is_one_artists(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let input = json!({ "name": "X", "musicbrainzId": "bf710b71-48e5-4e15-9bd6-96debb2e4e98" });
    app.mutate(CREATE, json!({ "i": input })).await;
    assert_eq!(app.refused(&app.creator, CREATE, json!({ "i": input })).await, ["CONFLICT"]);
}

#[sqlx::test(migrations = false)]
async fn a_change_that_changes_nothing_tells_nobody(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let id = app.artist("Robyn").await;
    app.mutate(UPDATE, json!({ "id": id, "i": { "name": "Robyn", "bio": "Sings" } })).await;
    app.sent().await;
    let same = app.mutate(UPDATE, json!({ "id": id, "i": { "name": "Robyn" } })).await;
    assert_eq!(same["artist"]["bio"], "Sings", "a field that is left out stays");
    assert_eq!(app.kinds_sent().await, Vec::<String>::new());
    let cleared = app.mutate(UPDATE, json!({ "id": id, "i": { "name": "Robyn", "bio": null } })).await;
    assert_eq!(cleared["artist"]["bio"], json!(null));
    let sent = app.sent().await;
    assert_eq!((sent[0].kind.as_str(), &sent[0].data["version"]), ("ArtistChanged", &json!(3)));
}

#[sqlx::test(migrations = false)]
async fn a_new_name_is_told_of_everything_that_bears_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, _, tracks) = app.published_album("Junior", 2).await;
    app.sent().await;
    app.mutate(UPDATE, json!({ "id": artist, "i": { "name": "Royksopp" } })).await;
    let sent = app.sent().await;
    let kinds: Vec<_> = sent.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["ArtistChanged", "AlbumChanged", "TrackChanged", "TrackChanged"]);
    assert_eq!(sent[2].data["track"]["artists"][0]["name"], "Royksopp");
    assert!(tracks.contains(&text(&sent[2].data["track_id"])));
}

#[sqlx::test(migrations = false)]
async fn an_artist_is_changed_by_its_owner_and_by_admins_alone(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let id = app.artist("Robyn").await;
    let stranger = polyphony_testkit::keys::viewer(polyphony_kit::Role::Creator);
    let change = json!({ "id": id, "i": { "name": "Mine" } });
    assert_eq!(app.refused(&stranger, UPDATE, change.clone()).await, ["NOT_ALLOWED"]);
    assert_eq!(app.refused(&stranger, DELETE, json!({ "id": id })).await, ["NOT_ALLOWED"]);
    app.mutate_as(&app.admin, UPDATE, change).await;
    for unknown in ["art_01h455vb4pex5vsknk084sn02q", "nonsense", ""] {
        let change = json!({ "id": unknown, "i": { "name": "Mine" } });
        assert_eq!(app.refused(&app.creator, UPDATE, change).await, ["NOT_FOUND"], "{unknown}");
    }
}

#[sqlx::test(migrations = false)]
async fn an_artist_is_deleted_when_nothing_names_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let id = app.artist("Robyn").await;
    let album = app.album("Honey", &[&id]).await;
    assert_eq!(app.refused(&app.creator, DELETE, json!({ "id": id })).await, ["HAS_DEPENDENTS"]);
    let delete_album = "mutation($id: ID!) { deleteAlbum(id: $id) { ok userErrors { code } } }";
    assert_eq!(app.mutate(delete_album, json!({ "id": album })).await["ok"], true);
    assert_eq!(app.mutate(DELETE, json!({ "id": id })).await["ok"], true);
    let gone = app.ask("query($id: ID!) { artist(id: $id) { name } }", json!({ "id": id })).await;
    assert_eq!(gone["artist"], json!(null));
    let sent = app.sent().await;
    assert_eq!(
        sent.last().map(|event| (event.kind.as_str(), event.data["version"].as_i64())),
        Some(("ArtistDeleted", Some(2)))
    );
}
