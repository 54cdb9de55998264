//! An id names one thing of one type, whichever subgraph answers and whichever way it is read: a client's normalised store rests on it.

use std::collections::BTreeMap;

use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece},
    unique, upload,
};
use serde_json::{Value, json};

const OWN: &str = "{ viewer { __typename id
    user { __typename id picture { __typename id } publicPlaylists(first: 2) { edges { node { __typename id } } } }
    sessions { __typename id } apiKeys { __typename id }
    devices { __typename id } uploads(first: 2) { edges { node { __typename id job { __typename id } track { __typename id } } } }
    playlists(first: 2) { edges { node { __typename id owner { __typename id }
        items(first: 2) { edges { node { __typename id track { __typename id } } } } } } }
    library { __typename id likedTracks(first: 2) { edges { node { __typename id album { __typename id } } } } }
    privateSession { endsAt }
} }";

const LIVE: &str = "{ viewer { __typename id playback { __typename id
    track { __typename id cover { __typename id } } activeDevice { __typename id }
    context { kind album { __typename id } artist { __typename id } playlist { __typename id } }
    queue(first: 2) { edges { node { __typename id track { __typename id } addedBy { __typename id }
        context { playlist { __typename id } } } } } } } }";

const CATALOG: &str = "query($track: ID!) {
    track(id: $track) { __typename id artists { __typename id } genres { __typename id }
        album { __typename id cover { __typename id } artists { __typename id } tracks(first: 3) { edges { node { __typename id } } } } }
    home(itemsPerShelf: 3) { id items { __typename ... on Album { id } ... on Artist { id } ... on Track { id } } }
    genresConnection(first: 3) { edges { node { __typename id } } }
    publicPlaylists(first: 3) { edges { node { __typename id owner { __typename id } } } } }";

/// Keeps the type of every object with an id; an id that was another type's before fails.
fn collect(value: &Value, types: &mut BTreeMap<String, String>) {
    if let (Some(id), Some(kind)) = (value["id"].as_str(), value["__typename"].as_str()) {
        let known = types.entry(id.to_owned()).or_insert_with(|| kind.to_owned());
        assert_eq!(known, kind, "{id} is of two types");
    }
    match value {
        Value::Object(fields) => fields.values().for_each(|field| collect(field, types)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, types)),
        _ => {}
    }
}

/// Somebody who has one of everything, and a track of theirs.
async fn who_has_everything(platform: &Platform) -> (Client, String) {
    let (maker, folder) = (Client::creator(platform).await, tempfile::tempdir().unwrap());
    let mark = unique();
    let tags = ["title", "artist", "album", "genre"].map(|tag| (tag, format!("{tag} {mark}")));
    let piece = Piece { seconds: 4, hertz: 199, tags: &tags, cover: true, ..Piece::default() };
    let upload = upload::ready(&maker, &audio::make(folder.path(), &piece)).await;
    let track = upload["track"]["id"].as_str().unwrap().to_owned();
    let playlist = "mutation { createPlaylist(input: { title: \"Ids\", visibility: PUBLIC }) { playlist { id } userErrors { code } } }";
    let playlist = maker.mutate(playlist, json!({})).await["playlist"]["id"].take();
    let add = "mutation($id: ID!, $tracks: [ID!]!) { addPlaylistItems(playlistId: $id, trackIds: $tracks) { userErrors { code } } }";
    maker.mutate(add, json!({ "id": playlist, "tracks": [track, track] })).await;
    let like = "mutation($tracks: [ID!]!) { setLiked(trackIds: $tracks, liked: true) { userErrors { code } } }";
    maker.mutate(like, json!({ "tracks": [track] })).await;
    let device = "mutation { registerDevice(input: { installationId: \"ids\", name: \"Ids\", kind: OTHER }) { device { id } userErrors { code } } }";
    let device = maker.mutate(device, json!({})).await["device"]["id"].take();
    let private = "mutation { setPrivateSession(enabled: true) { viewer { id } userErrors { code } } }";
    maker.mutate(private, json!({})).await;
    let play = "mutation($input: SetQueueInput!) { setQueue(input: $input) { playback { id } userErrors { code } } }";
    let context = json!({ "kind": "PLAYLIST", "id": playlist });
    maker
        .mutate(play, json!({ "input": { "trackIds": [track, track], "context": context, "deviceId": device } }))
        .await;
    (maker, track)
}

#[tokio::test]
async fn no_id_is_that_of_two_types_and_node_gives_what_has_it() {
    let platform = Platform::shared();
    let (maker, track) = who_has_everything(&platform).await;
    let mut types = BTreeMap::new();
    for (query, variables) in [(OWN, json!({})), (LIVE, json!({})), (CATALOG, json!({ "track": track }))] {
        collect(&maker.query(query, variables).await, &mut types);
    }
    let found: std::collections::BTreeSet<&str> = types.values().map(String::as_str).collect();
    for kind in [
        "Viewer",
        "User",
        "Session",
        "Device",
        "Upload",
        "TranscodeJob",
        "Playlist",
        "PlaylistItem",
        "Library",
        "Track",
        "Album",
        "Artist",
        "PlaybackState",
        "QueueItem",
        "Image",
    ] {
        assert!(found.contains(kind), "the queries show no {kind}: {found:?}");
    }
    // By its id alone each gives itself again.
    let nodes =
        ["Viewer", "User", "Upload", "TranscodeJob", "Playlist", "Library", "Track", "Album", "Artist", "Genre"];
    let query = "query($id: ID!) { node(id: $id) { __typename id } }";
    for (id, kind) in types.iter().filter(|(_, kind)| nodes.contains(&kind.as_str())) {
        let node = maker.query(query, json!({ "id": id })).await["node"].take();
        assert_eq!(node, json!({ "__typename": kind, "id": id }));
    }
    // What is private to somebody is nobody else's by its id.
    let (viewer, _) = types.iter().find(|(_, kind)| *kind == "Viewer").unwrap();
    let other = Client::register(&platform, "ear").await;
    assert_eq!(other.query(query, json!({ "id": viewer })).await["node"], Value::Null);
    let role = "query($id: ID!) { node(id: $id) { ... on Viewer { role privateSession { endsAt } } } }";
    let own = maker.query(role, json!({ "id": viewer })).await["node"].take();
    assert!(own["role"] == "CREATOR" && own["privateSession"]["endsAt"].is_string(), "{own}");
}
