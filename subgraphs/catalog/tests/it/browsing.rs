//! Lists in every order, narrowed by filters, entered at letters and offsets.

use polyphony_kit::cache::Cache;
use polyphony_testkit::Statements;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, text};

/// Four albums by three artists: title, artist, kind, release, genre, tracks.
const ALBUMS: [(&str, &str, &str, Option<&str>, &str); 4] = [
    ("Ängste", "Zoe", "ALBUM", Some("1999-05"), "Rock"),
    ("beta", "Adam", "EP", Some("2001"), "Ambient"),
    ("99 Days", "Mia", "SINGLE", None, "Rock"),
    ("alpha", "Adam", "ALBUM", Some("2010-01-01"), "Ambient"),
];

struct Shop {
    app: TestApp,
    artists: Vec<(String, String)>,
}

impl Shop {
    async fn new(pool: PgPool) -> Self {
        let app = TestApp::with_cache(pool, Cache::off()).await;
        let mut artists: Vec<(String, String)> = Vec::new();
        for (n, (title, artist, kind, released, genre)) in ALBUMS.into_iter().enumerate() {
            let known = artists.iter().find(|(name, _)| name == artist).map(|(_, id)| id.clone());
            let id = if let Some(id) = known {
                id
            } else {
                let id = app.artist(artist).await;
                artists.push((artist.to_owned(), id.clone()));
                id
            };
            let input =
                json!({ "title": title, "artistIds": [id], "kind": kind, "releasedOn": released, "genres": [genre] });
            let create = "mutation($i: AlbumInput!) { createAlbum(input: $i) { album { id } userErrors { code } } }";
            let album = text(&app.mutate(create, json!({ "i": input })).await["album"]["id"]);
            for number in 1..=2 {
                let input = json!({
                    "title": format!("{title} {number}"), "artistIds": [id], "albumId": album, "trackNumber": number,
                    "discNumber": number, "durationMs": 1000 * (n + 1) + number, "explicit": n == 1 && number == 1,
                    "genres": [genre],
                });
                app.track(input).await;
            }
            app.publish_album(&album).await;
        }
        Self { app, artists }
    }

    fn artist(&self, name: &str) -> &str {
        &self.artists.iter().find(|(known, _)| known == name).unwrap().1
    }

    /// The titles or names of a list, read in pages of two by cursor; its length must be that of the list.
    async fn walk(&self, field: &str, name: &str) -> Vec<String> {
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let query = format!(
                "query($after: String) {{ list: {} {{ totalCount pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {name} }} }} }} }}",
                field.replacen('(', "(first: 2, after: $after, ", 1)
            );
            let list = self.app.ask(&query, json!({ "after": after })).await["list"].take();
            seen.extend(list["edges"].as_array().unwrap().iter().map(|edge| text(&edge["node"][name])));
            if list["pageInfo"]["hasNextPage"] == false {
                assert_eq!(list["totalCount"], seen.len(), "{field}");
                return seen;
            }
            after = list["pageInfo"]["endCursor"].clone();
        }
    }
}

#[sqlx::test(migrations = false)]
async fn albums_are_listed_in_every_order_both_ways(pool: PgPool) {
    let shop = Shop::new(pool).await;
    for (sort, expected) in [
        ("NEWEST", ["alpha", "99 Days", "beta", "Ängste"]),
        ("TITLE", ["99 Days", "alpha", "Ängste", "beta"]),
        ("ARTIST", ["alpha", "beta", "99 Days", "Ängste"]),
        ("RELEASED", ["alpha", "beta", "Ängste", "99 Days"]),
    ] {
        let natural = shop.walk(&format!("albums(sort: {sort})"), "title").await;
        assert_eq!(natural, expected, "{sort}");
        let is_ascending = sort == "TITLE" || sort == "ARTIST";
        let (same, other) = if is_ascending { ("ASCENDING", "DESCENDING") } else { ("DESCENDING", "ASCENDING") };
        assert_eq!(shop.walk(&format!("albums(sort: {sort}, order: {same})"), "title").await, expected, "{sort}");
        let mut reversed = shop.walk(&format!("albums(sort: {sort}, order: {other})"), "title").await;
        reversed.reverse();
        assert_eq!(reversed, expected, "{sort} {other}");
    }
}

#[sqlx::test(migrations = false)]
async fn tracks_and_artists_are_listed_in_every_order(pool: PgPool) {
    let shop = Shop::new(pool).await;
    let by_album = ["99 Days 1", "99 Days 2", "alpha 1", "alpha 2", "Ängste 1", "Ängste 2", "beta 1", "beta 2"];
    assert_eq!(shop.walk("tracks(sort: ALBUM)", "title").await, by_album);
    assert_eq!(shop.walk("tracks(sort: TITLE)", "title").await, by_album);
    let by_artist = ["alpha 1", "alpha 2", "beta 1", "beta 2", "99 Days 1", "99 Days 2", "Ängste 1", "Ängste 2"];
    assert_eq!(shop.walk("tracks(sort: ARTIST)", "title").await, by_artist);
    assert_eq!(shop.walk("tracks(sort: DURATION)", "title").await[..3], ["alpha 2", "alpha 1", "99 Days 2"]);
    let released = shop.walk("tracks(sort: RELEASED, order: ASCENDING)", "title").await;
    assert!(released[0].starts_with("99 Days") && released[7].starts_with("alpha"), "{released:?}");
    assert_eq!(shop.walk("tracks(sort: POPULAR)", "title").await.len(), 8);
    assert_eq!(shop.walk("tracks(sort: NEWEST, order: ASCENDING)", "title").await[0], "Ängste 1");
    assert_eq!(shop.walk("artists(sort: NAME)", "name").await, ["Adam", "Mia", "Zoe"]);
    assert_eq!(shop.walk("artists(sort: NAME, order: DESCENDING)", "name").await, ["Zoe", "Mia", "Adam"]);
    assert_eq!(shop.walk("artists(sort: NEWEST)", "name").await, ["Mia", "Adam", "Zoe"]);
    assert_eq!(shop.walk("artists(sort: POPULAR)", "name").await.len(), 3);
}

#[sqlx::test(migrations = false)]
async fn filters_narrow_a_list_each_and_together(pool: PgPool) {
    let shop = Shop::new(pool).await;
    let adam = shop.artist("Adam");
    for (filter, expected) in [
        ("{ kinds: [EP, SINGLE] }".to_owned(), vec!["99 Days", "beta"]),
        ("{ genres: [\"Rock\"] }".to_owned(), vec!["99 Days", "Ängste"]),
        ("{ genres: [\"rock\", \"ambient\"], kinds: ALBUM }".to_owned(), vec!["alpha", "Ängste"]),
        (format!("{{ artistId: \"{adam}\" }}"), vec!["alpha", "beta"]),
        ("{ artistId: \"nonsense\" }".to_owned(), vec![]),
        ("{ fromYear: 1999, toYear: 2001 }".to_owned(), vec!["Ängste", "beta"]),
        ("{ fromYear: 2002 }".to_owned(), vec!["alpha"]),
        ("{ explicit: true }".to_owned(), vec!["beta"]),
        ("{ explicit: false, toYear: 2005 }".to_owned(), vec!["Ängste"]),
        ("{ text: \"ÄNG\" }".to_owned(), vec!["Ängste"]),
        ("{ text: \"%\" }".to_owned(), vec![]),
        ("{ startsWith: \"A\" }".to_owned(), vec!["alpha", "Ängste"]),
        ("{ startsWith: \"al\" }".to_owned(), vec!["alpha"]),
        ("{ startsWith: \"%\" }".to_owned(), vec![]),
        ("{ startsWith: \"#\" }".to_owned(), vec!["99 Days"]),
    ] {
        assert_eq!(shop.walk(&format!("albums(sort: TITLE, filter: {filter})"), "title").await, expected, "{filter}");
    }
    for (filter, count) in [
        ("{ genres: [\"rock\"] }".to_owned(), 4),
        (format!("{{ artistId: \"{adam}\", explicit: false }}"), 3),
        ("{ fromYear: 2001, toYear: 2001 }".to_owned(), 2),
        ("{ text: \"pha 2\" }".to_owned(), 1),
        ("{ startsWith: \"#\" }".to_owned(), 2),
    ] {
        assert_eq!(
            shop.walk(&format!("tracks(sort: TITLE, filter: {filter})"), "title").await.len(),
            count,
            "{filter}"
        );
    }
    assert_eq!(shop.walk("artists(filter: { genres: [\"rock\"] })", "name").await, ["Mia", "Zoe"]);
    assert_eq!(shop.walk("artists(filter: { startsWith: \"z\", text: \"o\" })", "name").await, ["Zoe"]);
}

#[sqlx::test(migrations = false)]
async fn a_letter_says_where_its_titles_begin(pool: PgPool) {
    let shop = Shop::new(pool).await;
    let query =
        "{ albumIndex { letter count offset } rock: albumIndex(filter: { genres: [\"rock\"] }) { letter count offset }
        trackIndex { letter count offset } artistIndex { letter count offset } }";
    let statements = Statements::new();
    let seen = shop.app.ask(query, json!({})).await;
    assert_eq!(statements.count(), 4);
    let letter = |letter: &str, count: i32, offset: i32| json!({ "letter": letter, "count": count, "offset": offset });
    assert_eq!(seen["albumIndex"], json!([letter("#", 1, 0), letter("A", 2, 1), letter("B", 1, 3)]));
    assert_eq!(seen["rock"], json!([letter("#", 1, 0), letter("A", 1, 1)]));
    assert_eq!(seen["trackIndex"], json!([letter("#", 2, 0), letter("A", 4, 2), letter("B", 2, 6)]));
    assert_eq!(seen["artistIndex"], json!([letter("A", 1, 0), letter("M", 1, 1), letter("Z", 1, 2)]));
    let at_b = "{ albums(sort: TITLE, offset: 3, first: 1) { totalCount edges { node { title } } pageInfo { hasPreviousPage } } }";
    let page =
        json!({ "totalCount": 4, "edges": [{ "node": { "title": "beta" } }], "pageInfo": { "hasPreviousPage": true } });
    assert_eq!(shop.app.ask(at_b, json!({})).await["albums"], page);
    let beyond = "{ albums(sort: TITLE, offset: 100000) { totalCount edges { cursor } } }";
    assert_eq!(shop.app.ask(beyond, json!({})).await["albums"], json!({ "totalCount": 4, "edges": [] }));
}

#[sqlx::test(migrations = false)]
async fn arguments_that_make_no_sense_are_bad_input(pool: PgPool) {
    let shop = Shop::new(pool).await;
    let cursor = shop.app.ask("{ albums(first: 1) { pageInfo { endCursor } } }", json!({})).await;
    let cursor = text(&cursor["albums"]["pageInfo"]["endCursor"]);
    let place = |keys: Value| {
        let place = json!({ "list": "newest-", "keys": keys, "id": uuid::Uuid::nil() });
        polyphony_kit::cursor::encode(&place)
    };
    for arguments in [
        "offset: -1".to_owned(),
        "offset: 100001".to_owned(),
        format!("offset: 0, after: \"{cursor}\""),
        format!("sort: TITLE, after: \"{cursor}\""),
        format!("order: ASCENDING, after: \"{cursor}\""),
        format!("after: \"{}\"", place(json!(["yesterday"]))),
        format!("after: \"{}\"", place(json!([]))),
        "filter: { fromYear: -1 }".to_owned(),
        "genre: \"rock\", filter: { genres: [\"rock\"] }".to_owned(),
        format!("filter: {{ genres: [{}] }}", "\"a\",".repeat(51)),
    ] {
        let query = format!("{{ albums({arguments}) {{ totalCount }} }}");
        assert_eq!(shop.app.door.codes(None, &query, json!({})).await, ["BAD_USER_INPUT"], "{query}");
    }
}

#[sqlx::test(migrations = false)]
async fn an_artist_has_a_discography_by_kind_and_appears_on_albums_of_others(pool: PgPool) {
    let shop = Shop::new(pool).await;
    let (adam, mia) = (shop.artist("Adam"), shop.artist("Mia"));
    let albums = shop.walk(&format!("albums(filter: {{ artistId: \"{mia}\" }})"), "title").await;
    assert_eq!(albums, ["99 Days"]);
    let query = "{ albums(filter: { text: \"99\" }) { edges { node { id } } } }";
    let album = shop.app.ask(query, json!({})).await["albums"]["edges"][0]["node"]["id"].take();
    let guest = json!({ "title": "Duet", "artistIds": [mia, adam], "albumId": album, "trackNumber": 9 });
    let guest = shop.app.track(guest).await;
    let publish = "mutation($id: ID!) { publishTrack(id: $id) { track { id } userErrors { code } } }";
    shop.app.mutate(publish, json!({ "id": guest })).await;
    let query = "query($id: ID!) { artist(id: $id) { albumCount trackCount
        eps: albums(kinds: [EP]) { totalCount edges { node { title } } }
        byTitle: albums(sort: TITLE) { edges { node { title } } }
        appearsOn { totalCount edges { node { title } } }
        tracks(sort: TITLE, first: 2, offset: 2) { totalCount edges { node { title addedAt album { addedAt } } } } } }";
    let statements = Statements::new();
    let seen = shop.app.ask(query, json!({ "id": adam })).await["artist"].take();
    // The artist, figures, albums (three lists in one statement), tracks, and the tracks' albums.
    assert_eq!(statements.count(), 5, "{:#?}", statements.seen());
    let titles = |list: &Value| -> Vec<String> {
        list["edges"].as_array().unwrap().iter().map(|edge| text(&edge["node"]["title"])).collect()
    };
    assert_eq!((&seen["albumCount"], &seen["trackCount"]), (&json!(2), &json!(5)));
    assert_eq!((titles(&seen["eps"]), &seen["eps"]["totalCount"]), (vec!["beta".to_owned()], &json!(1)));
    assert_eq!(titles(&seen["byTitle"]), ["alpha", "beta"]);
    assert_eq!((titles(&seen["appearsOn"]), &seen["appearsOn"]["totalCount"]), (vec!["99 Days".to_owned()], &json!(1)));
    assert_eq!(
        (titles(&seen["tracks"]), &seen["tracks"]["totalCount"]),
        (vec!["beta 1".to_owned(), "beta 2".to_owned()], &json!(5))
    );
    assert!(seen["tracks"]["edges"][0]["node"]["album"]["addedAt"].is_string(), "{seen}");
}

#[sqlx::test(migrations = false)]
async fn lists_within_lists_cost_no_more_for_many_than_for_one(pool: PgPool) {
    let shop = Shop::new(pool).await;
    let query = "query($n: Int) { artists(first: $n) { edges { node { albumCount trackCount
        albums(sort: TITLE) { totalCount edges { node { title } } } appearsOn { edges { node { title } } }
        tracks(first: 1) { totalCount edges { node { coverUrl } } } } } } }";
    let mut costs = Vec::new();
    for n in [1, 3] {
        let statements = Statements::new();
        shop.app.ask(query, json!({ "n": n })).await;
        costs.push(statements.count());
    }
    // Artists, figures, albums, tracks, albums of the tracks.
    assert_eq!(costs, [5, 5]);
}
