//! Search while its index is away.

use polyphony_catalog::search::{Meilisearch, SearchIndex};
use serde_json::json;
use sqlx::PgPool;

use crate::app::TestApp;

#[sqlx::test(migrations = false)]
async fn with_the_index_down_search_says_so_and_the_rest_works(pool: PgPool) {
    let nowhere = Meilisearch::new("http://127.0.0.1:9", None, "polyphony").unwrap();
    let app = TestApp::with_index(pool, SearchIndex::Meilisearch(nowhere)).await;
    app.published_album("Zanzibar", 1).await;
    app.deliver().await;
    let answer =
        app.door.execute(None, "{ search(query: \"zanzibar\") { tookMs } albums { totalCount } }", json!({})).await;
    assert_eq!((&answer.data["search"], &answer.data["albums"]["totalCount"]), (&json!(null), &json!(1)));
    assert_eq!(answer.errors[0]["extensions"]["code"], "UNAVAILABLE");
    assert_eq!(app.door.codes(None, "{ searchSuggestions(prefix: \"z\") }", json!({})).await, ["UNAVAILABLE"]);
}
