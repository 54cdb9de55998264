//! Entities as the router asks for them.

use polyphony_testkit::Statements;
use serde_json::json;
use sqlx::PgPool;

use crate::app::TestApp;

#[sqlx::test(migrations = false)]
async fn entities_come_in_one_statement_and_what_is_not_there_is_null(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album, tracks) = app.published_album("Nordlys", 2).await;
    let other_artist = app.artist("B").await;
    let (_, other_album, _) = app.published_album("Junior", 1).await;
    for (kind, ids, missing, fields) in [
        ("Track", [&tracks[0], &tracks[1]], "trk_01h455vb4pex5vsknk084sn02q", "id title"),
        ("Album", [&album, &other_album], "alb_01h455vb4pex5vsknk084sn02q", "id title"),
        ("Artist", [&artist, &other_artist], "art_01h455vb4pex5vsknk084sn02q", "id name"),
    ] {
        let asked = [ids[0].clone(), missing.to_owned(), ids[1].clone(), "nonsense".to_owned()];
        let statements = Statements::new();
        let found = app.door.entities(None, kind, &asked, fields).await;
        assert_eq!(statements.count(), 1, "{:?}", statements.seen());
        drop(statements);
        let ids: Vec<_> = found.iter().map(|entity| entity["id"].clone()).collect();
        assert_eq!(ids, [json!(asked[0]), json!(null), json!(asked[2]), json!(null)]);
    }
}

#[sqlx::test(migrations = false)]
async fn an_entity_shows_no_draft_to_a_stranger(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("A").await;
    let track = app.track(json!({ "title": "Secret", "artistIds": [artist] })).await;
    assert_eq!(
        app.door.entities(Some(&app.listener), "Track", std::slice::from_ref(&track), "title").await,
        [json!(null)]
    );
    let own = app.door.entities(Some(&app.creator), "Track", &[track], "title").await;
    assert_eq!(own, [json!({ "title": "Secret" })]);
}
