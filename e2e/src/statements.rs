//! How many SQL statements a query costs each subgraph, as their metrics count them.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::Value;

use crate::{Client, Platform};

/// The counter that every subgraph keeps.
const COUNTER: &str = "graphql_sql_statements_total";
/// The subgraphs.
const SUBGRAPHS: [&str; 4] = ["accounts", "catalog", "media", "playlists"];

/// Statements by subgraph.
pub type Statements = BTreeMap<&'static str, u64>;

/// What a query that must succeed costs on a platform that nobody else asks; and its data.
pub async fn cost(platform: &Platform, client: &Client, query: &str, variables: &Value) -> (Statements, Value) {
    let before = counted(platform, client).await;
    let data = client.query(query, variables.clone()).await;
    let after = counted(platform, client).await;
    (after.into_iter().map(|(part, count)| (part, count - before[part])).collect(), data)
}

async fn counted(platform: &Platform, client: &Client) -> Statements {
    let mut counts = Statements::new();
    for part in SUBGRAPHS {
        let answer = client.http(Method::GET, &format!("{}/metrics", platform.url(part)), Vec::new()).await;
        let text = answer.text().await.expect("metrics are text");
        let lines = text.lines().filter(|line| line.starts_with(COUNTER));
        let count = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum();
        counts.insert(part, count);
    }
    counts
}
