//! What queries cost, in SQL statements, when nothing of them is cached.

use polyphony_kit::cache::Cache;
use polyphony_testkit::Statements;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::TestApp;

async fn statements(app: &TestApp, query: &str, variables: Value) -> usize {
    let statements = Statements::new();
    app.ask(query, variables).await;
    statements.count()
}

#[sqlx::test(migrations = false)]
async fn what_a_query_costs_does_not_grow_with_its_lists(pool: PgPool) {
    let app = TestApp::with_cache(pool, Cache::off()).await;
    app.published_album("Nordlys", 30).await;
    for n in 0..29 {
        app.published_album(&format!("Album {n}"), 1).await;
    }
    app.deliver().await;
    let track = "id title artists { name albums(first: 3) { totalCount edges { node { title trackCount } } } topTracks(first: 2) { id } }
        album { title coverUrl artists { name } genres { name } trackCount durationMs } genres { slug } lyrics { synced }";
    let queries = [
        (format!("query($n: Int) {{ tracks(first: $n) {{ totalCount edges {{ node {{ {track} }} }} }} }}"), 11),
        (
            format!(
                "query($n: Int) {{ albums(first: $n) {{ edges {{ node {{ title artists {{ name }} genres {{ name }} trackCount
                tracks(first: 2) {{ totalCount edges {{ node {{ {track} }} }} }} }} }} }} }}"
            ),
            15,
        ),
        ("query($n: Int) { search(query: \"nordlys\", first: $n) { estimatedTotal edges { highlight node {
            ... on Track { title artists { name } album { title } } ... on Album { title artists { name } } ... on Artist { name } } } } }"
            .to_owned(), 7),
        ("query($n: Int) { artists(first: $n) { totalCount edges { node { name albums { totalCount edges { node { title } } } } } } }"
            .to_owned(), 2),
    ];
    for (query, exactly) in queries {
        let (few, many) =
            (statements(&app, &query, json!({ "n": 1 })).await, statements(&app, &query, json!({ "n": 30 })).await);
        assert_eq!(many, exactly, "{query}");
        assert!(few <= many, "{few} at one row, {many} at thirty: {query}");
        println!("{few} statements at 1 row, {many} at 30: {}", query.split('{').nth(1).unwrap_or_default());
    }
}

#[sqlx::test(migrations = false)]
async fn an_album_of_thirty_costs_what_an_album_of_one_costs(pool: PgPool) {
    let app = TestApp::with_cache(pool, Cache::off()).await;
    let (_, many, _) = app.published_album("Many", 30).await;
    let (_, one, _) = app.published_album("One", 1).await;
    let query = "query($id: ID!) { album(id: $id) { title trackCount durationMs artists { name } genres { name }
        tracks { totalCount edges { node { title artists { name } album { title } genres { name } lyrics { synced } } } } } }";
    let (few, more) =
        (statements(&app, query, json!({ "id": one })).await, statements(&app, query, json!({ "id": many })).await);
    assert_eq!(few, more);
    // Album; its artists, genres, figures (the total is one of them) and tracks; and four of the tracks.
    assert_eq!(more, 9);
}

#[sqlx::test(migrations = false)]
async fn the_tracks_of_a_playlist_of_a_hundred_cost_what_one_costs(pool: PgPool) {
    let app = TestApp::with_cache(pool, Cache::off()).await;
    let (_, _, ids) = app.published_album("Many", 100).await;
    let fields =
        "id title durationMs explicit playCount artists { id name } album { id title coverUrl } genres { slug }";
    let mut counts = Vec::new();
    for n in [1, 100] {
        let statements = Statements::new();
        assert_eq!(app.door.entities(None, "Track", &ids[..n], fields).await.len(), n);
        counts.push(statements.count());
    }
    // Tracks, their artists, albums and genres.
    assert_eq!(counts, [4, 4]);
}

#[sqlx::test(migrations = false)]
async fn the_length_of_a_list_costs_no_statement_and_is_known_behind_its_end(pool: PgPool) {
    let app = TestApp::with_cache(pool, Cache::off()).await;
    let (artist, ..) = app.published_album("Nordlys", 2).await;
    app.published_album("Other", 1).await;
    for (list, total) in [
        ("albums(first: 100, after: $after)", 2),
        ("albums(sort: TITLE, first: 100, after: $after)", 2),
        ("albums(sort: POPULAR, first: 100, after: $after)", 2),
        ("tracks(first: 100, after: $after)", 3),
        ("tracks(genre: \"ambient\", first: 100, after: $after)", 3),
        ("artists(first: 100, after: $after)", 2),
        ("artist(id: $id) { albums(first: 100, after: $after)", 1),
    ] {
        let (id, end) = if list.starts_with("artist(") { ("$id: ID!,", "}") } else { ("", "") };
        let query = format!("query({id} $after: String) {{ {list} {{ totalCount edges {{ cursor }} }} {end} }}");
        let look = async |after: Value| {
            let mut data = app.ask(&query, json!({ "id": artist, "after": after })).await;
            let field = data.as_object_mut().unwrap().values_mut().next().unwrap().take();
            if end.is_empty() { field } else { field["albums"].clone() }
        };
        let counted = Statements::new();
        let all = look(Value::Null).await;
        assert_eq!(all["totalCount"], total, "{list}");
        assert_eq!(counted.count(), 1 + usize::from(!end.is_empty()), "{list}");
        let last = all["edges"].as_array().unwrap().last().unwrap()["cursor"].clone();
        assert_eq!(look(last).await, json!({ "totalCount": total, "edges": [] }), "{list}");
    }
}
