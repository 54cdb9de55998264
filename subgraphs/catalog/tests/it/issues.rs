//! What may be wrong with what somebody keeps: likely duplicates, and what is missing.

use polyphony_events::media::Tags;
use polyphony_kit::{Role, Viewer, cache::Cache};
use polyphony_testkit::{Statements, keys};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, ready, tags};

const ISSUES: &str =
    "query($k: CatalogIssueKind!, $n: Int, $after: String) { catalogIssues(kind: $k, first: $n, after: $after) {
    edges { cursor node { kind missingNumbers { discNumber trackNumber }
        items { ... on Artist { name } ... on Album { title } ... on Track { title } } } }
    pageInfo { hasNextPage endCursor } } }";

async fn page(app: &TestApp, viewer: &Viewer, variables: Value) -> Value {
    app.door.query(Some(viewer), ISSUES, variables).await["catalogIssues"].clone()
}

/// What a list of issues is of: names and titles of each.
async fn found(app: &TestApp, viewer: &Viewer, kind: &str) -> Vec<Vec<String>> {
    let page = page(app, viewer, json!({ "k": kind })).await;
    let names = |edge: &Value| {
        let items = edge["node"]["items"].as_array().unwrap().iter();
        items.map(|item| item["name"].as_str().or(item["title"].as_str()).unwrap().to_owned()).collect()
    };
    page["edges"].as_array().unwrap().iter().map(names).collect()
}

#[sqlx::test(migrations = false)]
async fn likely_duplicates_are_found_by_what_their_names_have_in_common(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let beatles = app.artist("The Beatles").await;
    for name in ["Beatles", "Béatles!", "Simon & Garfunkel", "Simon and Garfunkel", "ハナ", "バナ", "A", "The"] {
        app.artist(name).await;
    }
    for title in ["Help!", "Help (2009 Remaster)", "Revolver"] {
        app.album(title, &[&beatles]).await;
    }
    let other = app.artist("Somebody").await;
    app.album("Help", &[&other]).await;
    let album = app.album("Yellow", &[&beatles]).await;
    for (title, duration) in [("Eple", 100_000), ("Eple.", 101_500), ("So Easy", 100_000), ("So easy", 200_000)] {
        app.track(json!({ "title": title, "artistIds": [beatles], "albumId": album, "durationMs": duration })).await;
    }
    let of = async |kind: &str| found(&app, &app.creator, kind).await;
    assert_eq!(
        of("DUPLICATE_ARTISTS").await,
        [vec!["The Beatles", "Beatles", "Béatles!"], vec!["Simon & Garfunkel", "Simon and Garfunkel"]]
    );
    assert_eq!(of("DUPLICATE_ALBUMS").await, [["Help!", "Help (2009 Remaster)"]]);
    assert_eq!(of("DUPLICATE_TRACKS").await, [["Eple", "Eple."]]);
    for (title, number) in [("One", 1), ("Two", 2), ("Three", 3)] {
        let mut event = ready(app.creator.user, tags(title, "C", "D", number));
        event.recording = Some(if number < 3 { "a" } else { "b" }.repeat(64));
        app.hear_from(&event).await.unwrap();
    }
    let mut twins = of("DUPLICATE_RECORDINGS").await;
    for titles in &mut twins {
        titles.sort();
    }
    assert_eq!(twins, [["One", "Two"]]);
}

#[sqlx::test(migrations = false)]
async fn tracks_of_no_album_that_have_the_same_samples_are_no_issue_of_an_album(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for (title, album) in [("One", ""), ("Two", ""), ("Three", "D"), ("Four", "D")] {
        let number = title.len() as i32;
        let mut event = ready(app.creator.user, tags(title, "C", album, number));
        event.recording = Some(if album.is_empty() { "a" } else { "b" }.repeat(64));
        app.hear_from(&event).await.unwrap();
    }
    assert_eq!(app.count("tracks where album_id is null").await, 2);
    assert_eq!(found(&app, &app.creator, "DUPLICATE_RECORDINGS").await, [["Three", "Four"]]);
}

#[sqlx::test(migrations = false)]
async fn takes_of_one_title_are_told_apart_by_how_long_they_play(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("A").await;
    let album = app.album("Takes", &[&artist]).await;
    let lengths = [
        ("Song", 300_000),
        ("Song!", 180_000),
        ("The Song", 182_000),
        ("Song.", 184_001),
        ("Song?", 301_000),
        ("Live", 0),
        ("Live!", 2_000),
    ];
    for (title, duration) in lengths {
        app.track(json!({ "title": title, "artistIds": [artist], "albumId": album, "durationMs": duration })).await;
    }
    let (pair, live) = (vec!["Song!", "The Song"], vec!["Live", "Live!"]);
    assert_eq!(found(&app, &app.creator, "DUPLICATE_TRACKS").await, [live, pair, vec!["Song", "Song?"]]);
    let (mut paged, mut after) = (Vec::new(), json!(null));
    while paged.len() < 4 && after.is_string() != paged.is_empty() {
        let next = page(&app, &app.creator, json!({ "k": "DUPLICATE_TRACKS", "n": 1, "after": after })).await;
        paged.push(next["edges"][0]["node"]["items"][0]["title"].clone());
        after = if next["pageInfo"]["hasNextPage"] == true { next["pageInfo"]["endCursor"].clone() } else { json!(0) };
    }
    assert_eq!(paged, ["Live", "Song!", "Song"]);
}

#[sqlx::test(migrations = false)]
async fn what_is_missing_is_found(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("A").await;
    let album = app.album("Gaps", &[&artist]).await;
    for (title, disc, number) in [("a", json!(1), json!(1)), ("b", json!(null), json!(4)), ("c", json!(2), json!(1))] {
        let place = json!({ "title": title, "artistIds": [artist], "albumId": album, "discNumber": disc, "trackNumber": number });
        app.track(place).await;
    }
    let whole = app.album("Whole", &[&artist]).await;
    for number in [0, 2, 1] {
        app.track(json!({ "title": "w", "artistIds": [artist], "albumId": whole, "trackNumber": number, "genres": ["House"] })).await;
    }
    let gaps = page(&app, &app.creator, json!({ "k": "ALBUM_WITH_GAPS" })).await;
    let missing = [2, 3].map(|number| json!({ "discNumber": 1, "trackNumber": number }));
    assert_eq!(
        gaps["edges"].as_array().unwrap().iter().map(|edge| edge["node"].clone()).collect::<Vec<_>>(),
        [json!({ "kind": "ALBUM_WITH_GAPS", "missingNumbers": missing, "items": [{ "title": "Gaps" }] })]
    );
    let of = async |kind: &str| found(&app, &app.creator, kind).await;
    assert_eq!(of("TRACK_WITHOUT_GENRE").await, [["a"], ["b"], ["c"]]);
    assert_eq!(of("ALBUM_WITHOUT_COVER").await, [["Gaps"], ["Whole"]]);
    assert_eq!(of("ALBUM_WITHOUT_YEAR").await, [["Gaps"], ["Whole"]]);
    assert_eq!(of("ARTIST_WITHOUT_IMAGE").await, [["A"]]);
    let input = json!({ "title": "Whole", "artistIds": [artist], "releasedOn": "2019", "coverUrl": "https://covers.example.org/1.jpg" });
    let update =
        "mutation($id: ID!, $i: AlbumInput!) { updateAlbum(id: $id, input: $i) { album { id } userErrors { code } } }";
    app.mutate(update, json!({ "id": whole, "i": input })).await;
    assert_eq!(of("ALBUM_WITHOUT_COVER").await, [["Gaps"]]);
    assert_eq!(of("ALBUM_WITHOUT_YEAR").await, [["Gaps"]]);
    app.import(Tags { title: Some("Nameless".to_owned()), ..Tags::default() }).await;
    assert_eq!(of("TRACK_OF_UNKNOWN_ARTIST").await, [["Nameless"]]);
}

#[sqlx::test(migrations = false)]
async fn everybody_is_told_of_what_they_own_and_an_admin_of_everything(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.album("Mine", &[&app.artist("A").await]).await;
    let stranger = keys::viewer(Role::Creator);
    app.hear_from(&ready(stranger.user, tags("T", "The A", "Theirs", 7))).await.unwrap();
    assert_eq!(found(&app, &app.creator, "ALBUM_WITHOUT_YEAR").await, [["Mine"]]);
    assert_eq!(found(&app, &stranger, "ALBUM_WITHOUT_YEAR").await, [["Theirs"]]);
    assert_eq!(found(&app, &app.admin, "ALBUM_WITHOUT_YEAR").await, [["Mine"], ["Theirs"]]);
    assert_eq!(found(&app, &app.creator, "DUPLICATE_ARTISTS").await, Vec::<Vec<String>>::new());
    assert_eq!(found(&app, &app.admin, "DUPLICATE_ARTISTS").await, [["A", "The A"]]);
    let kind = json!({ "k": "ALBUM_WITHOUT_YEAR" });
    assert_eq!(app.door.codes(Some(&app.listener), ISSUES, kind.clone()).await, ["FORBIDDEN"]);
    assert_eq!(app.door.codes(None, ISSUES, kind).await, ["UNAUTHENTICATED"]);
}

#[sqlx::test(migrations = false)]
async fn lists_of_issues_go_on_behind_each_cursor_and_cost_what_one_costs(pool: PgPool) {
    let app = TestApp::with_cache(pool, Cache::off()).await;
    for n in 0..7 {
        let artist = app.artist(&format!("Artist {n}")).await;
        app.artist(&format!("The Artist {n}")).await;
        for title in ["X", "X (Deluxe)"] {
            let album = app.album(title, &[&artist]).await;
            for number in [2, 9] {
                let input = json!({ "title": "T", "artistIds": [artist], "albumId": album, "trackNumber": number });
                app.track(input).await;
            }
        }
    }
    sqlx::query("update track_sources set recording = null").execute(app.pool()).await.unwrap();
    for (kind, count, statements) in [
        ("DUPLICATE_ARTISTS", 7, 2),
        ("DUPLICATE_ALBUMS", 7, 2),
        ("DUPLICATE_TRACKS", 14, 2),
        ("DUPLICATE_RECORDINGS", 0, 1),
        ("ARTIST_WITHOUT_IMAGE", 14, 2),
        ("ALBUM_WITHOUT_COVER", 14, 2),
        ("ALBUM_WITHOUT_YEAR", 14, 2),
        ("ALBUM_WITH_GAPS", 14, 3),
        ("TRACK_WITHOUT_GENRE", 28, 2),
        ("TRACK_OF_UNKNOWN_ARTIST", 0, 1),
    ] {
        let counted = Statements::new();
        let whole = page(&app, &app.creator, json!({ "k": kind, "n": 100 })).await;
        assert_eq!(counted.count(), statements, "{kind}");
        let whole: Vec<_> = whole["edges"].as_array().unwrap().clone();
        assert_eq!(whole.len(), count, "{kind}");
        let (mut paged, mut after) = (Vec::new(), json!(null));
        loop {
            let next = page(&app, &app.creator, json!({ "k": kind, "n": 3, "after": after })).await;
            paged.extend(next["edges"].as_array().unwrap().clone());
            if next["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = next["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(paged, whole, "{kind}");
    }
}
