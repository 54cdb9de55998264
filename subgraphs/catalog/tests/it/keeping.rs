//! Putting right what belongs together: merging, moving, splitting, and taking that back.

use polyphony_kit::{Role, Viewer};
use polyphony_testkit::keys;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{TestApp, ready, tags, text},
    lock_order::while_it_leaves,
};

const MERGE_ARTISTS: &str = "mutation($s: [ID!]!, $t: ID!, $k: String) {
    mergeArtists(sourceIds: $s, targetId: $t, idempotencyKey: $k) { artist { id name } change { id kind undoneAt } userErrors { code path } } }";
const MERGE_ALBUMS: &str = "mutation($s: [ID!]!, $t: ID!) {
    mergeAlbums(sourceIds: $s, targetId: $t) { album { id title trackCount } change { id } userErrors { code path } } }";
const MOVE: &str = "mutation($i: MoveTracksInput!) { moveTracks(input: $i) {
    tracks { id discNumber trackNumber album { id } } change { id kind } userErrors { code path } } }";
const SPLIT: &str = "mutation($i: SplitArtistInput!) { splitArtist(input: $i) {
    artist { id name } change { id } userErrors { code path } } }";
const UNDO: &str =
    "mutation($c: ID!) { undoCatalogChange(changeId: $c) { change { kind undoneAt } userErrors { code } } }";

/// Who an artist, an album and a track are of and where they stand, as anybody sees it.
async fn seen(app: &TestApp, artist: &str, album: &str, track: &str) -> Value {
    let query = "query($a: ID!, $b: ID!, $t: ID!) { artist(id: $a) { id name albums { totalCount } }
        album(id: $b) { id title artists { id } tracks { edges { node { id } } } }
        track(id: $t) { artists { id } album { id } } }";
    app.ask(query, json!({ "a": artist, "b": album, "t": track })).await
}

#[sqlx::test(migrations = false)]
async fn artists_that_are_merged_answer_as_what_they_became_until_that_is_undone(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (wrong, album, tracks) = app.published_album("One", 2).await;
    let (right, _, _) = app.published_album("Two", 1).await;
    app.play(app.listener.user, &tracks[0]).await;
    app.deliver().await;
    let before = seen(&app, &wrong, &album, &tracks[0]).await;
    let input = json!({ "s": [wrong], "t": right, "k": "once" });
    let merged = app.mutate(MERGE_ARTISTS, input.clone()).await;
    assert_eq!(merged["artist"]["id"], json!(right));
    assert_eq!(app.mutate(MERGE_ARTISTS, input).await, merged, "the same key answers the same");
    let after = seen(&app, &wrong, &album, &tracks[0]).await;
    assert_eq!((&after["artist"]["id"], &after["artist"]["albums"]["totalCount"]), (&json!(right), &json!(2)));
    assert_eq!(
        (&after["album"]["artists"], &after["track"]["artists"]),
        (&json!([{ "id": right }]), &json!([{ "id": right }]))
    );
    let node = app.ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": wrong })).await;
    assert_eq!(node["node"]["id"], json!(right));
    let representation = json!({ "__typename": "Artist", "id": wrong });
    let entity = app
        .ask(
            "query($r: [_Any!]!) { _entities(representations: $r) { ... on Artist { name } } }",
            json!({ "r": [representation] }),
        )
        .await;
    assert_eq!(entity["_entities"], json!([{ "name": "Artist of Two" }]));
    let sent = app.sent().await;
    let gone = sent.iter().find(|event| event.kind == "ArtistDeleted").unwrap();
    assert_eq!((&gone.data["artist_id"], &gone.data["merged_into"]), (&json!(wrong), &json!(right)));
    assert!(sent.iter().filter(|event| event.kind == "TrackChanged").count() == 2);
    for event in &sent {
        app.hear(event).await.unwrap();
    }
    let found = "{ search(query: \"artist of one\", types: [ARTIST]) { edges { node { ... on Artist { id } } } } }";
    assert!(!app.ask(found, json!({})).await["search"]["edges"].to_string().contains(&wrong));
    // A further file of the old name is of what it became.
    app.hear_from(&ready(app.creator.user, tags("New", "Artist of One", "Three", 1))).await.unwrap();
    assert_eq!(app.count("artists").await, 1);

    let undone = app.mutate(UNDO, json!({ "c": merged["change"]["id"] })).await;
    assert!(undone["change"]["undoneAt"].is_string());
    assert_eq!(seen(&app, &wrong, &album, &tracks[0]).await, before);
    app.deliver().await;
    assert!(app.ask(found, json!({})).await["search"]["edges"].to_string().contains(&wrong), "it is found again");
    let again = app.refused(&app.creator, UNDO, json!({ "c": merged["change"]["id"] })).await;
    assert_eq!(again, ["CONFLICT"]);
}

#[sqlx::test(migrations = false)]
async fn albums_that_are_merged_are_one_until_that_is_undone(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, one, first) = app.published_album("One", 2).await;
    let (_, two, second) = app.published_album("Two", 1).await;
    let before = seen(&app, &artist, &one, &first[0]).await;
    let merged = app.mutate(MERGE_ALBUMS, json!({ "s": [one], "t": two })).await;
    assert_eq!(merged["album"], json!({ "id": two, "title": "Two", "trackCount": 3 }));
    let after = seen(&app, &artist, &one, &first[0]).await;
    assert_eq!((&after["album"]["id"], &after["track"]["album"]["id"]), (&json!(two), &json!(two)));
    let sent = app.sent().await;
    let gone = sent.iter().find(|event| event.kind == "AlbumDeleted").unwrap();
    assert_eq!((&gone.data["album_id"], &gone.data["merged_into"]), (&json!(one), &json!(two)));
    // What is merged further leads to the end.
    let (_, three, _) = app.published_album("Three", 1).await;
    let further = app.mutate(MERGE_ALBUMS, json!({ "s": [two], "t": three })).await;
    assert_eq!(seen(&app, &artist, &one, &second[0]).await["album"]["id"], json!(three));
    app.mutate(UNDO, json!({ "c": further["change"]["id"] })).await;
    app.mutate(UNDO, json!({ "c": merged["change"]["id"] })).await;
    assert_eq!(seen(&app, &artist, &one, &first[0]).await, before);
}

#[sqlx::test(migrations = false)]
async fn tracks_are_moved_and_an_artist_is_split(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, one, first) = app.published_album("One", 3).await;
    let (_, two, _) = app.published_album("Two", 1).await;
    let input = json!({ "trackIds": [first[2], first[0]], "albumId": two, "discNumber": 2, "firstTrackNumber": 5 });
    let moved = app.mutate(MOVE, json!({ "i": input })).await;
    let at =
        |id: &String, number: i32| json!({ "id": id, "discNumber": 2, "trackNumber": number, "album": { "id": two } });
    assert_eq!(moved["tracks"], json!([at(&first[2], 5), at(&first[0], 6)]));
    // What somebody edits meanwhile stays as they say.
    let update =
        "mutation($id: ID!, $i: TrackInput!) { updateTrack(id: $id, input: $i) { track { id } userErrors { code } } }";
    let input = json!({ "title": "x", "artistIds": [artist], "trackNumber": 9 });
    app.mutate(update, json!({ "id": first[0], "i": input })).await;
    app.mutate(UNDO, json!({ "c": moved["change"]["id"] })).await;
    let albums = app
        .ask(
            "query($a: ID!, $b: ID!) { a: album(id: $a) { trackCount } b: album(id: $b) { trackCount } }",
            json!({ "a": one, "b": two }),
        )
        .await;
    assert_eq!(albums, json!({ "a": { "trackCount": 2 }, "b": { "trackCount": 2 } }));

    let input = json!({ "artistId": artist, "name": "Artist of One", "trackIds": [first[0]], "albumIds": [] });
    let split = app.mutate(SPLIT, json!({ "i": input })).await;
    let other = text(&split["artist"]["id"]);
    assert_eq!(seen(&app, &artist, &one, &first[0]).await["track"]["artists"], json!([{ "id": other }]));
    let again = json!({ "artistId": artist, "name": "X", "trackIds": [first[0]] });
    assert_eq!(app.refused(&app.creator, SPLIT, json!({ "i": again })).await, ["INVALID_INPUT"], "it is not theirs");
    app.mutate(UNDO, json!({ "c": split["change"]["id"] })).await;
    let after = seen(&app, &other, &one, &first[0]).await;
    assert_eq!((&after["artist"], &after["track"]["artists"]), (&json!(null), &json!([{ "id": artist }])));
    let whole = json!({ "artistId": artist, "name": "The Other", "albumIds": [one] });
    let split = app.mutate(SPLIT, json!({ "i": whole })).await;
    let after = seen(&app, &artist, &one, &first[1]).await;
    assert_eq!(after["album"]["artists"], json!([{ "id": split["artist"]["id"] }]));
    assert_eq!(after["track"]["artists"], json!([{ "id": split["artist"]["id"] }]), "with its tracks");
}

#[sqlx::test(migrations = false)]
async fn nobody_changes_what_is_not_theirs_alone(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let stranger = keys::viewer(Role::Creator);
    let refused =
        async |viewer: &Viewer, mutation: &str, variables: Value| app.refused(viewer, mutation, variables).await;
    let (mine, album, tracks) = app.published_album("One", 1).await;
    let (other, second, _) = app.published_album("Two", 1).await;
    for (mutation, variables) in [
        (MERGE_ARTISTS, json!({ "s": [mine], "t": other })),
        (MERGE_ALBUMS, json!({ "s": [album], "t": second })),
        (MOVE, json!({ "i": { "trackIds": tracks, "albumId": second } })),
        (SPLIT, json!({ "i": { "artistId": mine, "name": "X", "trackIds": tracks } })),
    ] {
        let codes = refused(&stranger, mutation, variables).await;
        assert!(["NOT_ALLOWED", "INVALID_INPUT"].contains(&codes[0].as_str()), "{codes:?} {mutation}");
    }
    assert_eq!(refused(&app.creator, MERGE_ARTISTS, json!({ "s": [mine], "t": mine })).await, ["INVALID_INPUT"]);
    assert_eq!(refused(&app.creator, MERGE_ALBUMS, json!({ "s": [], "t": album })).await, ["INVALID_INPUT"]);
    assert_eq!(refused(&app.creator, MERGE_ALBUMS, json!({ "s": ["nonsense"], "t": album })).await, ["NOT_FOUND"]);
    // Somebody else has published music that names the artist: it is ADMIN's to change.
    app.hear_from(&ready(stranger.user, tags("Theirs", "Artist of One", "Live", 1))).await.unwrap();
    let update = "mutation($id: ID!, $i: ArtistInput!) { updateArtist(id: $id, input: $i) { artist { name } userErrors { code message } } }";
    let rename = json!({ "id": mine, "i": { "name": "Renamed" } });
    let payload = app.try_mutate(&app.creator, update, rename.clone()).await;
    let message = "music of several people names the artist: only an ADMIN can change it";
    assert_eq!(payload["userErrors"], json!([{ "code": "NOT_ALLOWED", "message": message }]));
    assert_eq!(refused(&app.creator, MERGE_ARTISTS, json!({ "s": [mine], "t": other })).await, ["NOT_ALLOWED"]);
    app.mutate_as(&app.admin, update, rename).await;
    app.mutate_as(&app.admin, MERGE_ARTISTS, json!({ "s": [mine], "t": other })).await;
    let various = app.artist("Various Artists").await;
    let rename = json!({ "id": various, "i": { "name": "Mine" } });
    assert_eq!(refused(&app.creator, update, rename).await, ["NOT_ALLOWED"]);
}

#[sqlx::test(migrations = false)]
async fn a_track_that_leaves_an_album_while_its_artist_is_split_stays_the_artists(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, one, tracks) = app.published_album("One", 2).await;
    let (_, two, _) = app.published_album("Two", 1).await;
    let input = json!({ "artistId": artist, "name": "The Other", "albumIds": [one] });
    let split = app.mutate(SPLIT, json!({ "i": input }));
    let split = while_it_leaves(&app, (&tracks[0], &two), split).await;
    let artists_of = async |track| seen(&app, &artist, &one, track).await["track"]["artists"].take();
    assert_eq!(artists_of(&tracks[0]).await, json!([{ "id": artist }]));
    assert_eq!(artists_of(&tracks[1]).await, json!([{ "id": split["artist"]["id"] }]));
}
