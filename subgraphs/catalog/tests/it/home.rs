//! Shelves of the first page, and what a person played lately.

use chrono::TimeDelta;
use polyphony_kit::{Clock, cache::Cache};
use polyphony_testkit::{Statements, keys::viewer_id};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::TestApp;

const HOME: &str = "{ home(itemsPerShelf: 2) { id kind items { __typename ... on Album { title artists { name } }
    ... on Artist { name } ... on Track { title album { title } } } } }";

fn shelves(home: &Value) -> Vec<(String, Vec<String>)> {
    let name = |item: &Value| item["title"].as_str().or(item["name"].as_str()).unwrap_or_default().to_owned();
    let shelf = |shelf: &Value| {
        let items = shelf["items"].as_array().unwrap().iter().map(name).collect();
        (shelf["kind"].as_str().unwrap().to_owned(), items)
    };
    home["home"].as_array().unwrap().iter().map(shelf).collect()
}

#[sqlx::test(migrations = false)]
async fn somebody_new_sees_what_is_new_and_popular_and_no_empty_shelf(pool: PgPool) {
    let app = TestApp::with_cache(pool, Cache::off()).await;
    assert_eq!(app.ask(HOME, json!({})).await["home"], json!([]));
    for title in ["a", "b", "c"] {
        app.published_album(title, 1).await;
    }
    let home = app.ask(HOME, json!({})).await;
    let expected = [("NEW_ALBUMS", ["c", "b"]), ("POPULAR_ALBUMS", ["c", "b"])];
    let expected = expected.map(|(kind, items)| (kind.to_owned(), items.map(str::to_owned).to_vec()));
    assert_eq!(shelves(&home), expected);
    assert_eq!(home["home"][0]["id"], "shelf_new-albums");
    for count in [0, 101] {
        let query = format!("{{ home(itemsPerShelf: {count}) {{ kind }} }}");
        assert_eq!(app.door.codes(None, &query, json!({})).await, ["BAD_USER_INPUT"]);
    }
}

#[sqlx::test(migrations = false)]
async fn who_has_played_something_goes_on_with_it(pool: PgPool) {
    let clock = Clock::standing_at("2026-03-20T12:30:00Z".parse().unwrap());
    let app = TestApp::at(pool, clock.clone()).await;
    let mut tracks = Vec::new();
    for title in ["a", "b", "c"] {
        tracks.push(app.published_album(title, 2).await.2);
        clock.advance(TimeDelta::minutes(1));
    }
    for track in [&tracks[0][0], &tracks[1][0], &tracks[0][1]] {
        app.play(app.listener.user, track).await;
        clock.advance(TimeDelta::minutes(5));
    }
    let home = app.door.query(Some(&app.listener), HOME, json!({})).await;
    let found = shelves(&home);
    let of =
        |kind: &str| found.iter().find(|(known, _)| known == kind).map(|(_, items)| items.clone()).unwrap_or_default();
    assert_eq!(of("CONTINUE_LISTENING"), ["a", "b"]);
    assert_eq!(of("RECENT_ARTISTS"), ["Artist of a", "Artist of b"]);
    assert_eq!(of("NEW_ALBUMS"), ["c", "b"]);
    assert_eq!(of("POPULAR_ALBUMS"), ["a", "b"]);
    assert!(!of("RECOMMENDED").is_empty(), "{found:?}");
    let fields = "recentlyPlayedAlbums(first: 1) { title } recentlyPlayedArtists { name }";
    let id = [viewer_id(&app.listener)];
    let seen = app.door.entities(Some(&app.listener), "Viewer", &id, fields).await;
    let artists = json!([{ "name": "Artist of a" }, { "name": "Artist of b" }]);
    assert_eq!(seen, [json!({ "recentlyPlayedAlbums": [{ "title": "a" }], "recentlyPlayedArtists": artists })]);
    // Somebody else has played nothing.
    assert!(!shelves(&app.ask(HOME, json!({})).await).iter().any(|(kind, _)| kind == "CONTINUE_LISTENING"));
}

#[sqlx::test(migrations = false)]
async fn the_first_page_costs_the_same_however_much_stands_on_it(pool: PgPool) {
    let app = TestApp::with_cache(pool, Cache::off()).await;
    for n in 0..12 {
        let (_, _, tracks) = app.published_album(&format!("Album {n}"), 2).await;
        app.play(app.listener.user, &tracks[0]).await;
    }
    let mut costs = Vec::new();
    for n in [2, 12] {
        let query = HOME.replace("itemsPerShelf: 2", &format!("itemsPerShelf: {n}"));
        // A loader waits a millisecond for more keys: on a busy machine one batch becomes two.
        let mut least = usize::MAX;
        for _ in 0..5 {
            let statements = Statements::new();
            app.door.query(Some(&app.listener), &query, json!({})).await;
            least = least.min(statements.count());
        }
        costs.push(least);
    }
    println!("{costs:?} statements of a first page with 2 and 12 things on a shelf");
    assert_eq!(costs[0], costs[1]);
    assert!(costs[1] <= 12, "{costs:?}");
}
