//! Edits of many things at once, and edits that say which version they are of.

use polyphony_events::AlbumId;
use polyphony_kit::Role;
use polyphony_testkit::keys;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{TestApp, ready, tags},
    lock_order::while_it_leaves,
};

const UPDATE: &str = "mutation($ids: [ID!]!, $p: TracksPatch!, $v: [Int!]) { updateTracks(ids: $ids, patch: $p, baseVersions: $v) {
    tracks { id title version discNumber explicit artists { name } genres { slug } } userErrors { code message path } } }";
const PUBLISH: &str = "mutation($ids: [ID!]!) { publishAlbums(ids: $ids) {
    albums { id status version } userErrors { code path } } }";
const WITHDRAW: &str = "mutation($ids: [ID!]!, $v: [Int!]) { withdrawAlbums(ids: $ids, baseVersions: $v) {
    albums { id status } userErrors { code message path } } }";
const DELETE: &str = "mutation($ids: [ID!]!, $t: Boolean! = false) { deleteAlbums(ids: $ids, withTracks: $t) {
    deletedIds userErrors { code path } } }";

fn refusal(code: &str, at: usize) -> Value {
    json!({ "code": code, "path": ["ids", at.to_string()] })
}

#[sqlx::test(migrations = false)]
async fn one_thing_is_said_of_many_tracks_and_nothing_else_of_them_changes(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, _, tracks) = app.published_album("Box", 3).await;
    let other = app.artist("Somebody").await;
    let stranger = keys::viewer(Role::Creator);
    app.hear_from(&ready(stranger.user, tags("Theirs", "Them", "Live", 1))).await.unwrap();
    let theirs = app.ask("{ tracks(filter: { text: \"theirs\" }) { edges { node { id } } } }", json!({})).await;
    let theirs = &theirs["tracks"]["edges"][0]["node"]["id"];
    app.sent().await;
    let ids = json!([tracks[0], theirs, tracks[1], "nonsense"]);
    let patch = json!({ "artistIds": [other], "discNumber": 2, "explicit": true, "genres": ["House"] });
    let payload = app.try_mutate(&app.creator, UPDATE, json!({ "ids": ids, "p": patch })).await;
    let said = |id: &str, title: &str| {
        json!({ "id": id, "title": title, "version": 3, "discNumber": 2, "explicit": true,
            "artists": [{ "name": "Somebody" }], "genres": [{ "slug": "house" }] })
    };
    assert_eq!(payload["tracks"], json!([said(&tracks[0], "Box 1"), said(&tracks[1], "Box 2")]));
    let codes: Vec<_> =
        payload["userErrors"].as_array().unwrap().iter().map(|e| json!([e["code"], e["path"][1]])).collect();
    assert_eq!(codes, [json!(["NOT_ALLOWED", "1"]), json!(["NOT_FOUND", "3"])]);
    assert_eq!(app.kinds_sent().await, ["TrackChanged", "TrackChanged"], "as edits of single tracks tell it");
    let nowhere = json!({ "ids": [tracks[2]], "p": { "albumId": "alb_01h455vb4pex5vsknk084sn02q" } });
    assert_eq!(app.refused(&app.creator, UPDATE, nowhere).await, ["INVALID_INPUT"]);
    let many = json!({ "ids": vec![tracks[0].clone(); 101], "p": {} });
    let payload = app.try_mutate(&app.creator, UPDATE, many).await;
    assert_eq!(payload["userErrors"][0]["path"], json!(["ids"]));
    let bad = json!({ "ids": [tracks[0]], "p": { "artistIds": ["nonsense"] } });
    let payload = app.try_mutate(&app.creator, UPDATE, bad).await;
    assert_eq!(payload["userErrors"][0]["path"], json!(["patch", "artistIds"]));
}

#[sqlx::test(migrations = false)]
async fn albums_are_published_withdrawn_and_deleted_together_and_one_that_cannot_be_leaves_the_others(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("A").await;
    let (empty, full) = (app.album("Empty", &[&artist]).await, app.album("Full", &[&artist]).await);
    app.track(json!({ "title": "T", "artistIds": [artist], "albumId": full })).await;
    let payload = app.try_mutate(&app.creator, PUBLISH, json!({ "ids": [empty, full] })).await;
    assert_eq!(payload["albums"], json!([{ "id": full, "status": "PUBLISHED", "version": 2 }]));
    assert_eq!(payload["userErrors"], json!([refusal("INVALID_INPUT", 0)]));
    let again = app.try_mutate(&app.creator, PUBLISH, json!({ "ids": [full] })).await;
    assert_eq!(again["userErrors"], json!([refusal("ALREADY_PUBLISHED", 0)]));
    let stale = app.try_mutate(&app.creator, WITHDRAW, json!({ "ids": [full], "v": [1] })).await;
    let message = "the current version is 2";
    assert_eq!(stale["userErrors"], json!([{ "code": "STALE_VERSION", "message": message, "path": ["ids", "0"] }]));
    let payload = app.mutate(WITHDRAW, json!({ "ids": [full], "v": [2] })).await;
    assert_eq!(payload["albums"], json!([{ "id": full, "status": "WITHDRAWN" }]));
    app.sent().await;
    let payload = app.try_mutate(&app.creator, DELETE, json!({ "ids": [full, empty] })).await;
    assert_eq!(
        (&payload["deletedIds"], &payload["userErrors"]),
        (&json!([empty]), &json!([refusal("HAS_DEPENDENTS", 0)]))
    );
    let payload = app.mutate(DELETE, json!({ "ids": [full], "t": true })).await;
    assert_eq!(payload["deletedIds"], json!([full]));
    assert_eq!(app.kinds_sent().await, ["AlbumDeleted", "TrackDeleted", "AlbumDeleted"]);
    assert_eq!((app.count("tracks").await, app.count("albums").await), (0, 0));
}

#[sqlx::test(migrations = false)]
async fn an_album_goes_with_its_tracks_only_where_all_of_them_are_ones_own(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, album, tracks) = app.published_album("Ours", 2).await;
    let stranger = keys::viewer(Role::Creator);
    sqlx::query("update tracks set owner_id = $1 where title = 'Ours 2'")
        .bind(stranger.user.0)
        .execute(app.pool())
        .await
        .unwrap();
    let payload = app.try_mutate(&app.creator, DELETE, json!({ "ids": [album], "t": true })).await;
    assert_eq!(payload["userErrors"], json!([refusal("HAS_DEPENDENTS", 0)]));
    assert_eq!(app.count("tracks").await as usize, tracks.len(), "nothing of it is gone");
    assert_eq!(app.refused(&stranger, DELETE, json!({ "ids": [album], "t": true })).await, ["NOT_ALLOWED"]);
}

/// An ADMIN manages everything; whose music it is does not change by that.
#[sqlx::test(migrations = false)]
async fn an_admin_deletes_no_music_that_somebody_else_has_on_an_album(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let stranger = keys::viewer(Role::Creator);
    app.import(tags("Mine", "Band", "Ours", 1)).await;
    app.hear_from(&ready(stranger.user, tags("Theirs", "Band", "Ours", 2))).await.unwrap();
    let (album,): (AlbumId,) = sqlx::query_as("select id from albums").fetch_one(app.pool()).await.unwrap();
    for viewer in [&app.creator, &app.admin] {
        let payload = app.try_mutate(viewer, DELETE, json!({ "ids": [album.to_string()], "t": true })).await;
        assert_eq!(payload["userErrors"], json!([refusal("HAS_DEPENDENTS", 0)]));
        assert_eq!((app.count("tracks").await, app.count("track_sources").await), (2, 2), "nothing of it is gone");
    }
    app.import(tags("Alone", "Band", "Mine", 1)).await;
    let own = "select id from albums where title = 'Mine'";
    let (own,): (AlbumId,) = sqlx::query_as(own).fetch_one(app.pool()).await.unwrap();
    app.mutate_as(&app.admin, DELETE, json!({ "ids": [own.to_string()], "t": true })).await;
    assert_eq!((app.count("tracks").await, app.count("albums").await), (2, 1));
}

/// Which tracks stand on the album was read before whoever moved one let go of it.
#[sqlx::test(migrations = false)]
async fn a_track_that_leaves_an_album_while_the_album_is_deleted_stays(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, album, tracks) = app.published_album("Left", 2).await;
    let (_, other, _) = app.published_album("Other", 1).await;
    app.sent().await;
    let delete = app.mutate(DELETE, json!({ "ids": [album], "t": true }));
    let deleted = while_it_leaves(&app, (&tracks[0], &other), delete).await;
    assert_eq!(deleted["deletedIds"], json!([album]));
    assert_eq!(app.kinds_sent().await, ["TrackDeleted", "AlbumDeleted"], "one track goes with it");
    let titles = "select title from tracks order by title";
    let titles: Vec<String> = sqlx::query_scalar(titles).fetch_all(app.pool()).await.unwrap();
    assert_eq!(titles, ["Left 1", "Other 1"]);
}

#[sqlx::test(migrations = false)]
async fn an_edit_of_what_somebody_else_has_edited_is_refused_with_the_version_that_is(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album, tracks) = app.published_album("One", 1).await;
    let versions = async || {
        let query = "query($a: ID!, $b: ID!, $t: ID!) { artist(id: $a) { version } album(id: $b) { version } track(id: $t) { version } }";
        let seen = app.ask(query, json!({ "a": artist, "b": album, "t": tracks[0] })).await;
        ["artist", "album", "track"].map(|kind| seen[kind]["version"].as_i64().unwrap())
    };
    let [of_artist, of_album, of_track] = versions().await;
    let input = json!({ "title": "Two", "artistIds": [artist] });
    let edits = [
        (
            "artist",
            "mutation($v: Int) { updateArtist(id: \"ID\", input: { name: \"B\" }, baseVersion: $v) { artist { version } userErrors { code message path } } }",
            &artist,
            of_artist,
        ),
        (
            "album",
            "mutation($v: Int, $i: AlbumInput!) { updateAlbum(id: \"ID\", input: $i, baseVersion: $v) { album { version } userErrors { code message path } } }",
            &album,
            of_album + 1,
        ),
        (
            "track",
            "mutation($v: Int, $i: TrackInput!) { updateTrack(id: \"ID\", input: $i, baseVersion: $v) { track { version } userErrors { code message path } } }",
            &tracks[0],
            of_track + 2,
        ),
        (
            "track",
            "mutation($v: Int) { setLyrics(trackId: \"ID\", lrc: \"[00:01.00]La\", baseVersion: $v) { track { version } userErrors { code message path } } }",
            &tracks[0],
            of_track + 3,
        ),
        (
            "track",
            "mutation($v: Int) { setLyricsOffset(trackId: \"ID\", offsetMs: 5, baseVersion: $v) { track { version } userErrors { code message path } } }",
            &tracks[0],
            of_track + 4,
        ),
    ];
    for (field, mutation, id, current) in edits {
        let mutation = mutation.replace("ID\"", &format!("{id}\""));
        let message = format!("the current version is {current}");
        let variables = |version: i64| {
            if mutation.contains("$i:") { json!({ "v": version, "i": input }) } else { json!({ "v": version }) }
        };
        let payload = app.try_mutate(&app.creator, &mutation, variables(current - 1)).await;
        let stale = json!([{ "code": "STALE_VERSION", "message": message, "path": ["baseVersion"] }]);
        assert_eq!((&payload["userErrors"], &payload[field]), (&stale, &json!(null)), "{mutation}");
        let payload = app.mutate(&mutation, variables(current)).await;
        assert_eq!(payload[field]["version"], current + 1, "{mutation}");
    }
    // What an edit has answered is what is read.
    assert_eq!(versions().await, [of_artist + 1, of_album + 2, of_track + 5]);
    let many = "mutation($ids: [ID!]!, $v: [Int!]) { updateTracks(ids: $ids, patch: { explicit: true }, baseVersions: $v) { tracks { version } userErrors { code path } } }";
    let wrong = json!({ "ids": tracks, "v": [1, 2] });
    assert_eq!(
        app.try_mutate(&app.creator, many, wrong).await["userErrors"],
        json!([{ "code": "INVALID_INPUT", "path": ["baseVersions"] }])
    );
    let done = app.mutate(many, json!({ "ids": tracks, "v": [of_track + 5] })).await;
    assert_eq!(done["tracks"], json!([{ "version": of_track + 6 }]));
}
