//! Genres as things of their own, and the discs of albums.

use polyphony_kit::cache::Cache;
use polyphony_testkit::Statements;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, text};

const GENRE: &str = "id slug name albumCount trackCount albums(sort: TITLE) { totalCount edges { node { title } } }
    tracks(first: 2, sort: TITLE) { totalCount edges { node { title } } } artists(sort: NAME) { totalCount edges { node { name } } }";

async fn two_genres(app: &TestApp) {
    let artist = app.artist("Mia").await;
    let create = "mutation($i: AlbumInput!) { createAlbum(input: $i) { album { id } userErrors { code } } }";
    for (title, genre) in [("b", "Drum & Bass"), ("a", "Ambient"), ("c", "Drum & Bass")] {
        let input = json!({ "title": title, "artistIds": [artist], "genres": [genre] });
        let album = text(&app.mutate(create, json!({ "i": input })).await["album"]["id"]);
        for n in 1..=2 {
            let input = json!({
                "title": format!("{title}{n}"), "artistIds": [artist], "albumId": album, "discNumber": n, "trackNumber": 1,
                "durationMs": n * 1000, "genres": [genre],
            });
            app.track(input).await;
        }
        app.publish_album(&album).await;
    }
}

#[sqlx::test(migrations = false)]
async fn a_genre_is_found_by_slug_and_id_with_what_is_filed_under_it(pool: PgPool) {
    let app = TestApp::with_cache(pool, Cache::off()).await;
    two_genres(&app).await;
    let expected = json!({
        "id": "gen_drum-bass", "slug": "drum-bass", "name": "Drum & Bass", "albumCount": 2, "trackCount": 4,
        "albums": { "totalCount": 2, "edges": [{ "node": { "title": "b" } }, { "node": { "title": "c" } }] },
        "tracks": { "totalCount": 4, "edges": [{ "node": { "title": "b1" } }, { "node": { "title": "b2" } }] },
        "artists": { "totalCount": 1, "edges": [{ "node": { "name": "Mia" } }] },
    });
    for argument in ["slug: \"Drum & Bass\"", "slug: \"drum-bass\"", "id: \"gen_drum-bass\""] {
        let statements = Statements::new();
        let query = format!("{{ genre({argument}) {{ {GENRE} }} }}");
        assert_eq!(app.ask(&query, json!({})).await["genre"], expected, "{argument}");
        // The genre, figures, albums, tracks, artists.
        assert_eq!(statements.count(), 5, "{argument}");
    }
    for argument in ["id: \"gen_polka\"", "id: \"nonsense\"", "slug: \"polka\""] {
        assert_eq!(app.ask(&format!("{{ genre({argument}) {{ id }} }}"), json!({})).await["genre"], Value::Null);
    }
    for arguments in ["", "(slug: \"a\", id: \"gen_a\")"] {
        let query = format!("{{ genre{arguments} {{ id }} }}");
        assert_eq!(app.door.codes(None, &query, json!({})).await, ["BAD_USER_INPUT"], "{query}");
    }
}

#[sqlx::test(migrations = false)]
async fn genres_are_entities_and_cost_no_more_for_many_than_for_one(pool: PgPool) {
    let app = TestApp::with_cache(pool, Cache::off()).await;
    two_genres(&app).await;
    let ids = ["gen_ambient", "gen_polka", "nonsense", "gen_drum-bass"].map(str::to_owned);
    let statements = Statements::new();
    let found = app.door.entities(None, "Genre", &ids, "name").await;
    assert_eq!(statements.count(), 1);
    assert_eq!(found, [json!({ "name": "Ambient" }), Value::Null, Value::Null, json!({ "name": "Drum & Bass" })]);
    let query =
        format!("query($n: Int) {{ genresConnection(first: $n) {{ totalCount edges {{ node {{ {GENRE} }} }} }} }}");
    for n in [1, 2] {
        let statements = Statements::new();
        assert_eq!(app.ask(&query, json!({ "n": n })).await["genresConnection"]["totalCount"], 2);
        assert_eq!(statements.count(), 5);
    }
}

#[sqlx::test(migrations = false)]
async fn genres_have_pages(pool: PgPool) {
    let app = TestApp::new(pool).await;
    two_genres(&app).await;
    let query = "query($after: String) { genresConnection(first: 1, after: $after) { totalCount pageInfo { hasNextPage endCursor }
        edges { node { slug } } } }";
    let first = app.ask(query, json!({})).await["genresConnection"].take();
    assert_eq!(
        (&first["edges"][0]["node"]["slug"], &first["pageInfo"]["hasNextPage"]),
        (&json!("ambient"), &json!(true))
    );
    let second = app.ask(query, json!({ "after": first["pageInfo"]["endCursor"] })).await["genresConnection"].take();
    assert_eq!(second["edges"], json!([{ "node": { "slug": "drum-bass" } }]));
    let end = app.ask(query, json!({ "after": second["pageInfo"]["endCursor"] })).await["genresConnection"].take();
    assert_eq!((&end["edges"], &end["totalCount"]), (&json!([]), &json!(2)));
}

#[sqlx::test(migrations = false)]
async fn an_album_has_discs_with_tracks_of_their_own(pool: PgPool) {
    let app = TestApp::with_cache(pool, Cache::off()).await;
    two_genres(&app).await;
    let query = "query($n: Int) { albums(first: $n, sort: TITLE) { edges { node { discs { number trackCount durationMs
        tracks(first: 1) { totalCount pageInfo { hasNextPage endCursor } edges { node { title } } } } } } } }";
    for n in [1, 3] {
        let statements = Statements::new();
        let seen = app.ask(query, json!({ "n": n })).await;
        // Albums, discs, tracks.
        assert_eq!(statements.count(), 3);
        let discs = seen["albums"]["edges"][0]["node"]["discs"].as_array().unwrap().clone();
        for (n, disc) in (1..).zip(&discs) {
            assert_eq!([&disc["number"], &disc["trackCount"], &disc["durationMs"]], [n, 1, n * 1000]);
            assert_eq!(disc["tracks"]["edges"], json!([{ "node": { "title": format!("a{n}") } }]));
            assert_eq!(
                (&disc["tracks"]["totalCount"], &disc["tracks"]["pageInfo"]["hasNextPage"]),
                (&json!(1), &json!(false))
            );
        }
        assert_eq!(discs.len(), 2);
    }
}
