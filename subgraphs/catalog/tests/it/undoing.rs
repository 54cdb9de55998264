//! What changes leave as it was when they are taken back, and what they do not touch.

use polyphony_events::{
    UserId,
    media::{Details, MediaReady, Tags},
};
use polyphony_kit::{Role, Viewer};
use polyphony_testkit::keys;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, ready, tags, text};

const MERGE_ALBUMS: &str = "mutation($s: [ID!]!, $t: ID!) { mergeAlbums(sourceIds: $s, targetId: $t) {
    change { id } userErrors { code path } } }";
const MOVE: &str =
    "mutation($i: MoveTracksInput!) { moveTracks(input: $i) { change { id } userErrors { code path } } }";
const UNDO: &str = "mutation($c: ID!) { undoCatalogChange(changeId: $c) { change { undoneAt } userErrors { code } } }";
const DELETE_ALBUM: &str = "mutation($id: ID!) { deleteAlbum(id: $id) { ok userErrors { code } } }";
const SHARE: &str =
    "mutation($i: CreateShareInput!) { createShare(input: $i) { share { token } userErrors { code } } }";

async fn album_of(app: &TestApp, track: &str) -> Value {
    app.ask("query($t: ID!) { track(id: $t) { album { id } } }", json!({ "t": track })).await["track"]["album"]["id"]
        .clone()
}

async fn undo(app: &TestApp, change: &Value) {
    let undone = app.mutate(UNDO, json!({ "c": change["change"]["id"] })).await;
    assert!(undone["change"]["undoneAt"].is_string());
}

/// What the database has of an album beside what changes with each version.
async fn row(app: &TestApp, album: &str) -> Value {
    let sql = "select to_jsonb(b) - 'version' - 'updated_at' from albums b where id = $1";
    sqlx::query_scalar(sql).bind(uuid(album)).fetch_one(app.pool()).await.unwrap()
}

fn uuid(album: &str) -> uuid::Uuid {
    polyphony_events::AlbumId::parse(album).unwrap().0
}

async fn opens(app: &TestApp, token: &Value) -> Value {
    let query = "query($t: String!) { share(token: $t) { album { id } } }";
    app.ask(query, json!({ "t": token })).await["share"]["album"]["id"].clone()
}

#[sqlx::test(migrations = false)]
async fn moved_tracks_go_back_to_what_their_album_became_and_stay_where_it_is_nowhere(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, one, first) = app.published_album("One", 1).await;
    let (_, two, _) = app.published_album("Two", 1).await;
    let (_, three, third) = app.published_album("Three", 1).await;
    let (_, four, _) = app.published_album("Four", 1).await;
    let gone = app.mutate(MOVE, json!({ "i": { "trackIds": first, "albumId": two } })).await;
    app.mutate(DELETE_ALBUM, json!({ "id": one })).await;
    undo(&app, &gone).await;
    assert_eq!(album_of(&app, &first[0]).await, json!(two), "there is nowhere to go");
    let became = app.mutate(MOVE, json!({ "i": { "trackIds": third, "albumId": two } })).await;
    app.mutate(MERGE_ALBUMS, json!({ "s": [three], "t": four })).await;
    undo(&app, &became).await;
    assert_eq!(album_of(&app, &third[0]).await, json!(four));
}

#[sqlx::test(migrations = false)]
async fn nobody_undoes_what_is_somebody_elses_by_now(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, one, first) = app.published_album("One", 2).await;
    let (_, two, _) = app.published_album("Two", 1).await;
    let moved = app.mutate(MOVE, json!({ "i": { "trackIds": first, "albumId": two } })).await;
    let track = polyphony_events::TrackId::parse(&first[0]).unwrap();
    let hand_over = sqlx::query("update tracks set owner_id = $1 where id = $2").bind(UserId::new()).bind(track);
    hand_over.execute(app.pool()).await.unwrap();
    undo(&app, &moved).await;
    assert_eq!(album_of(&app, &first[0]).await, json!(two), "the track was handed over");
    assert_eq!(album_of(&app, &first[1]).await, json!(one));
    // Somebody who was an administrator when they merged other people's albums, and is none any more.
    let merged = app.mutate_as(&app.admin, MERGE_ALBUMS, json!({ "s": [one], "t": two })).await;
    let former = Viewer { user: app.admin.user, ..keys::viewer(Role::Creator) };
    let change = json!({ "c": merged["change"]["id"] });
    assert_eq!(app.refused(&former, UNDO, change.clone()).await, ["NOT_ALLOWED"]);
    app.mutate_as(&app.admin, UNDO, change).await;
    assert_eq!(album_of(&app, &first[1]).await, json!(one));
}

#[sqlx::test(migrations = false)]
async fn an_album_whose_merge_is_undone_is_all_that_it_was(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, one, _) = app.published_album("One", 1).await;
    let (_, two, _) = app.published_album("Two", 1).await;
    let said = "update albums set release_group_id = 'group', original_released_on = '1973', is_guessed = true,
        renamed_from = gen_random_uuid(), published_at = created_at + interval '1 day', play_count = 7 where id = $1";
    sqlx::query(said).bind(uuid(&one)).execute(app.pool()).await.unwrap();
    let token = app.mutate_as(&app.listener, SHARE, json!({ "i": { "albumId": one } })).await["share"]["token"].clone();
    let before = (row(&app, &one).await, row(&app, &two).await);
    let merged = app.mutate(MERGE_ALBUMS, json!({ "s": [one], "t": two })).await;
    assert_eq!(opens(&app, &token).await, json!(two));
    undo(&app, &merged).await;
    assert_eq!((row(&app, &one).await, row(&app, &two).await), before);
    assert_eq!(opens(&app, &token).await, json!(one));
}

#[sqlx::test(migrations = false)]
async fn what_is_public_does_not_become_a_draft(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, one, _) = app.published_album("One", 1).await;
    let draft = app.album("Draft", &[&artist]).await;
    let merge = json!({ "s": [one], "t": draft });
    let payload = app.try_mutate(&app.creator, MERGE_ALBUMS, merge).await;
    assert_eq!(payload["userErrors"], json!([{ "code": "CONFLICT", "path": ["targetId"] }]));
    app.mutate(MERGE_ALBUMS, json!({ "s": [draft], "t": one })).await;
}

/// The last track of an album goes to one that is there: who has a link to it, and its plays, go there, too.
#[sqlx::test(migrations = false)]
async fn an_album_that_an_import_empties_leaves_its_links_and_plays_to_where_its_tracks_went(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let upload = app.import(tags("Eple", "Band", "Misspelt", 2)).await;
    let query = "{ albums { edges { node { id } } } }";
    let one = text(&app.ask(query, json!({})).await["albums"]["edges"][0]["node"]["id"]);
    app.import(tags("So Easy", "Band", "Melody", 1)).await;
    let token = app.mutate_as(&app.listener, SHARE, json!({ "i": { "albumId": one } })).await["share"]["token"].clone();
    sqlx::query("update albums set play_count = 5 where id = $1").bind(uuid(&one)).execute(app.pool()).await.unwrap();
    let again = MediaReady {
        retags: Some(upload),
        replaces: Some(upload),
        ..ready(app.creator.user, tags("Eple", "Band", "Melody", 2))
    };
    app.hear_from(&again).await.unwrap();
    let query = "query($id: ID!) { albums { edges { node { id title trackCount } } } album(id: $id) { id } }";
    let after = app.ask(query, json!({ "id": one })).await;
    let two = after["album"]["id"].clone();
    let melody = json!({ "id": two, "title": "Melody", "trackCount": 2 });
    assert_eq!(after["albums"]["edges"], json!([{ "node": melody }]));
    assert_eq!(row(&app, &text(&two)).await["play_count"], json!(5));
    assert_eq!(opens(&app, &token).await, two);
}

#[sqlx::test(migrations = false)]
async fn a_strangers_file_neither_settles_nor_parts_nor_dates_an_album(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let release = Some("b1a9c0e9-d987-4042-ae91-78d6a3267d69".to_owned());
    let file = |artist: &str, details: Details| Tags {
        musicbrainz_release_id: release.clone(),
        musicbrainz_release_group_id: details.original_released_on.clone().and(release.clone()),
        details,
        ..tags(&format!("By {artist}"), artist, "Songs", 1)
    };
    app.import(file("Band", Details::default())).await;
    let sql = "select to_jsonb(b), array(select artist_id from album_artists) from albums b";
    let album = async || sqlx::query_as::<_, (Value, Vec<uuid::Uuid>)>(sql).fetch_one(app.pool()).await.unwrap();
    let before = album().await;
    assert_eq!(before.0["is_guessed"], json!(true));
    let dated = Details { original_released_on: Some("1901".to_owned()), ..Details::default() };
    let stranger = UserId::new();
    app.hear_from(&ready(stranger, file("Other", dated.clone()))).await.unwrap();
    app.hear_from(&ready(stranger, file("Third", dated.clone()))).await.unwrap();
    let joined = sqlx::query_scalar::<_, i64>("select count(*) from tracks where album_id = $1 and owner_id = $2");
    let id: uuid::Uuid = serde_json::from_value(before.0["id"].clone()).unwrap();
    assert!(joined.bind(id).bind(stranger).fetch_one(app.pool()).await.unwrap() > 0, "it is the same release");
    assert_eq!(album().await, before);
    // Its owner's own does.
    app.import(Tags { track_number: Some(2), ..file("Band", dated) }).await;
    assert_eq!(album().await.0["original_released_on"], json!("1901"));
}
