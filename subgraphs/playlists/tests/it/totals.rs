//! A page and how many there are in all are one statement, however many there are and whether or not anybody asks.

use polyphony_events::{AlbumId, ArtistId};
use polyphony_kit::Viewer;
use polyphony_testkit::{Statements, keys::viewer_id};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, somebody, tracks};

/// Of what, and which of its lists.
type List = (&'static str, &'static str);

const LISTS: [List; 6] = [
    ("Query", "publicPlaylists"),
    ("User", "publicPlaylists"),
    ("Viewer", "playlists"),
    ("Library", "likedTracks"),
    ("Library", "savedAlbums"),
    ("Library", "followedArtists"),
];

/// A page of a list; it must have cost one statement.
async fn page(app: &TestApp, viewer: &Viewer, (of, list): List, arguments: &str, fields: &str) -> Value {
    let asked = format!("{list}({arguments}) {{ {fields} }}");
    let (door, me, ids) = (&app.door, [viewer_id(viewer)], [viewer.user.to_string()]);
    let statements = Statements::new();
    let page = match of {
        "Query" => door.query(Some(viewer), &format!("{{ {asked} }}"), json!({})).await[list].take(),
        "Library" => {
            let library = format!("library {{ {asked} }}");
            door.entities(Some(viewer), "Viewer", &me, &library).await[0]["library"][list].take()
        }
        "Viewer" => door.entities(Some(viewer), of, &me, &asked).await[0][list].take(),
        of => door.entities(Some(viewer), of, &ids, &asked).await[0][list].take(),
    };
    assert_eq!(statements.count(), 1, "{of}.{asked}: {:#?}", statements.seen());
    page
}

/// Puts so many more things onto each list.
async fn fill(app: &TestApp, viewer: &Viewer, count: usize) {
    for _ in 0..count {
        app.playlist(viewer, "PUBLIC").await;
    }
    app.like(viewer, &tracks(count), true).await;
    let albums: Vec<_> = (0..count).map(|_| AlbumId::new()).collect();
    let artists: Vec<_> = (0..count).map(|_| ArtistId::new()).collect();
    let keep = "mutation($albums: [ID!]!, $artists: [ID!]!) { \
                setSaved(albumIds: $albums, saved: true) { userErrors { code } } \
                setFollowed(artistIds: $artists, followed: true) { userErrors { code } } }";
    app.door.query(Some(viewer), keep, json!({ "albums": albums, "artists": artists })).await;
}

#[sqlx::test(migrations = false)]
async fn a_page_with_or_without_its_total_is_one_statement_at_one_row_and_at_a_hundred(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    for (more, standing) in [(1, 1), (99, 100)] {
        fill(&app, &ann, more).await;
        for list in LISTS {
            let first = format!("first: {standing}");
            let plain = page(&app, &ann, list, &first, "edges { cursor }").await;
            let full = page(&app, &ann, list, &first, "totalCount edges { cursor }").await;
            assert_eq!(plain["edges"], full["edges"]);
            assert_eq!([full["edges"].as_array().unwrap().len(), standing], [standing; 2], "{list:?}");
            assert_eq!(full["totalCount"], standing, "{list:?}");
        }
    }
}

#[sqlx::test(migrations = false)]
async fn an_empty_page_still_says_how_many_there_are(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let fields = "totalCount edges { cursor } pageInfo { hasNextPage endCursor }";
    fill(&app, &ann, 3).await;
    for list in LISTS {
        let all = page(&app, &ann, list, "first: 3", fields).await;
        let after = format!("after: {}", all["pageInfo"]["endCursor"]);
        let beyond = page(&app, &ann, list, &after, fields).await;
        let info = json!({ "hasNextPage": false, "endCursor": null });
        assert_eq!(beyond, json!({ "totalCount": 3, "edges": [], "pageInfo": info }), "{list:?}");
        if list.0 != "Query" {
            let none = page(&app, &bob, list, "first: 1", fields).await;
            assert_eq!(none, json!({ "totalCount": 0, "edges": [], "pageInfo": info }), "{list:?}");
        }
    }
}
