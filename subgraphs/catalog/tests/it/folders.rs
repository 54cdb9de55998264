//! Files of one folder that do not say whose album they are of.

use polyphony_events::media::{MediaReady, Tags};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, lossless, ready, tags, text};

const ALBUMS: &str = "{ albums(first: 50) { edges { node { id title kind trackCount artists { name }
    tracks { edges { node { trackNumber artists { name } } } } } } } }";

/// A file of a folder: its artist, its number, and whose album it says it is of.
#[derive(Clone, Copy)]
struct File<'a>(&'a str, i32, Option<&'a str>);

fn event(app: &TestApp, folder: Option<&str>, title: &str, File(artist, number, album_artist): File<'_>) -> MediaReady {
    let name = format!("{number:02} {artist}.flac");
    let tags = Tags {
        album_artists: album_artist.iter().map(ToString::to_string).collect(),
        ..tags(&format!("Song {number} of {artist}"), artist, title, number)
    };
    MediaReady {
        folder: folder.map(str::to_owned),
        recording: Some(format!("{folder:?} {title} {name}")),
        filename: name,
        quality: Some(lossless(44_100, 16)),
        ..ready(app.creator.user, tags)
    }
}

async fn albums(app: &TestApp) -> Vec<Value> {
    let edges = app.ask(ALBUMS, json!({})).await["albums"]["edges"].take();
    let mut albums: Vec<Value> = edges.as_array().unwrap().iter().map(|edge| edge["node"].clone()).collect();
    albums.sort_by_key(|album| (text(&album["title"]), line(album)));
    albums
}

/// An album as "artist: numbers".
fn line(album: &Value) -> String {
    let numbers: Vec<String> = album["tracks"]["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["node"]["trackNumber"].to_string())
        .collect();
    format!("{}: {}", text(&album["artists"][0]["name"]), numbers.join(" "))
}

/// What becomes of the files in this order and in the opposite one, which must be the same.
async fn either_way(app: &TestApp, folder: Option<&str>, files: &[File<'_>]) -> Vec<String> {
    let mut found = Vec::new();
    for (title, is_backwards) in [("There", false), ("Back", true)] {
        let mut files = files.to_vec();
        if is_backwards {
            files.reverse();
        }
        let folder = folder.map(|folder| format!("{folder}/{title}"));
        for file in &files {
            app.hear_from(&event(app, folder.as_deref(), title, *file)).await.unwrap();
        }
        let of_title: Vec<Value> = albums(app).await.into_iter().filter(|album| album["title"] == title).collect();
        found.push(of_title.iter().map(line).collect::<Vec<_>>());
    }
    assert_eq!(found[0], found[1], "the order of arrival");
    found.remove(0)
}

#[sqlx::test(migrations = false)]
async fn a_soundtrack_is_one_album_of_various_artists_in_any_order(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let files = [File("A", 1, None), File("B", 2, None), File("C", 3, None), File("D", 4, None)];
    assert_eq!(either_way(&app, Some("music"), &files).await, ["Various Artists: 1 2 3 4"]);
    assert_eq!(either_way(&app, None, &files).await, ["Various Artists: 1 2 3 4"]);
    let album = albums(&app).await.remove(0);
    assert_eq!((&album["kind"], &album["trackCount"]), (&json!("COMPILATION"), &json!(4)));
    assert_eq!(album["tracks"]["edges"][1]["node"]["artists"], json!([{ "name": "B" }]), "tracks keep their artists");
}

#[sqlx::test(migrations = false)]
async fn an_album_of_one_artist_and_guests_is_the_artists_in_any_order(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let names = ["Jay", "Jay & Kay", "Jay x Lee", "Jay vs. Moe", "Jay (with Bob)", "Jay, Don", "Jay feat. Eve"];
    let files: Vec<File<'_>> = names.iter().zip(1..).map(|(name, number)| File(name, number, None)).collect();
    assert_eq!(either_way(&app, Some("music"), &files).await, ["Jay: 1 2 3 4 5 6 7"]);
    assert_eq!(either_way(&app, None, &files).await, ["Jay: 1 2 3 4 5 6 7"]);
    let album = albums(&app).await.remove(0);
    assert_eq!((&album["kind"], &album["artists"]), (&json!("ALBUM"), &json!([{ "name": "Jay" }])));
}

#[sqlx::test(migrations = false)]
async fn the_album_that_the_first_file_made_becomes_that_of_all(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.hear_from(&event(&app, Some("ost"), "OST", File("A", 1, None))).await.unwrap();
    let first = albums(&app).await.remove(0);
    assert_eq!(first["artists"], json!([{ "name": "A" }]));
    app.sent().await;
    app.hear_from(&event(&app, Some("ost"), "OST", File("B", 2, None))).await.unwrap();
    let second = albums(&app).await;
    assert_eq!((second.len(), &second[0]["id"]), (1, &first["id"]));
    assert_eq!(second[0]["artists"], json!([{ "name": "Various Artists" }]));
    let sent = app.sent().await;
    assert!(sent.iter().all(|event| event.kind != "AlbumPublished" && event.kind != "AlbumDeleted"));
    let changed = sent.iter().rev().find(|event| event.kind == "AlbumChanged").unwrap();
    assert_eq!(changed.data["artists"][0]["name"], "Various Artists");
    // What somebody says of it is no guess any more.
    let update =
        "mutation($id: ID!, $i: AlbumInput!) { updateAlbum(id: $id, input: $i) { album { id } userErrors { code } } }";
    let artist = app.artist("The Composer").await;
    app.mutate(update, json!({ "id": first["id"], "i": { "title": "OST", "artistIds": [artist] } })).await;
    app.hear_from(&event(&app, Some("ost"), "OST", File("C", 3, None))).await.unwrap();
    let after = albums(&app).await;
    assert_eq!(after.iter().map(line).collect::<Vec<_>>(), ["The Composer: 1 2 3"]);
}

#[sqlx::test(migrations = false)]
async fn files_with_and_without_an_album_artist_are_one_soundtrack(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let some = |name| Some(name);
    for (files, expected) in [
        (
            &[
                File("A", 1, None),
                File("B", 2, some("Danny Elfman")),
                File("C", 3, None),
                File("D", 4, some("Danny Elfman")),
            ],
            "Danny Elfman: 1 2 3 4",
        ),
        (
            &[File("A", 1, some("Various Artists")), File("B", 2, None), File("C", 3, None), File("A", 4, None)],
            "Various Artists: 1 2 3 4",
        ),
    ] {
        let app_folder = format!("m{}", expected.len());
        let found = either_way(&app, Some(&app_folder), files).await;
        assert!(found.contains(&expected.to_owned()), "{found:?}");
        sqlx::query("truncate albums, tracks, artists cascade").execute(app.pool()).await.unwrap();
    }
}

#[sqlx::test(migrations = false)]
async fn two_albums_of_one_title_stay_two(pool: PgPool) {
    let app = TestApp::new(pool).await;
    // In folders of their own.
    for (artist, folder) in [("Queen", "queen/Hits"), ("ABBA", "abba/Hits")] {
        for number in [1, 2] {
            app.hear_from(&event(&app, Some(folder), "Greatest Hits", File(artist, number, None))).await.unwrap();
        }
    }
    let lines = |albums: Vec<Value>| albums.iter().map(line).collect::<Vec<_>>();
    assert_eq!(lines(albums(&app).await), ["ABBA: 1 2", "Queen: 1 2"]);
    app.hear_from(&event(&app, Some("abba/Hits"), "Greatest Hits", File("ABBA", 7, None))).await.unwrap();
    app.hear_from(&event(&app, Some("queen/Hits"), "Greatest Hits", File("Queen", 3, None))).await.unwrap();
    assert_eq!(lines(albums(&app).await), ["ABBA: 1 2 7", "Queen: 1 2 3"]);
    sqlx::query("truncate albums, tracks, artists cascade").execute(app.pool()).await.unwrap();
    // In one folder, where something of both stands at a place, whichever comes first.
    let files = [
        File("Queen", 1, None),
        File("ABBA", 2, None),
        File("ABBA", 1, None),
        File("Queen", 2, None),
        File("Elvis", 3, None),
    ];
    assert_eq!(either_way(&app, Some("loose"), &files).await, ["ABBA: 1 2", "Elvis: 3", "Queen: 1 2"]);
    assert_eq!(either_way(&app, None, &files).await, ["ABBA: 1 2", "Elvis: 3", "Queen: 1 2"]);
}

#[sqlx::test(migrations = false)]
async fn a_sampler_of_two_discs_without_numbers_of_discs_is_one_album(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for (folder, files) in [("VA/CD1", ["A", "B"]), ("VA/CD2", ["C", "D"])] {
        for (artist, number) in files.iter().zip(1..) {
            app.hear_from(&event(&app, Some(folder), "Sampler", File(artist, number, None))).await.unwrap();
        }
    }
    assert_eq!(albums(&app).await.iter().map(line).collect::<Vec<_>>(), ["Various Artists: 1 2 1 2"]);
}

/// The files of a soundtrack arrive at the same moment, each twice.
#[sqlx::test(migrations = false)]
async fn a_soundtrack_whose_files_arrive_at_once_is_one_album(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let names: Vec<String> = (1..=20).map(|number| format!("Artist {number}")).collect();
    let events: Vec<_> =
        names.iter().zip(1..).map(|(name, number)| event(&app, Some("ost"), "OST", File(name, number, None))).collect();
    let envelopes: Vec<_> = events.iter().chain(&events).map(crate::app::envelope_of).collect();
    let consumers = app.consumers();
    let work =
        envelopes.iter().map(|event| polyphony_kit::consumer::handle_once(app.pool(), "catalog", &consumers, event));
    for result in futures::future::join_all(work).await {
        result.unwrap();
    }
    let found = albums(&app).await;
    assert_eq!((found.len(), &found[0]["trackCount"]), (1, &json!(20)));
    assert_eq!(found[0]["artists"], json!([{ "name": "Various Artists" }]));
}
