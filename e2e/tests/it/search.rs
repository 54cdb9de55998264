//! Search through the router: what is published is found with all that others say of it.

use std::time::Duration;

use polyphony_e2e::{Client, Platform, eventually, unique};
use serde_json::json;

use crate::catalog::publish;

const SEARCH: &str = include_str!("../../queries/search.graphql");

#[tokio::test]
async fn what_is_published_is_found_soon_and_what_is_withdrawn_is_not() {
    let platform = Platform::shared();
    let (creator, listener, mark) =
        (Client::creator(&platform).await, Client::register(&platform, "ear").await, unique());
    let (artist, album, track) = publish(&creator, &mark).await;
    let found = async || {
        let mut data = listener.query(SEARCH, json!({ "query": mark })).await;
        let edges = data["search"]["edges"].as_array_mut().map(std::mem::take).unwrap_or_default();
        edges.into_iter().map(|mut edge| edge["node"].take()).collect::<Vec<_>>()
    };
    let all = eventually("all three", Duration::from_secs(10), || async {
        Some(found().await).filter(|nodes| nodes.len() == 3)
    })
    .await;
    let of = |id: &str| all.iter().find(|node| node["id"] == id).unwrap_or_else(|| panic!("{id} in {all:#?}"));
    // Fields of three subgraphs in one list.
    assert_eq!((&of(&track)["liked"], &of(&track)["playable"]), (&json!(false), &json!(false)));
    assert_eq!((&of(&album)["saved"], &of(&album)["trackCount"]), (&json!(false), &json!(1)));
    assert_eq!((&of(&artist)["followerCount"], &of(&artist)["followed"]), (&json!(0), &json!(false)));
    let withdraw = "mutation($id: ID!) { withdrawAlbum(id: $id) { album { id } userErrors { code message } } }";
    creator.mutate(withdraw, json!({ "id": album })).await;
    eventually("the artist alone", Duration::from_secs(10), || async { (found().await.len() == 1).then_some(()) })
        .await;
}
