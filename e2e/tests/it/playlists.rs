//! Playlists as several people see and change them through the whole graph.

use futures::{StreamExt, future::join_all};
use polyphony_e2e::{Client, Platform, unique};
use serde_json::{Value, json};

const CHANGED: &str = "playlist { id version itemCount } itemIds userErrors { code message }";

async fn create(client: &Client) -> String {
    let create = format!("mutation($input: PlaylistInput!) {{ createPlaylist(input: $input) {{ {CHANGED} }} }}");
    let made = client.mutate(&create, json!({ "input": { "title": unique() } })).await;
    made["playlist"]["id"].as_str().unwrap().to_owned()
}

async fn let_in(owner: &Client, id: &str, other: &Client) {
    let set = format!(
        "mutation($id: ID!, $user: ID!) {{ setPlaylistCollaborator(playlistId: $id, userId: $user, role: EDITOR) {{ {CHANGED} }} }}"
    );
    owner.mutate(&set, json!({ "id": id, "user": other.viewer["user"]["id"] })).await;
    let invited = "{ viewer { playlistInvitations { edges { node { id } } } } }";
    let invited = other.query(invited, json!({})).await;
    let invitation = &invited["viewer"]["playlistInvitations"]["edges"][0]["node"]["id"];
    let accept =
        format!("mutation($id: ID!) {{ answerPlaylistInvitation(invitationId: $id, accept: true) {{ {CHANGED} }} }}");
    other.mutate(&accept, json!({ "id": invitation })).await;
}

/// Ids of tracks that nobody has told of yet: playlists takes them.
fn tracks(count: usize) -> Vec<String> {
    // A TypeID: 26 characters of its alphabet, the first at most 7.
    let one = |_| format!("0{}{}0", unique(), unique()).replace(['i', 'l', 'o', 'u'], "x");
    (0..count).map(one).map(|suffix| format!("trk_{suffix}")).collect()
}

async fn add(client: &Client, id: &str, count: usize) -> Vec<String> {
    let add = format!(
        "mutation($id: ID!, $ids: [ID!]!) {{ addPlaylistItems(playlistId: $id, trackIds: $ids) {{ {CHANGED} }} }}"
    );
    let payload = client.mutate(&add, json!({ "id": id, "ids": tracks(count) })).await;
    serde_json::from_value(payload["itemIds"].clone()).unwrap()
}

async fn order(client: &Client, id: &str) -> Vec<String> {
    let query = "query($id: ID!) { playlist(id: $id) { items(first: 100) { edges { node { id } } } } }";
    let data = client.query(query, json!({ "id": id })).await;
    let edges = data["playlist"]["items"]["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn three_who_edit_at_once_lose_nothing_of_each_other() {
    let platform = Platform::shared();
    let owner = Client::register(&platform, "owner").await;
    let (second, third) = (Client::register(&platform, "second").await, Client::register(&platform, "third").await);
    let id = create(&owner).await;
    for other in [&second, &third] {
        let_in(&owner, &id, other).await;
    }
    let added = join_all([&owner, &second, &third].map(|editor| {
        let id = &id;
        async move {
            let mut own = Vec::new();
            for _ in 0..10 {
                own.extend(add(editor, id, 2).await);
                let moved = "mutation($id: ID!, $items: [ID!]!) { movePlaylistItems(playlistId: $id, itemIds: $items) \
                             { userErrors { code } } }";
                editor.mutate(moved, json!({ "id": id, "items": own[own.len() - 1..] })).await;
            }
            own
        }
    }))
    .await;
    let mut expected = added.concat();
    let mut seen = order(&owner, &id).await;
    expected.sort();
    seen.sort();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_client_that_was_away_is_told_each_version_that_it_missed_as_it_was() {
    let platform = Platform::shared();
    let owner = Client::register(&platform, "owner").await;
    let id = create(&owner).await;
    let watch = "subscription($id: ID!, $after: String) { playlistChanged(id: $id, after: $after) \
                 { version itemCount items(first: 100) { edges { node { id } } } } }";
    let mut frames = owner.subscribe(watch, json!({ "id": id })).await;
    assert_eq!(frames.next().await.unwrap()["data"]["playlistChanged"]["version"], 1);
    drop(frames);

    let mut all = Vec::new();
    for _ in 0..4 {
        all.extend(add(&owner, &id, 1).await);
    }
    let mut frames = owner.subscribe(watch, json!({ "id": id, "after": "1" })).await;
    for count in 1..=4 {
        let frame = frames.next().await.unwrap()["data"]["playlistChanged"].take();
        let edges: Vec<Value> = all[..count].iter().map(|item| json!({ "node": { "id": item } })).collect();
        let expected = json!({ "version": count + 1, "itemCount": count, "items": { "edges": edges } });
        assert_eq!(frame, expected);
    }
    // And what comes now comes once.
    all.extend(add(&owner, &id, 1).await);
    assert_eq!(frames.next().await.unwrap()["data"]["playlistChanged"]["version"], 6);

    let stranger = Client::register(&platform, "stranger").await;
    let mut hidden = stranger.subscribe(watch, json!({ "id": id, "after": "1" })).await;
    let refused = hidden.next().await.unwrap();
    assert!(refused["errors"].is_array() && refused["data"]["playlistChanged"].is_null(), "{refused:#}");
}
