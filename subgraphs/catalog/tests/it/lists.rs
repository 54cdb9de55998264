//! Lists and their pages.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, text};

/// Pages through a connection two at a time and gives what `read` takes from its nodes.
async fn walk(app: &TestApp, field: &str, node: &str, read: impl Fn(&Value) -> String) -> Vec<String> {
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let query = format!(
            "query($after: String) {{ list: {field} {{ totalCount pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {node} }} }} }} }}"
        );
        let list = app.ask(&query, json!({ "after": after })).await["list"].take();
        seen.extend(list["edges"].as_array().unwrap().iter().map(|edge| read(&edge["node"])));
        if list["pageInfo"]["hasNextPage"] == false {
            assert_eq!(list["totalCount"], seen.len());
            return seen;
        }
        after = list["pageInfo"]["endCursor"].clone();
    }
}

#[sqlx::test(migrations = false)]
async fn lists_are_paged_without_gap_or_double(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for title in ["C", "Å", "b", "D", "a"] {
        app.published_album(title, 1).await;
    }
    let title = |node: &Value| text(&node["title"]);
    assert_eq!(walk(&app, "albums(first: 2, after: $after)", "title", title).await, ["a", "D", "b", "Å", "C"]);
    let by_title = walk(&app, "albums(first: 2, after: $after, sort: TITLE)", "title", title).await;
    assert_eq!([&by_title[2..], &by_title[..0]].concat(), ["b", "C", "D"]);
    assert_eq!(walk(&app, "albums(first: 2, after: $after, sort: POPULAR)", "title", title).await.len(), 5);
    assert_eq!(walk(&app, "tracks(first: 2, after: $after, genre: \"Ambient\")", "title", title).await.len(), 5);
    assert_eq!(walk(&app, "tracks(first: 2, after: $after, genre: \"rock\")", "title", title).await.len(), 0);
    let artists = walk(&app, "artists(first: 2, after: $after)", "name", |node| text(&node["name"])).await;
    assert_eq!(artists.len(), 5);
}

#[sqlx::test(migrations = false)]
async fn a_page_stays_right_while_things_are_added(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for title in ["a", "b", "c"] {
        app.published_album(title, 1).await;
    }
    let query =
        "query($after: String) { albums(first: 2, after: $after) { pageInfo { endCursor } edges { node { title } } } }";
    let first = app.ask(query, json!({})).await["albums"].take();
    app.published_album("d", 1).await;
    let second = app.ask(query, json!({ "after": first["pageInfo"]["endCursor"] })).await;
    assert_eq!(second["albums"]["edges"], json!([{ "node": { "title": "a" } }]));
}

#[sqlx::test(migrations = false)]
async fn a_page_that_makes_no_sense_is_bad_input(pool: PgPool) {
    let app = TestApp::new(pool).await;
    for arguments in ["first: 0", "first: 101", "first: -1", "after: \"nonsense\""] {
        for field in ["albums", "tracks", "artists"] {
            let query = format!("{{ {field}({arguments}) {{ totalCount }} }}");
            assert_eq!(app.door.codes(None, &query, json!({})).await, ["BAD_USER_INPUT"], "{query}");
        }
    }
}

#[sqlx::test(migrations = false)]
async fn genres_are_those_of_published_things(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.published_album("a", 1).await;
    let artist = app.artist("A").await;
    app.track(json!({ "title": "Draft", "artistIds": [artist], "genres": ["Secret"] })).await;
    let seen = app
        .ask("{ genres { slug name } genre(slug: \"ambient\") { name } none: genre(slug: \"x\") { name } }", json!({}))
        .await;
    assert_eq!(
        seen,
        json!({ "genres": [{ "slug": "ambient", "name": "Ambient" }, { "slug": "downtempo", "name": "Downtempo" }],
            "genre": { "name": "Ambient" }, "none": null })
    );
}
