//! Entities as the router asks for them: missing and malformed ids are null, and a batch is one statement.

use polyphony_events::{AlbumId, ArtistId, PlaylistId, PlaylistItemId, TrackId};
use polyphony_kit::UserId;
use polyphony_testkit::Statements;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, somebody, tracks};

#[sqlx::test(migrations = false)]
async fn playlists_come_in_one_statement_and_what_is_not_seen_is_null(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let (public, own) = (app.playlist(&bob, "PUBLIC").await, app.playlist(&ann, "PRIVATE").await);
    let hidden = app.playlist(&bob, "PRIVATE").await;
    let ids = [public.clone(), PlaylistId::new().to_string(), "nonsense".to_owned(), own.clone(), hidden];
    let statements = Statements::new();
    let found = app.door.entities(Some(&ann), "Playlist", &ids, "id viewerRole").await;
    assert_eq!(statements.count(), 1);
    assert_eq!(
        found,
        [
            json!({ "id": public, "viewerRole": null }),
            Value::Null,
            Value::Null,
            json!({ "id": own, "viewerRole": "OWNER" }),
            Value::Null
        ]
    );
}

#[sqlx::test(migrations = false)]
async fn entries_come_in_one_statement_and_only_of_playlists_that_are_seen(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let (public, hidden) = (app.playlist(&bob, "PUBLIC").await, app.playlist(&bob, "PRIVATE").await);
    let seen = app.add(&bob, &public, &tracks(2), None).await;
    let unseen = app.add(&bob, &hidden, &tracks(1), None).await;
    let missing = PlaylistItemId::new().to_string();
    let ids = [seen[1].clone(), missing, "nonsense".to_owned(), seen[0].clone(), unseen[0].clone()];
    let statements = Statements::new();
    let found = app.door.entities(Some(&ann), "PlaylistItem", &ids, "id").await;
    assert_eq!(statements.count(), 1);
    assert_eq!(found, [json!({ "id": seen[1] }), Value::Null, Value::Null, json!({ "id": seen[0] }), Value::Null]);
}

#[sqlx::test(migrations = false)]
async fn fields_on_others_things_come_in_one_statement(pool: PgPool) {
    let (app, ann) = (TestApp::new(pool).await, somebody());
    let three = |make: fn() -> String| [make(), make(), "nonsense".to_owned()];
    for (kind, fields, ids) in [
        ("Track", "liked", three(|| TrackId::new().to_string())),
        ("Album", "saved", three(|| AlbumId::new().to_string())),
        ("Artist", "followed followerCount", three(|| ArtistId::new().to_string())),
        ("User", "publicPlaylists { totalCount edges { node { id } } }", three(|| UserId::new().to_string())),
    ] {
        let counter = Statements::new();
        let found = app.door.entities(Some(&ann), kind, &ids, &format!("id {fields}")).await;
        assert_eq!(counter.count(), 1, "{kind} {fields}: {:#?}", counter.seen());
        assert_eq!([&found[0]["id"], &found[1]["id"], &found[2]], [&json!(ids[0]), &json!(ids[1]), &Value::Null]);
    }
}
