//! The catalog as part of the whole: things of every subgraph by their ids, and what may be seen.

use std::time::Duration;

use polyphony_e2e::{
    Client, Platform,
    audio::{self, Piece},
    eventually, unique, upload,
};
use serde_json::{Value, json};

const NODE: &str = "query($id: ID!) { node(id: $id) { __typename id
    ... on User { displayName } ... on Artist { name } ... on Album { title tracks { totalCount } } ... on Track { title album { title } }
    ... on Playlist { title itemCount } ... on PlaylistItem { track { title } }
    ... on Upload { filename state } ... on TranscodeJob { jobState: state upload { filename } } } }";

/// A published album of one track by a new artist; gives their ids.
pub(crate) async fn publish(creator: &Client, title: &str) -> (String, String, String) {
    let id = |payload: &Value, field: &str| payload[field]["id"].as_str().unwrap().to_owned();
    let artist = "mutation($i: ArtistInput!) { createArtist(input: $i) { artist { id } userErrors { code message } } }";
    let artist = id(&creator.mutate(artist, json!({ "i": { "name": format!("Band {title}") } })).await, "artist");
    let album = "mutation($i: AlbumInput!) { createAlbum(input: $i) { album { id } userErrors { code message } } }";
    let album =
        creator.mutate(album, json!({ "i": { "title": format!("Album {title}"), "artistIds": [artist] } })).await;
    let album = id(&album, "album");
    let track = "mutation($i: TrackInput!) { createTrack(input: $i) { track { id } userErrors { code message } } }";
    let input = json!({ "title": format!("Track {title}"), "artistIds": [artist], "albumId": album });
    let track = id(&creator.mutate(track, json!({ "i": input })).await, "track");
    let publish = "mutation($id: ID!) { publishAlbum(id: $id) { album { id } userErrors { code message } } }";
    creator.mutate(publish, json!({ "id": album })).await;
    (artist, album, track)
}

#[tokio::test]
async fn an_id_of_any_subgraph_is_a_node() {
    let platform = Platform::shared();
    let (creator, mark) = (Client::creator(&platform).await, unique());
    let (artist, album, track) = publish(&creator, &mark).await;
    let playlist =
        "mutation($i: PlaylistInput!) { createPlaylist(input: $i) { playlist { id } userErrors { code message } } }";
    let playlist = creator.mutate(playlist, json!({ "i": { "title": mark } })).await["playlist"]["id"].clone();
    let add = "mutation($p: ID!, $t: [ID!]!) { addPlaylistItems(playlistId: $p, trackIds: $t) { itemIds userErrors { code message } } }";
    let entry = creator.mutate(add, json!({ "p": playlist, "t": [track] })).await["itemIds"][0].clone();
    let folder = tempfile::tempdir().unwrap();
    let file = audio::make(folder.path(), &Piece { file: "n.flac", seconds: 3, hertz: 300, ..Piece::default() });
    let upload = upload::start(&creator, &file).await;
    let job = eventually("the job", Duration::from_secs(10), || async {
        upload::get(&creator, &upload).await["job"]["id"].as_str().map(str::to_owned)
    })
    .await;
    let title = format!("Track {mark}");
    for (kind, id, field, value) in [
        ("Artist", json!(artist), "name", json!(format!("Band {mark}"))),
        ("Album", json!(album), "tracks", json!({ "totalCount": 1 })),
        ("Track", json!(track), "album", json!({ "title": format!("Album {mark}") })),
        ("User", creator.viewer["user"]["id"].clone(), "displayName", json!("maker")),
        ("Playlist", playlist.clone(), "itemCount", json!(1)),
        ("PlaylistItem", entry.clone(), "track", json!({ "title": title })),
        ("Upload", json!(upload), "filename", json!("n.flac")),
        ("TranscodeJob", json!(job), "upload", json!({ "filename": "n.flac" })),
    ] {
        let node = creator.query(NODE, json!({ "id": id })).await["node"].take();
        assert_eq!((&node["__typename"], &node["id"], &node[field]), (&json!(kind), &id, &value), "{node:#}");
    }
    // To somebody else what is private is nothing, whichever subgraph it is of.
    let stranger = Client::register(&platform, "ear").await;
    for id in [&playlist, &entry, &json!(upload), &json!(job)] {
        let (_, answer) = stranger.raw(NODE, json!({ "id": id })).await;
        let node = &answer["data"]["node"];
        let shows = ["title", "itemCount", "track", "filename", "state", "jobState", "upload"]
            .iter()
            .any(|field| !node[field].is_null());
        assert!(!shows, "{answer:#}");
    }
    for nothing in ["nonsense", "trk_01h455vb4pex5vsknk084sn02q"] {
        assert_eq!(stranger.query(NODE, json!({ "id": nothing })).await["node"], Value::Null);
    }
}

#[tokio::test]
async fn what_is_withdrawn_keeps_its_place_and_returns() {
    let platform = Platform::shared();
    let (creator, mark) = (Client::creator(&platform).await, unique());
    let (artist, album, track) = publish(&creator, &mark).await;
    let playlist =
        "mutation($i: PlaylistInput!) { createPlaylist(input: $i) { playlist { id } userErrors { code message } } }";
    let playlist = creator.mutate(playlist, json!({ "i": { "title": mark } })).await["playlist"]["id"].clone();
    let add = "mutation($p: ID!, $t: [ID!]!) { addPlaylistItems(playlistId: $p, trackIds: $t) { itemIds userErrors { code message } } }";
    creator.mutate(add, json!({ "p": playlist, "t": [track] })).await;
    let status = async || {
        let query = "query($id: ID!) { playlist(id: $id) { items { edges { node { track { status } } } } } }";
        let seen = creator.query(query, json!({ "id": playlist })).await;
        seen["playlist"]["items"]["edges"][0]["node"]["track"]["status"].clone()
    };
    assert_eq!(status().await, "PUBLISHED");
    let withdraw = "mutation($id: ID!) { withdrawAlbum(id: $id) { album { id } userErrors { code message } } }";
    creator.mutate(withdraw, json!({ "id": album })).await;
    assert_eq!(status().await, "WITHDRAWN");
    let delete = "mutation($id: ID!) { deleteArtist(id: $id) { ok userErrors { code } } }";
    assert_eq!(creator.refusals(delete, json!({ "id": artist })).await, ["HAS_DEPENDENTS"]);
    let publish = "mutation($id: ID!) { publishAlbum(id: $id) { album { id } userErrors { code message } } }";
    creator.mutate(publish, json!({ "id": album })).await;
    assert_eq!(status().await, "PUBLISHED");
}

#[tokio::test]
async fn a_file_that_is_tagged_anew_keeps_its_track_its_like_and_its_place() {
    let platform = Platform::shared();
    let (creator, mark) = (Client::creator(&platform).await, unique());
    let folder = tempfile::tempdir().unwrap();
    // A sound that no other test has.
    let hertz = 200 + mark.bytes().fold(0, |sum, byte| (sum * 31 + u32::from(byte)) % 7_919);
    let file = |file: &str, title: &str, album: &str| {
        let named = |name| format!("{name} {mark}");
        let tags =
            [("title", named(title)), ("artist", named("Band")), ("album", named(album)), ("track", "1".to_owned())];
        audio::make(folder.path(), &Piece { file, seconds: 6, hertz, tags: &tags, ..Piece::default() })
    };
    let upload = upload::ready(&creator, &file("one.flac", "Mistkae", "Misspelt")).await;
    let track = upload["track"]["id"].clone();
    let like = "mutation($t: [ID!]!) { setLiked(trackIds: $t, liked: true) { userErrors { code message } } }";
    creator.mutate(like, json!({ "t": [track] })).await;
    let playlist =
        "mutation($i: PlaylistInput!) { createPlaylist(input: $i) { playlist { id } userErrors { code message } } }";
    let playlist = creator.mutate(playlist, json!({ "i": { "title": mark } })).await["playlist"]["id"].clone();
    let add = "mutation($p: ID!, $t: [ID!]!) { addPlaylistItems(playlistId: $p, trackIds: $t) { itemIds userErrors { code message } } }";
    let entry = creator.mutate(add, json!({ "p": playlist, "t": [track] })).await["itemIds"][0].clone();

    let again = upload::ready(&creator, &file("two.flac", "Mistake", "Spelt")).await;
    assert_eq!(again["duplicateOf"]["id"], track, "{again:#}");
    let seen = || async {
        let query = "query($t: ID!, $p: ID!) { track(id: $t) { title liked playable album { title } }
            playlist(id: $p) { items { edges { node { id track { id title } } } } } }";
        let seen = creator.query(query, json!({ "t": track, "p": playlist })).await;
        (seen["track"]["title"] == format!("Mistake {mark}")).then_some(seen)
    };
    let seen = eventually("the new tags", Duration::from_secs(30), seen).await;
    assert_eq!(
        seen["track"],
        json!({ "title": format!("Mistake {mark}"), "liked": true, "playable": true, "album": { "title": format!("Spelt {mark}") } })
    );
    let node = json!({ "id": entry, "track": { "id": track, "title": format!("Mistake {mark}") } });
    assert_eq!(seen["playlist"]["items"]["edges"], json!([{ "node": node }]));
    // The album of the misspelt title is not left behind empty.
    let albums =
        "query($q: String!) { search(query: $q, types: [ALBUM]) { edges { node { ... on Album { title } } } } }";
    eventually("one album", Duration::from_secs(30), || async {
        let found = creator.query(albums, json!({ "q": format!("Misspelt {mark}") })).await;
        let titles = found["search"]["edges"].to_string();
        (!titles.contains("Misspelt")).then_some(())
    })
    .await;
}
