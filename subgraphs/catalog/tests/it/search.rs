//! Search through the GraphQL door, fed by events.

use polyphony_events::{
    PlaylistId, UserId,
    playlists::{PlaylistChanged, PlaylistDeleted, PlaylistVisibility},
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, tags, text};

const SEARCH: &str = "query($q: String!, $t: [SearchType!], $n: Int, $after: String) { search(query: $q, types: $t, first: $n, after: $after) {
    estimatedTotal tookMs pageInfo { hasNextPage endCursor }
    edges { cursor highlight node { __typename ... on Track { title } ... on Album { title } ... on Artist { name } ... on Playlist { id } } } } }";

async fn found(app: &TestApp, query: &str) -> Vec<String> {
    let data = app.ask(SEARCH, json!({ "q": query })).await;
    names(&data)
}

fn names(data: &Value) -> Vec<String> {
    let edges = data["search"]["edges"].as_array().expect("edges");
    edges
        .iter()
        .map(|edge| {
            let node = &edge["node"];
            let name = ["title", "name", "id"].iter().find_map(|field| node[field].as_str()).unwrap_or("null");
            format!("{} {name}", node["__typename"].as_str().unwrap_or("null"))
        })
        .collect()
}

#[sqlx::test(migrations = false)]
async fn an_import_is_found_by_a_misspelt_title(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for (title, n) in [("Röyksopp Evening ab3x9k", 1), ("Bicycle Lane ab3x9k", 2), ("Harbour ab3x9k", 3)] {
        app.import(tags(title, "Sigur Test ab3x9k", "Nordlys ab3x9k", n)).await;
    }
    app.deliver().await;
    assert_eq!(found(&app, "royksop evning ab3x9k").await[0], "Track Röyksopp Evening ab3x9k");
}

#[sqlx::test(migrations = false)]
async fn only_what_is_published_is_found(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, album, _) = app.published_album("Zanzibar", 1).await;
    let artist = app.artist("B").await;
    app.track(json!({ "title": "Zanzibar Draft", "artistIds": [artist] })).await;
    app.deliver().await;
    let everything = ["Album Zanzibar", "Track Zanzibar 1", "Artist Artist of Zanzibar"];
    assert_eq!(found(&app, "zanzibar").await, everything);
    let withdraw = "mutation($id: ID!) { withdrawAlbum(id: $id) { album { id } userErrors { code } } }";
    app.mutate(withdraw, json!({ "id": album })).await;
    // The index has not heard of it yet: what may not be found shows by its status, and it is gone once it has.
    app.deliver().await;
    assert_eq!(found(&app, "zanzibar").await, ["Artist Artist of Zanzibar"]);
    app.publish_album(&album).await;
    app.deliver().await;
    assert_eq!(found(&app, "zanzibar").await, everything);
}

#[sqlx::test(migrations = false)]
async fn what_vanished_since_it_was_indexed_is_null(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("Zanzibar").await;
    app.deliver().await;
    let delete = "mutation($id: ID!) { deleteArtist(id: $id) { ok userErrors { code } } }";
    app.mutate(delete, json!({ "id": artist })).await;
    assert_eq!(found(&app, "zanzibar").await, ["null null"]);
    app.deliver().await;
    assert_eq!(found(&app, "zanzibar").await, Vec::<String>::new());
}

#[sqlx::test(migrations = false)]
async fn older_news_is_dropped(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("Zanzibar").await;
    let update = "mutation($id: ID!, $n: String!) { updateArtist(id: $id, input: { name: $n }) { artist { id } userErrors { code } } }";
    app.mutate(update, json!({ "id": artist, "n": "Pemba" })).await;
    let delete = "mutation($id: ID!) { deleteArtist(id: $id) { ok userErrors { code } } }";
    let mut events = app.sent().await;
    events.reverse();
    for event in &events {
        app.hear(event).await.unwrap();
        app.hear(event).await.unwrap();
    }
    assert_eq!((found(&app, "pemba").await, found(&app, "zanzibar").await), (vec!["Artist Pemba".to_owned()], vec![]));
    app.mutate(delete, json!({ "id": artist })).await;
    app.deliver().await;
    // A change that comes after the end does not bring it back.
    let mut late = events[0].clone();
    late.kind = "ArtistChanged".to_owned();
    app.hear_from(&serde_json::from_value::<polyphony_events::catalog::ArtistChanged>(late.data).unwrap())
        .await
        .unwrap();
    assert_eq!(found(&app, "pemba").await, Vec::<String>::new());
}

#[sqlx::test(migrations = false)]
async fn public_playlists_are_found_and_others_are_not(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let playlist_id = PlaylistId::new();
    let playlist = |visibility, version| PlaylistChanged {
        playlist_id,
        owner_id: UserId::new(),
        title: "Sunday Morning".to_owned(),
        description: Some("Slow and warm".to_owned()),
        visibility,
        item_count: 3,
        version,
    };
    let expected = vec![format!("Playlist {playlist_id}")];
    app.hear_from(&playlist(PlaylistVisibility::Private, 1)).await.unwrap();
    assert_eq!(found(&app, "sunday mornig").await, Vec::<String>::new());
    app.hear_from(&playlist(PlaylistVisibility::Public, 2)).await.unwrap();
    assert_eq!(found(&app, "sunday mornig").await, expected);
    assert_eq!(found(&app, "slow").await, expected);
    let only_tracks = app.ask(SEARCH, json!({ "q": "sunday", "t": ["TRACK", "ALBUM"] })).await;
    assert_eq!(names(&only_tracks), Vec::<String>::new());
    app.hear_from(&PlaylistDeleted { playlist_id, version: 3 }).await.unwrap();
    assert_eq!(found(&app, "sunday").await, Vec::<String>::new());
}

#[sqlx::test(migrations = false)]
async fn results_are_paged_without_gap_or_double(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.published_album("Zanzibar", 9).await;
    app.deliver().await;
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = app.ask(SEARCH, json!({ "q": "zanzibar", "n": 4, "after": after })).await;
        assert_eq!(page["search"]["estimatedTotal"], 11);
        seen.extend(names(&page));
        if page["search"]["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["search"]["pageInfo"]["endCursor"].clone();
    }
    let whole = app.ask(SEARCH, json!({ "q": "zanzibar", "n": 50 })).await;
    assert_eq!((seen.len(), &seen), (11, &names(&whole)));
}

#[sqlx::test(migrations = false)]
async fn what_was_found_stands_out(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.import(tags("Rock & <Roll>", "AC/DC", "Live", 1)).await;
    app.deliver().await;
    let data = app.ask(SEARCH, json!({ "q": "rol ac", "t": ["TRACK"] })).await;
    assert_eq!(data["search"]["edges"][0]["highlight"], "Rock &amp; &lt;<em>Roll</em>&gt; · <em>AC</em>/DC · Live");
}

#[sqlx::test(migrations = false)]
async fn suggestions_complete_what_is_typed(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.published_album("Zanzibar", 2).await;
    app.artist("Zaz").await;
    app.deliver().await;
    let data = app.ask("{ searchSuggestions(prefix: \"zanz\", first: 3) }", json!({})).await;
    let suggestions: Vec<_> = data["searchSuggestions"].as_array().unwrap().iter().map(text).collect();
    assert_eq!(suggestions[0], "Zanzibar");
    assert_eq!(suggestions.len(), 3);
    assert_eq!(
        app.door.codes(None, "{ searchSuggestions(prefix: \"a\", first: 21) }", json!({})).await,
        ["BAD_USER_INPUT"]
    );
}

#[sqlx::test(migrations = false)]
async fn odd_queries_find_nothing_and_harm_nothing(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.published_album("Zanzibar", 1).await;
    app.deliver().await;
    let long = "zanzibar ".repeat(2_000);
    for query in ["", "   ", "'", "\\", "' | 'a':*", "& | !", "<->", "\u{0}", "%", "💥", "((", &long] {
        app.ask(SEARCH, json!({ "q": query })).await;
    }
    assert_eq!(app.door.codes(None, SEARCH, json!({ "q": "a", "n": 0 })).await, ["BAD_USER_INPUT"]);
}

#[sqlx::test(migrations = false)]
async fn suggestions_say_what_they_are_and_what_was_found_in_them(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album, _) = app.published_album("Nordlys", 1).await;
    app.deliver().await;
    let query = "{ searchSuggestionItems(prefix: \"nordl\") { text kind nodeId subtitle pictureUrl highlightPieces { text isMatch } } \
                 searchSuggestions(prefix: \"nordl\") \
                 search(query: \"nordl\", types: [ALBUM]) { edges { highlight highlightPieces { text isMatch } } } }";
    let seen = app.ask(query, json!({})).await;
    let texts: Vec<_> =
        seen["searchSuggestionItems"].as_array().unwrap().iter().map(|one| one["text"].clone()).collect();
    assert_eq!(json!(texts), seen["searchSuggestions"], "one answers as the other");
    let of = |id: &String| {
        let all = seen["searchSuggestionItems"].as_array().unwrap();
        all.iter().find(|one| one["nodeId"] == json!(id)).unwrap_or_else(|| panic!("{seen:#}")).clone()
    };
    assert_eq!((&of(&artist)["kind"], &of(&artist)["subtitle"]), (&json!("ARTIST"), &Value::Null));
    assert_eq!(of(&album)["subtitle"], "Artist of Nordlys");
    let pieces = json!([
        { "text": "Nordlys", "isMatch": true },
        { "text": " · Artist of ", "isMatch": false },
        { "text": "Nordlys", "isMatch": true },
    ]);
    assert_eq!(seen["search"]["edges"][0]["highlightPieces"], pieces);
    assert_eq!(seen["search"]["edges"][0]["highlight"], "<em>Nordlys</em> · Artist of <em>Nordlys</em>");
}
