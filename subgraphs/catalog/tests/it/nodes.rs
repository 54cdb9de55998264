//! `node` finds a thing of every kind.

use polyphony_events::{JobId, LibraryId, PlaylistId, PlaylistItemId, UploadId, UserId};
use serde_json::json;
use sqlx::PgPool;

use crate::app::TestApp;

const NODE: &str = "query($id: ID!) { node(id: $id) { __typename id } }";

#[sqlx::test(migrations = false)]
async fn every_id_is_of_something(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album, tracks) = app.published_album("Nordlys", 1).await;
    let of = |kind: &'static str, id: String| (kind, id);
    for (kind, id) in [
        of("Artist", artist),
        of("Album", album),
        of("Track", tracks[0].clone()),
        of("Genre", "gen_ambient".to_owned()),
        // Of these their own subgraphs know whether they are there.
        of("User", UserId::new().to_string()),
        of("Playlist", PlaylistId::new().to_string()),
        of("PlaylistItem", PlaylistItemId::new().to_string()),
        of("Library", LibraryId::new().to_string()),
        of("Upload", UploadId::new().to_string()),
        of("TranscodeJob", JobId::new().to_string()),
    ] {
        let seen = app.ask(NODE, json!({ "id": id })).await;
        assert_eq!(seen["node"], json!({ "__typename": kind, "id": id }));
    }
    for id in
        ["ses_01h455vb4pex5vsknk084sn02q", "trk_01h455vb4pex5vsknk084sn02q", "pls_nonsense", "gen_", "gen_none", ""]
    {
        assert_eq!(app.ask(NODE, json!({ "id": id })).await["node"], json!(null), "{id}");
    }
    let draft = app.album("Secret", &[&app.artist("B").await]).await;
    assert_eq!(app.ask(NODE, json!({ "id": draft })).await["node"], json!(null));
}
