//! Search while its index is away.

use polyphony_catalog::{
    search::{Meilisearch, SearchIndex},
    store::Store,
};
use polyphony_kit::cache::Cache;
use serde_json::json;
use sqlx::PgPool;

use crate::app::TestApp;

#[sqlx::test(migrations = false)]
async fn with_the_index_down_the_documents_themselves_are_searched(pool: PgPool) {
    let mirror = Meilisearch::new("http://127.0.0.1:9", None, "polyphony").unwrap();
    let documents = Store { pool: pool.clone(), cache: Cache::off() };
    let app = TestApp::with_index(pool, SearchIndex::Meilisearch { mirror, documents }).await;
    app.published_album("Zanzibar", 1).await;
    app.deliver().await;
    let query = "{ search(query: \"zanzibar\") { edges { node { __typename } } } searchSuggestions(prefix: \"z\") }";
    let answer = app.door.execute(None, query, json!({})).await;
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    assert_eq!(answer.data["searchSuggestions"], json!(["Zanzibar", "Zanzibar 1", "Artist of Zanzibar"]));
    assert_eq!(answer.data["search"]["edges"][0]["node"]["__typename"], "Album");
}
