//! Smart playlists, of rules such as people make.

use anyhow::{Context, ensure};
use polyphony_e2e::Client;
use serde_json::{Value, json};

/// The name of the screen whose rules choose at each request.
pub(crate) const ANEW: &str = "smart playlist, chosen anew";
/// Asks for the first page of what rules choose now.
pub(crate) const PREVIEW: &str = "query($rules: SmartRulesInput!) { smartPlaylistPreview(rules: $rules) {
    itemCount tracks { id title durationMs artists { id name } album { id title coverUrl } } } }";

const MAKE: &str = "mutation($title: String!, $rules: SmartRulesInput!) {
    createSmartPlaylist(title: $title, rules: $rules) { playlist { id } userErrors { code message } } }";

/// The rules of each list.
pub(crate) fn rules() -> Vec<Value> {
    let rule = |field: &str, op: &str, value: &str| json!({ "field": field, "op": op, "value": value });
    let list = |rules: &[Value], sort: &str, limit: i32| json!({ "match": "ALL", "rules": rules, "sort": sort, "limit": limit });
    vec![
        list(&[rule("GENRE", "IS", "genre-3")], "RECENTLY_ADDED", 1_000),
        list(&[rule("TITLE", "CONTAINS", "an")], "TITLE", 500),
        list(&[rule("RELEASED_ON", "GREATER_THAN", "1999"), rule("PLAY_COUNT", "IS", "0")], "RECENTLY_ADDED", 100),
        list(&[rule("PLAY_COUNT", "GREATER_THAN", "0")], "MOST_PLAYED", 500),
        list(&[rule("LIKED", "IS", "true")], "RANDOM_DAILY", 100),
        list(&[rule("LAST_PLAYED", "IN_LAST_DAYS", "30")], "RECENTLY_PLAYED", 100),
        list(&[rule("DURATION_MS", "LESS_THAN", "150000"), rule("GENRE", "IS_NOT", "genre-1")], "RANDOM_DAILY", 100),
        list(&[rule("LIKED", "IS_NOT", "true"), rule("GENRE", "IS", "genre-7")], "TITLE", 1_000),
    ]
}

/// Makes a list of each of the rules; gives their ids.
pub(crate) async fn lists(person: &Client) -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::new();
    for (n, rules) in rules().into_iter().enumerate() {
        let made = person.payload(MAKE, json!({ "title": format!("Smart {n}"), "rules": rules })).await;
        ensure!(made["userErrors"] == json!([]), "make a smart playlist: {}", made["userErrors"]);
        ids.push(made["playlist"]["id"].as_str().context("a smart playlist has an id")?.to_owned());
    }
    Ok(ids)
}
