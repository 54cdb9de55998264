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

/// Reads the counters of a platform that nobody else asks.
pub struct Counters(Vec<(&'static str, String)>);

impl Counters {
    /// The counters of this platform.
    pub fn of(platform: &Platform) -> Self {
        Self(SUBGRAPHS.into_iter().map(|part| (part, format!("{}/metrics", platform.operations(part)))).collect())
    }

    /// What a query that must succeed costs; and its data.
    pub async fn cost(&self, client: &Client, query: &str, variables: &Value) -> (Statements, Value) {
        let before = self.read(client).await;
        let data = client.query(query, variables.clone()).await;
        let after = self.read(client).await;
        (after.into_iter().map(|(part, count)| (part, count - before[part])).collect(), data)
    }

    async fn read(&self, client: &Client) -> Statements {
        let mut counts = Statements::new();
        for (part, url) in &self.0 {
            let text = client.http(Method::GET, url, Vec::new()).await.text().await.expect("metrics are text");
            let lines = text.lines().filter(|line| line.starts_with(COUNTER));
            let count = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum();
            counts.insert(*part, count);
        }
        counts
    }
}
