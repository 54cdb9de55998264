//! Search through the router: what is published is found with all that others say of it.

use std::time::{Duration, Instant};

use polyphony_e2e::{Client, Platform, eventually, unique};
use serde_json::{Value, json};

use crate::catalog::publish;

const SEARCH: &str = include_str!("../../queries/search.graphql");
/// What is published is found within this time.
const FOUND_WITHIN: Duration = Duration::from_secs(2);
/// On a machine that does much else one attempt may take longer, but not each.
const ATTEMPTS: usize = 5;

async fn found(client: &Client, words: &str) -> Vec<Value> {
    let mut data = client.query(SEARCH, json!({ "query": words })).await;
    let edges = data["search"]["edges"].as_array_mut().map(std::mem::take).unwrap_or_default();
    edges.into_iter().map(|mut edge| edge["node"].take()).collect()
}

#[tokio::test]
async fn what_is_published_is_found_soon_and_what_is_withdrawn_is_not() {
    let platform = Platform::shared();
    let (creator, listener) = (Client::creator(&platform).await, Client::register(&platform, "ear").await);
    let mut took = Vec::new();
    let (mark, (artist, album, track), all) = loop {
        let mark = unique();
        let ids = publish(&creator, &mark).await;
        let published = Instant::now();
        let all = eventually("all three", Duration::from_secs(30), || async {
            Some(found(&listener, &mark).await).filter(|nodes| nodes.len() == 3)
        })
        .await;
        took.push(published.elapsed());
        println!("found {:?} after it was published", published.elapsed());
        if took.last().is_some_and(|time| *time <= FOUND_WITHIN) {
            break (mark, ids, all);
        }
        assert!(took.len() < ATTEMPTS, "found after {took:?}");
    };
    let of = |id: &str| all.iter().find(|node| node["id"] == id).unwrap_or_else(|| panic!("{id} in {all:#?}"));
    // Fields of three subgraphs in one list.
    assert_eq!((&of(&track)["liked"], &of(&track)["playable"]), (&json!(false), &json!(false)));
    assert_eq!((&of(&album)["saved"], &of(&album)["trackCount"]), (&json!(false), &json!(1)));
    assert_eq!((&of(&artist)["followerCount"], &of(&artist)["followed"]), (&json!(0), &json!(false)));
    let withdraw = "mutation($id: ID!) { withdrawAlbum(id: $id) { album { id } userErrors { code message } } }";
    creator.mutate(withdraw, json!({ "id": album })).await;
    eventually("the artist alone", Duration::from_secs(10), || async {
        (found(&listener, &mark).await.len() == 1).then_some(())
    })
    .await;
}
