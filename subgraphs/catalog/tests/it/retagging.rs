//! Files that were tagged anew: their tracks say so, and stay the tracks that they are.

use polyphony_events::{
    AlbumId, TrackId, UploadId, UserId,
    media::{MediaReady, Tags},
};
use polyphony_kit::Role;
use polyphony_testkit::keys;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{TestApp, ready, tags, text},
    lock_order::while_it_leaves,
};

const TRACK: &str = "query($id: ID!) { track(id: $id) { title status playCount trackNumber isrc artists { name }
    genres { slug } album { id title coverUrl artists { name } } } }";
const UPDATE: &str = "mutation($id: ID!, $i: TrackInput!) { updateTrack(id: $id, input: $i) {
    track { title } userErrors { code path } } }";

/// The file of an upload comes once more, under these tags; its owner's client says that it is that file.
async fn retag(app: &TestApp, owner_id: UserId, original: UploadId, tags: Tags) {
    let again = MediaReady {
        retags: Some(original),
        replaces: Some(original),
        cover_url: None,
        filename: "another name.flac".to_owned(),
        ..ready(owner_id, tags)
    };
    app.hear_from(&again).await.unwrap();
}

/// The only track, and what is said of it.
async fn only_track(app: &TestApp) -> (String, Value) {
    let mut data = app.ask("{ tracks { edges { node { id } } } }", json!({})).await;
    let edges: Vec<Value> = serde_json::from_value(data["tracks"]["edges"].take()).unwrap();
    assert_eq!(edges.len(), 1);
    let id = text(&edges[0]["node"]["id"]);
    let track = app.ask(TRACK, json!({ "id": id })).await["track"].take();
    (id, track)
}

#[sqlx::test(migrations = false)]
async fn a_track_that_is_tagged_anew_says_so_and_stays_the_track_that_it_is(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let upload = app.import(tags("So Eazy", "Royksop", "Melody", 1)).await;
    let (id, before) = only_track(&app).await;
    app.play(app.listener.user, &id).await;
    app.sent().await;
    let better = Tags {
        isrc: Some("NOB120100001".to_owned()),
        genres: vec!["Electronica".to_owned()],
        ..tags("So Easy", "Röyksopp", "Melody A.M.", 1)
    };
    retag(&app, app.creator.user, upload, better).await;
    let sent = app.sent().await;
    let (same, mut after) = only_track(&app).await;
    let album = after["album"]["id"].take();
    assert_eq!(same, id);
    assert_eq!(
        after,
        json!({ "title": "So Easy", "status": "PUBLISHED", "playCount": 1, "trackNumber": 1, "isrc": "NOB120100001",
            "artists": [{ "name": "Röyksopp" }], "genres": [{ "slug": "electronica" }],
            "album": { "id": null, "title": "Melody A.M.", "coverUrl": before["album"]["coverUrl"],
                "artists": [{ "name": "Röyksopp" }] } })
    );
    let changed = sent.iter().find(|event| event.kind == "TrackChanged").unwrap();
    assert_eq!(changed.data["track"]["upload_id"], json!(upload), "it plays what it played");
    // It is the album that it was, under its right title; and no news.
    assert_eq!(album, before["album"]["id"]);
    assert!(sent.iter().all(|event| event.kind != "AlbumPublished"));
    let gone = sent.iter().find(|event| event.kind == "AlbumDeleted").unwrap();
    assert_eq!(gone.data["merged_into"], album);
    let albums = app.ask("{ albums { edges { node { id } } } }", json!({})).await;
    assert_eq!(albums["albums"]["edges"], json!([{ "node": { "id": album } }]));
}

#[sqlx::test(migrations = false)]
async fn a_file_that_comes_again_as_it_was_undoes_nothing(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let file = tags("So Eazy", "Röyksopp", "Melody A.M.", 1);
    let upload = app.import(file.clone()).await;
    let (id, _) = only_track(&app).await;
    let artist = app.artist("Me").await;
    let by_hand = json!({ "title": "Mine", "artistIds": [artist], "trackNumber": 7 });
    app.mutate(UPDATE, json!({ "id": id, "i": by_hand })).await;
    let edited = only_track(&app).await;
    app.sent().await;
    retag(&app, app.creator.user, upload, file.clone()).await;
    // It is another source, and nothing else.
    assert_eq!((app.kinds_sent().await, only_track(&app).await), (vec!["TrackChanged".to_owned()], edited.clone()));
    let elsewhere = MediaReady { retags: Some(upload), ..ready(app.creator.user, file) };
    app.hear_from(&elsewhere).await.unwrap();
    assert_eq!(
        only_track(&app).await,
        edited,
        "a copy of the very file is no other track, wherever the track stands now"
    );
    // Other tags count, and then these are what was imported last.
    let other = tags("So Easy", "Röyksopp", "Melody A.M.", 1);
    retag(&app, app.creator.user, upload, other.clone()).await;
    assert_eq!(only_track(&app).await.1["title"], "So Easy");
    app.mutate(UPDATE, json!({ "id": id, "i": by_hand })).await;
    retag(&app, app.creator.user, upload, other).await;
    assert_eq!(only_track(&app).await.1["title"], "Mine");
}

#[sqlx::test(migrations = false)]
async fn a_strangers_tags_make_a_track_of_their_own_and_change_no_other(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let upload = app.import(tags("So Easy", "Röyksopp", "Melody A.M.", 1)).await;
    let (id, before) = only_track(&app).await;
    let stranger = keys::viewer(Role::Creator).user;
    retag(&app, stranger, upload, tags("Mine", "Somebody", "Their Album", 1)).await;
    assert_eq!(app.ask(TRACK, json!({ "id": id })).await["track"], before);
    let owners: Vec<uuid::Uuid> =
        sqlx::query_scalar("select owner_id from tracks order by created_at, id").fetch_all(app.pool()).await.unwrap();
    assert_eq!(owners, [app.creator.user.0, stranger.0]);
}

#[sqlx::test(migrations = false)]
async fn the_same_sound_on_another_release_is_a_track_of_its_own(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let upload = app.import(tags("So Easy", "Röyksopp", "Melody A.M.", 1)).await;
    let (id, before) = only_track(&app).await;
    let copy = |tags: Tags| MediaReady {
        retags: Some(upload),
        filename: "copy.flac".to_owned(),
        ..ready(app.creator.user, tags)
    };
    let on_hits = Tags { compilation: true, ..tags("So Easy", "Röyksopp", "Hits", 1) };
    app.hear_from(&copy(on_hits)).await.unwrap();
    app.hear_from(&copy(tags("So Easy", "Röyksopp", "So Easy (single)", 1))).await.unwrap();
    assert_eq!(app.ask(TRACK, json!({ "id": id })).await["track"], before);
    assert_eq!((app.count("tracks").await, app.count("albums").await), (3, 3));
}

#[sqlx::test(migrations = false)]
async fn an_album_whose_title_is_corrected_in_most_of_its_files_stays_the_album_that_it_is(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (mut uploads, count) = (Vec::new(), 6);
    for number in 1..=count {
        uploads.push(app.import(tags(&format!("T{number}"), "Röyksopp", "Melodie", number)).await);
    }
    let query = "{ albums { edges { node { id title trackCount } } } }";
    let albums = async || {
        let edges = app.ask(query, json!({})).await["albums"]["edges"].take();
        let mut found: Vec<(String, String, Value)> = edges
            .as_array()
            .unwrap()
            .iter()
            .map(|edge| {
                let node = &edge["node"];
                (text(&node["title"]), text(&node["id"]), node["trackCount"].clone())
            })
            .collect();
        found.sort_by_key(|(title, ..)| title.clone());
        found
    };
    let id = albums().await.remove(0).1;
    app.sent().await;
    for (number, upload) in (1..).zip(&uploads).take(4) {
        retag(&app, app.creator.user, *upload, tags(&format!("T{number}"), "Röyksopp", "Melody A.M.", number)).await;
    }
    let found = albums().await;
    let other = found[0].1.clone();
    assert_eq!(
        found,
        [("Melodie".to_owned(), other.clone(), json!(2)), ("Melody A.M.".to_owned(), id.clone(), json!(4))]
    );
    for (number, upload) in (5..).zip(&uploads[4..]) {
        retag(&app, app.creator.user, *upload, tags(&format!("T{number}"), "Röyksopp", "Melody A.M.", number)).await;
    }
    assert_eq!(albums().await, [("Melody A.M.".to_owned(), id.clone(), json!(count))]);
    let sent = app.sent().await;
    assert!(sent.iter().all(|event| event.kind != "AlbumPublished"), "another title is no new album");
    // What was saved of the other meanwhile is of this one.
    let gone = sent.iter().find(|event| event.kind == "AlbumDeleted").unwrap();
    assert_eq!((&gone.data["album_id"], &gone.data["merged_into"]), (&json!(other), &json!(id)));
    let seen =
        app.ask("query($a: ID!) { album(id: $a) { id title } node(id: $a) { id } }", json!({ "a": other })).await;
    assert_eq!(seen, json!({ "album": { "id": id, "title": "Melody A.M." }, "node": { "id": id } }));
    // Another spelling of the artist.
    for (number, upload) in (1..).zip(&uploads) {
        retag(&app, app.creator.user, *upload, tags(&format!("T{number}"), "Röyksop", "Melody A.M.", number)).await;
    }
    assert_eq!(albums().await, [("Melody A.M.".to_owned(), id, json!(count))]);
}

#[sqlx::test(migrations = false)]
async fn an_album_stays_until_its_last_track_has_left_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let first = app.import(tags("One", "Röyksopp", "Melody", 1)).await;
    let second = app.import(tags("Two", "Röyksopp", "Melody", 2)).await;
    app.sent().await;
    retag(&app, app.creator.user, first, tags("One", "Röyksopp", "Melody A.M.", 1)).await;
    assert_eq!((app.count("albums").await, app.kinds_sent().await.contains(&"AlbumDeleted".to_owned())), (2, false));
    retag(&app, app.creator.user, second, tags("Two", "Röyksopp", "Melody A.M.", 2)).await;
    assert_eq!((app.count("albums").await, app.count("tracks").await), (1, 2));
    // What waits as a draft for its tracks is kept, also when one has left it.
    let artist = app.artist("Karin").await;
    let draft = app.album("Plans", &[&artist]).await;
    let upload = UploadId::new();
    let input =
        json!({ "title": "Demo", "artistIds": [artist], "albumId": draft, "trackNumber": 1, "uploadId": upload });
    let track = app.track(input).await;
    retag(&app, app.creator.user, upload, tags("Demo", "Karin", "Demos", 1)).await;
    let query = "query($t: ID!, $a: ID!) { track(id: $t) { status album { title } } album(id: $a) { trackCount } }";
    let seen = app.door.query(Some(&app.creator), query, json!({ "t": track, "a": draft })).await;
    assert_eq!(
        seen,
        json!({ "track": { "status": "PUBLISHED", "album": { "title": "Demos" } }, "album": { "trackCount": 0 } })
    );
}

#[sqlx::test(migrations = false)]
async fn albums_that_exchange_their_names_exchange_what_goes_with_the_name(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let mut uploads = Vec::new();
    for number in 1..=3 {
        let mut file = tags(&format!("T{number}"), "Band", "Wrong Title", number);
        file.details.original_released_on = Some("1969".to_owned());
        file.musicbrainz_release_group_id = Some("11111111-1111-4111-8111-111111111111".to_owned());
        uploads.push(app.import(file).await);
    }
    for (number, upload) in (1..=2).zip(&uploads) {
        let mut file = tags(&format!("T{number}"), "Band", "Right Title", number);
        file.details.original_released_on = Some("1971".to_owned());
        file.musicbrainz_release_group_id = Some("22222222-2222-4222-8222-222222222222".to_owned());
        retag(&app, app.creator.user, *upload, file).await;
    }
    let rows: Vec<(String, Option<String>, Option<String>)> =
        sqlx::query_as("select title, original_released_on, left(release_group_id, 1) from albums order by created_at")
            .fetch_all(app.pool())
            .await
            .unwrap();
    let row = |title: &str, date: &str, group: &str| (title.to_owned(), Some(date.to_owned()), Some(group.to_owned()));
    assert_eq!(rows, [row("Right Title", "1971", "2"), row("Wrong Title", "1969", "1")]);
}

/// Which tracks have left an album was read before whoever moved one let go of it.
#[sqlx::test(migrations = false)]
async fn a_track_that_is_moved_while_its_album_is_renamed_stays_where_it_was_moved(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, elsewhere, _) = app.published_album("Elsewhere", 1).await;
    let mut uploads = Vec::new();
    for number in 1..=3 {
        uploads.push(app.import(tags(&format!("T{number}"), "Royksopp", "Melody", number)).await);
    }
    let (was,): (AlbumId,) =
        sqlx::query_as("select album_id from tracks where title = 'T1'").fetch_one(app.pool()).await.unwrap();
    retag(&app, app.creator.user, uploads[0], tags("T1", "Royksopp", "Melody A.M.", 1)).await;
    let (moved,): (TrackId,) =
        sqlx::query_as("select id from tracks where title = 'T1'").fetch_one(app.pool()).await.unwrap();
    let rename = retag(&app, app.creator.user, uploads[1], tags("T2", "Royksopp", "Melody A.M.", 2));
    Box::pin(while_it_leaves(&app, (&moved.to_string(), &elsewhere), rename)).await;
    let titles =
        "select b.title from tracks t join albums b on b.id = t.album_id where t.title like 'T%' order by t.title";
    let titles: Vec<String> = sqlx::query_scalar(titles).fetch_all(app.pool()).await.unwrap();
    assert_eq!(titles, ["Elsewhere", "Melody A.M.", "Melody"]);
    let (kept,): (AlbumId,) =
        sqlx::query_as("select album_id from tracks where title = 'T2'").fetch_one(app.pool()).await.unwrap();
    assert_eq!(kept, was, "most of it was tagged anew when it was looked at");
}
