//! What no client of ours sends: it is refused, finds nothing, or is kept as it is; it never ends in INTERNAL.

use polyphony_kit::{Role, cursor};
use polyphony_testkit::keys;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

use crate::app::{TestApp, text};

const SEARCH: &str = "query($q: String!, $n: Int, $a: String) { search(query: $q, first: $n, after: $a) {
    estimatedTotal edges { highlight node { ... on Track { title } ... on Artist { name } } } } }";

#[sqlx::test(migrations = false)]
async fn how_many_is_one_to_a_hundred_everywhere(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album, tracks) = app.published_album("Nordlys", 1).await;
    for first in [0, -1, 101, 10_000, i64::from(i32::MIN)] {
        for query in [
            format!("{{ albums(first: {first}) {{ totalCount }} }}"),
            format!("{{ artists(first: {first}) {{ totalCount }} }}"),
            format!("{{ tracks(first: {first}) {{ totalCount }} }}"),
            format!("{{ charts(first: {first}) {{ rank }} }}"),
            format!("{{ search(query: \"a\", first: {first}) {{ tookMs }} }}"),
            format!("{{ searchSuggestions(prefix: \"a\", first: {first}) }}"),
            format!("{{ artist(id: \"{artist}\") {{ albums(first: {first}) {{ totalCount }} }} }}"),
            format!("{{ artist(id: \"{artist}\") {{ topTracks(first: {first}) {{ id }} }} }}"),
            format!("{{ artist(id: \"{artist}\") {{ similar(first: {first}) {{ id }} }} }}"),
            format!("{{ album(id: \"{album}\") {{ tracks(first: {first}) {{ totalCount }} }} }}"),
            format!("{{ track(id: \"{}\") {{ similar(first: {first}) {{ id }} }} }}", tracks[0]),
            format!("{{ track(id: \"{}\") {{ radio(first: {first}) {{ reason }} }} }}", tracks[0]),
        ] {
            assert_eq!(app.door.codes(None, &query, json!({})).await, ["BAD_USER_INPUT"], "{query}");
        }
    }
}

#[sqlx::test(migrations = false)]
async fn forged_and_foreign_cursors_are_bad_input_or_a_place(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album, _) = app.published_album("Nordlys", 2).await;
    let end = app.ask("{ artists(first: 1) { pageInfo { endCursor } } }", json!({})).await;
    let of_artists = text(&end["artists"]["pageInfo"]["endCursor"]);
    let nul = cursor::encode(&json!({ "Title": ["a\0b", Uuid::nil()] }));
    let of_newest = cursor::encode(&json!({ "Newest": ["2026-01-01T00:00:00Z", Uuid::nil()] }));
    let bad = ["nonsense", "", "{}", "////", &of_artists, &nul, &of_newest, &"a".repeat(10_000)];
    for after in bad {
        let query = "query($a: String) { albums(sort: TITLE, after: $a) { totalCount } }";
        assert_eq!(app.door.codes(None, query, json!({ "a": after })).await, ["BAD_USER_INPUT"], "{after:.60}");
    }
    for after in [&of_newest, &nul, "nonsense"] {
        for query in [
            "query($a: String) { artists(after: $a) { totalCount } }".to_owned(),
            "query($a: String) { tracks(after: $a) { totalCount } }".to_owned(),
            "query($a: String) { search(query: \"nordlys\", after: $a) { tookMs } }".to_owned(),
            format!("query($a: String) {{ artist(id: \"{artist}\") {{ albums(after: $a) {{ totalCount }} }} }}"),
            format!("query($a: String) {{ album(id: \"{album}\") {{ tracks(after: $a) {{ totalCount }} }} }}"),
        ] {
            assert_eq!(app.door.codes(None, &query, json!({ "a": after })).await, ["BAD_USER_INPUT"], "{query}");
        }
    }
    // A place that nobody was ever given is a place all the same.
    for place in [
        json!({ "Ranked": [i64::MIN, 0, Uuid::nil()] }),
        json!({ "Ranked": [i64::MAX, i64::MAX, Uuid::max()] }),
        json!({ "At": usize::MAX }),
    ] {
        app.ask(SEARCH, json!({ "q": "nordlys", "a": cursor::encode(&place) })).await;
    }
}

#[sqlx::test(migrations = false)]
async fn titles_of_every_script_are_kept_and_found(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let titles = [
        "💥",
        "أغنية",
        "שיר השירים",
        "千と千尋",
        "Ω≈ç√",
        "\u{202e}evil\u{202c}",
        "a\u{200d}b",
        "' or 1=1 --",
        "<script>",
        "%_\\",
    ];
    app.singles("Émile & “Friends”", "Rock'n'Roll", &titles).await;
    app.deliver().await;
    for title in titles {
        let seen = app.ask(SEARCH, json!({ "q": title, "n": 100 })).await;
        let edges = seen["search"]["edges"].as_array().unwrap();
        assert!(edges.iter().any(|edge| edge["node"]["title"] == title), "{title}: {edges:?}");
        let highlights: Vec<_> = edges.iter().map(|edge| text(&edge["highlight"])).collect();
        assert!(highlights.iter().all(|highlight| !highlight.contains("<script>")), "{highlights:?}");
    }
    let long = "é".repeat(301);
    let create = "mutation($i: ArtistInput!) { createArtist(input: $i) { artist { name } userErrors { code } } }";
    for name in ["", "   ", "\u{0}", "\n\t", &long] {
        assert_eq!(app.refused(&app.creator, create, json!({ "i": { "name": name } })).await, ["INVALID_INPUT"]);
    }
    let payload = app.mutate(create, json!({ "i": { "name": "A\0B\nC", "bio": "x\0y" } })).await;
    assert_eq!(payload["artist"]["name"], "A B C");
}

#[sqlx::test(migrations = false)]
async fn search_takes_whatever_is_typed(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.singles("Zaz", "Pop", &["Zanzibar"]).await;
    app.deliver().await;
    let (long, word) = ("zanzibar ".repeat(1_112), "z".repeat(10_000));
    let odd = [
        "",
        " ",
        "\"",
        "'",
        "zanzibar AND NOT zaz",
        "zanzibar | zaz:*",
        "-zanzibar",
        "(zanzibar",
        "zanzibar*",
        "\\",
        "&&&",
        "\u{0}",
    ];
    for query in odd.into_iter().chain([long.as_str(), word.as_str()]) {
        let seen = app.ask(SEARCH, json!({ "q": query })).await;
        assert!(seen["search"]["edges"].is_array(), "{query:.40}");
        let prefix = "query($p: String!) { searchSuggestions(prefix: $p) }";
        assert!(app.ask(prefix, json!({ "p": query })).await["searchSuggestions"].is_array(), "{query:.40}");
    }
    let found = app.ask(SEARCH, json!({ "q": "-zanzibar" })).await;
    assert_eq!(found["search"]["edges"][0]["node"]["title"], "Zanzibar");
}

#[sqlx::test(migrations = false)]
async fn what_is_private_is_private_by_every_path(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album, _) = app.published_album("Nordlys", 1).await;
    let input =
        json!({ "title": "Secret", "artistIds": [artist], "albumId": album, "genres": ["Hidden"], "trackNumber": 9 });
    let secret = app.track(input).await;
    let draft = app.album("Secret Album", &[&artist]).await;
    app.deliver().await;
    app.play(app.listener.user, &secret).await;
    let stranger = keys::viewer(Role::Creator);
    let query = "query($t: ID!, $b: ID!, $a: ID!, $p: ID!) {
        track(id: $t) { title } album(id: $b) { title } t: node(id: $t) { id } b: node(id: $b) { id }
        artist(id: $a) { albums { edges { node { title } } } topTracks { title } }
        on: album(id: $p) { trackCount tracks { totalCount edges { node { title } } } }
        tracks { edges { node { title } } } albums { edges { node { title } } } genres { slug }
        charts(window: ALL_TIME) { track { title } } search(query: \"secret\") { edges { node { __typename } } }
        searchSuggestions(prefix: \"secr\") }";
    let variables = json!({ "t": secret, "b": draft, "a": artist, "p": album });
    for viewer in [None, Some(&app.listener), Some(&stranger)] {
        let seen = app.door.query(viewer, query, variables.clone()).await;
        assert!(!seen.to_string().to_lowercase().contains("secret"), "{seen:#}");
        assert_eq!((&seen["t"], &seen["b"], &seen["on"]["trackCount"]), (&Value::Null, &Value::Null, &json!(1)));
        for (kind, id) in [("Track", &secret), ("Album", &draft)] {
            assert_eq!(app.door.entities(viewer, kind, std::slice::from_ref(id), "title").await, [Value::Null]);
        }
    }
    let own = app.door.query(Some(&app.creator), query, variables).await;
    assert_eq!((&own["track"]["title"], &own["album"]["title"]), (&json!("Secret"), &json!("Secret Album")));
    // Nor does a refused change tell that it is there.
    let update =
        "mutation($id: ID!, $i: TrackInput!) { updateTrack(id: $id, input: $i) { track { id } userErrors { code } } }";
    let change = json!({ "id": secret, "i": { "title": "Mine", "artistIds": [artist] } });
    assert_eq!(app.refused(&stranger, update, change).await, ["NOT_FOUND"]);
}

/// There is no merging of artists but by their MusicBrainz id; two cannot take each other's.
#[sqlx::test(migrations = false)]
async fn two_artists_cannot_become_each_other(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (a, b) = ("5b11f4ce-a62d-471e-81fc-a69a8278c7da", "e302e264-1c2e-4ac8-a4ba-cc9ca5b5f0ee");
    let (first, second) = (app.artist("First").await, app.artist("Second").await);
    let update =
        "mutation($id: ID!, $n: String!, $m: String) { updateArtist(id: $id, input: { name: $n, musicbrainzId: $m }) {
        artist { musicbrainzId } userErrors { code } } }";
    app.mutate(update, json!({ "id": first, "n": "First", "m": a })).await;
    app.mutate(update, json!({ "id": second, "n": "Second", "m": b })).await;
    for (id, name, taken) in [(&first, "First", b), (&second, "Second", a)] {
        let change = json!({ "id": id, "n": name, "m": taken });
        assert_eq!(app.refused(&app.creator, update, change).await, ["CONFLICT"]);
    }
    // Nor is a name taken away by being given to another.
    app.mutate(update, json!({ "id": first, "n": "Second", "m": a })).await;
    app.mutate(update, json!({ "id": second, "n": "First", "m": b })).await;
    assert_eq!(app.count("artists").await, 2);
}
