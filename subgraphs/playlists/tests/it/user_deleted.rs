//! An account is gone: what was that person's is gone too, and only that.

use polyphony_events::{
    accounts::UserDeleted,
    playlists::{PlaylistChanged, PlaylistDeleted},
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, played, somebody, tracks};

#[sqlx::test(migrations = false)]
async fn what_was_theirs_is_gone_and_what_is_others_stays(pool: PgPool) {
    let (app, ann, bob) = (TestApp::new(pool).await, somebody(), somebody());
    let (own, other) = (app.playlist(&ann, "PUBLIC").await, app.playlist(&bob, "PRIVATE").await);
    let second = app.playlist(&ann, "PRIVATE").await;
    app.add(&ann, &own, &tracks(3), None).await;
    app.set_collaborator(&bob, &other, &ann, Some("EDITOR")).await;
    let added = app.add(&ann, &other, &tracks(1), None).await;
    let keep = "mutation($t: [ID!]!, $a: [ID!]!, $r: [ID!]!) { setLiked(trackIds: $t, liked: true) { userErrors { code } } \
                setSaved(albumIds: $a, saved: true) { userErrors { code } } \
                setFollowed(artistIds: $r, followed: true) { userErrors { code } } }";
    let (album, artist) = (polyphony_events::AlbumId::new(), polyphony_events::ArtistId::new());
    for viewer in [&ann, &bob] {
        app.door.query(Some(viewer), keep, json!({ "t": tracks(2), "a": [album], "r": [artist] })).await;
        app.hear(&played(viewer, tracks(1)[0], -1)).await;
    }
    app.events::<PlaylistChanged>().await;

    app.hear(&UserDeleted { user_id: ann.user, version: 9 }).await;
    // Told by another topic, so it may come later.
    app.hear(&played(&ann, tracks(1)[0], 10_000_000)).await;

    let gone: Vec<_> = app.events::<PlaylistDeleted>().await;
    let mut gone: Vec<_> = gone.into_iter().map(|event| (event.playlist_id.to_string(), event.version)).collect();
    gone.sort();
    assert_eq!(gone, [(own.clone(), 3), (second, 2)]);
    assert_eq!(app.see(None, &own).await, Value::Null);
    for table in ["plays", "listens", "library_entries", "playlist_collaborators", "changes"] {
        let column = if table == "changes" { "subject" } else { "user_id" };
        let sql = format!("select count(*) from {table} where {column} = $1");
        let left: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(ann.user.0).fetch_one(&app.pool).await.unwrap();
        assert_eq!(left, 0, "{table}");
    }

    let seen = app.see(Some(&bob), &other).await;
    assert_eq!([&seen["version"], &seen["itemCount"]], [&json!(4), &json!(1)], "one collaborator fewer");
    assert_eq!(app.order(&bob, &other).await, added, "what was added for others is theirs");
    let told: Vec<_> = app.events::<PlaylistChanged>().await;
    assert_eq!(told.iter().map(|e| (e.playlist_id.to_string(), e.version)).collect::<Vec<_>>(), [(other, 4)]);
    let followers = app.door.entities(Some(&bob), "Artist", &[artist.to_string()], "followerCount followed").await;
    assert_eq!(followers[0], json!({ "followerCount": 1, "followed": true }));
    let left: i64 = sqlx::query_scalar("select count(*) from plays").fetch_one(&app.pool).await.unwrap();
    assert_eq!(left, 1);
}
