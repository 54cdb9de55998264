//! Somebody deletes their account.

use polyphony_catalog::upkeep;
use polyphony_events::{
    TrackId,
    accounts::{UserDeleted, UserPreferencesChanged},
    playlists::TracksLiked,
};
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use crate::app::{TestApp, ready, tags};

const UPDATE: &str =
    "mutation($id: ID!, $i: AlbumInput!) { updateAlbum(id: $id, input: $i) { album { title } userErrors { code } } }";

#[sqlx::test(migrations = false)]
async fn what_a_creator_made_stays_and_an_admin_manages_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (artist, album, tracks) = app.published_album("Nordlys", 2).await;
    app.sent().await;
    app.hear_from(&UserDeleted { user_id: app.creator.user, version: 5 }).await.unwrap();
    let sent = app.sent().await;
    let owners: Vec<_> = sent.iter().map(|event| (event.kind.as_str(), &event.data["track"]["owner_id"])).collect();
    assert_eq!(owners, [("TrackChanged", &json!("usr_00000000000000000000000000")); 2]);
    let seen = app.ask("query($id: ID!) { album(id: $id) { title status trackCount } }", json!({ "id": album })).await;
    assert_eq!(seen["album"], json!({ "title": "Nordlys", "status": "PUBLISHED", "trackCount": 2 }));
    let change = json!({ "id": album, "i": { "title": "Sydlys", "artistIds": [artist] } });
    assert_eq!(app.refused(&app.creator, UPDATE, change.clone()).await, ["NOT_ALLOWED"]);
    let mut nobody = app.creator.clone();
    nobody.user.0 = Uuid::nil();
    assert_eq!(app.refused(&nobody, UPDATE, change.clone()).await, ["NOT_ALLOWED"]);
    app.mutate_as(&app.admin, UPDATE, change).await;
    let lyrics = "mutation($id: ID!) { setLyrics(trackId: $id, lrc: \"La\") { track { id } userErrors { code } } }";
    app.mutate_as(&app.admin, lyrics, json!({ "id": tracks[0] })).await;
}

#[sqlx::test(migrations = false)]
async fn what_arrives_late_of_somebody_who_left_is_nobodys(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.hear_from(&UserDeleted { user_id: app.creator.user, version: 5 }).await.unwrap();
    // An upload that was under way, and a mutation with a token that has not expired yet.
    app.hear_from(&ready(app.creator.user, tags("So Easy", "Röyksopp", "Melody A.M.", 1))).await.unwrap();
    app.track(json!({ "title": "Late", "artistIds": [app.artist("A").await] })).await;
    app.sent().await;
    upkeep::once(&app.app).await.unwrap();
    assert_eq!(app.kinds_sent().await, ["TrackChanged"]);
    for table in ["artists", "albums", "tracks"] {
        let owned = sqlx::AssertSqlSafe(format!("select count(*) from {table} where owner_id <> $1"));
        let owned: i64 = sqlx::query_scalar(owned).bind(Uuid::nil()).fetch_one(app.pool()).await.unwrap();
        assert_eq!(owned, 0, "{table}");
    }
    upkeep::once(&app.app).await.unwrap();
    assert_eq!(app.kinds_sent().await, Vec::<String>::new());
}

#[sqlx::test(migrations = false)]
async fn what_is_private_goes_and_counts_stay(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let ids = app.singles("A", "Pop", &["One", "Two"]).await;
    let (gone, stays) = (app.listener.user, app.admin.user);
    let liked =
        |user_id| TracksLiked { user_id, track_ids: vec![TrackId::parse(&ids[1]).unwrap()], liked: true, version: 1 };
    let preferences = |user_id| UserPreferencesChanged {
        user_id,
        locale: "en".to_owned(),
        explicit_content: false,
        streaming_quality: "HIGH".to_owned(),
        email_notifications: true,
        autoplay: true,
        version: 2,
    };
    for user in [gone, stays] {
        app.play(user, &ids[0]).await;
        app.hear_from(&liked(user)).await.unwrap();
        app.hear_from(&preferences(user)).await.unwrap();
    }
    app.hear_from(&UserDeleted { user_id: gone, version: 3 }).await.unwrap();
    // What was on its way when they left leaves nothing, either; the play counts.
    app.play(gone, &ids[0]).await;
    app.hear_from(&liked(gone)).await.unwrap();
    for table in ["plays", "tastes", "preferences"] {
        let count = async |user| -> i64 {
            let rows = sqlx::AssertSqlSafe(format!("select count(*) from {table} where user_id = $1"));
            sqlx::query_scalar(rows).bind(user).fetch_one(app.pool()).await.unwrap()
        };
        assert_eq!(count(gone).await, 0, "{table}");
        assert!(count(stays).await > 0, "{table}");
    }
    let seen = app.ask("query($id: ID!) { track(id: $id) { playCount } }", json!({ "id": ids[0] })).await;
    assert_eq!(seen["track"]["playCount"], 3);
}

#[sqlx::test(migrations = false)]
async fn changes_of_somebody_who_left_are_nobodys_and_so_is_what_comes_back(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (wrong, _, _) = app.published_album("One", 1).await;
    let (right, _, _) = app.published_album("Two", 1).await;
    let merge = "mutation($s: [ID!]!, $t: ID!) { mergeArtists(sourceIds: $s, targetId: $t) { change { id } userErrors { code } } }";
    let change = app.mutate(merge, json!({ "s": [wrong], "t": right })).await["change"]["id"].clone();
    app.hear_from(&UserDeleted { user_id: app.creator.user, version: 5 }).await.unwrap();
    let named = "select count(*) from catalog_edits where user_id = $1";
    let named: i64 = sqlx::query_scalar(named).bind(app.creator.user.0).fetch_one(app.pool()).await.unwrap();
    assert_eq!(named, 0, "their id is not kept");
    let undo = "mutation($c: ID!) { undoCatalogChange(changeId: $c) { change { undoneAt } userErrors { code } } }";
    let mut nobody = app.creator.clone();
    nobody.user.0 = Uuid::nil();
    assert_eq!(app.refused(&nobody, undo, json!({ "c": change })).await, ["NOT_FOUND"]);
    app.mutate_as(&app.admin, undo, json!({ "c": change })).await;
    let owned: i64 = sqlx::query_scalar("select count(*) from artists where owner_id <> $1")
        .bind(Uuid::nil())
        .fetch_one(app.pool())
        .await
        .unwrap();
    assert_eq!(owned, 0);
}
