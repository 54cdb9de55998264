//! What playlists contributes to an export of somebody's data.

use polyphony_events::{
    DataExportId,
    accounts::{DataExportRequested, UserDeleted},
    data_export::ExportRecord,
    playlists::LibraryDataExported,
};
use polyphony_kit::Viewer;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, played, somebody, start, tracks};

/// Has `viewer` ask for an export; gives the parts.
async fn export(app: &TestApp, viewer: &Viewer) -> Vec<LibraryDataExported> {
    let asked = DataExportRequested { user_id: viewer.user, export_id: DataExportId::new(), requested_at: start() };
    app.hear(&asked).await;
    let parts = app.events::<LibraryDataExported>().await;
    assert!(parts.iter().all(|event| event.export_id == asked.export_id && event.user_id == viewer.user));
    parts
}

fn of(parts: &[LibraryDataExported], file: &str) -> Vec<Value> {
    let records = parts.iter().flat_map(|event| event.part.records.clone());
    records.filter(|record: &ExportRecord| record.file == file).map(|record| record.data).collect()
}

#[sqlx::test(migrations = false)]
async fn playlists_library_and_history_are_exported_and_nothing_of_others(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (ann, ben) = (somebody(), somebody());
    let songs = tracks(3);
    let list = app.playlist(&ann, "PRIVATE").await;
    app.share(&ann, &list, true).await;
    app.add(&ann, &list, &songs, None).await;
    let shared = app.playlist(&ben, "PRIVATE").await;
    app.add(&ben, &shared, &tracks(2), None).await;
    app.set_collaborator(&ben, &shared, &ann, Some("EDITOR")).await;
    let asked = app.playlist(&ben, "PRIVATE").await;
    app.invite(&ben, &asked, &ann, Some("VIEWER")).await;
    let like = "mutation($ids: [ID!]!) { setLiked(trackIds: $ids, liked: true) { userErrors { code } } }";
    app.door.query(Some(&ann), like, json!({ "ids": songs[..2] })).await;
    let rate = "mutation($ids: [ID!]!) { setRating(trackIds: $ids, rating: 4) { userErrors { code } } }";
    app.door.query(Some(&ann), rate, json!({ "ids": songs[..1] })).await;
    let hide = "mutation($ids: [ID!]!) { setHidden(trackIds: $ids, hidden: true) { userErrors { code } } }";
    app.door.query(Some(&ann), hide, json!({ "ids": songs[2..] })).await;
    app.hear(&played(&ann, songs[0], 1)).await;
    app.hear(&played(&ben, songs[1], 1)).await;

    let parts = export(&app, &ann).await;
    assert_eq!(parts.len(), 1);
    let invited = of(&parts, "playlist_invitations");
    assert_eq!((&invited[0]["playlistId"], &invited[0]["state"]), (&json!(asked), &json!("OPEN")));
    let playlists = of(&parts, "playlists");
    assert_eq!((&playlists[0]["id"], &playlists[0]["sharedByLink"]), (&json!(list), &json!(true)));
    let entries: Vec<_> = playlists[1..].iter().map(|entry| entry["trackId"].clone()).collect();
    assert_eq!((playlists.len(), entries), (4, songs.iter().map(|id| json!(id)).collect()), "the entries, in order");
    assert_eq!(of(&parts, "playlists_of_others")[0]["playlistId"], json!(shared));
    let likes: Vec<_> = of(&parts, "likes").into_iter().map(|like| like["trackId"].clone()).collect();
    assert_eq!(likes, [json!(songs[0]), json!(songs[1])]);
    let rated = of(&parts, "ratings");
    assert_eq!((rated.len(), &rated[0]["trackId"], &rated[0]["rating"]), (1, &json!(songs[0]), &json!(4)));
    assert_eq!(of(&parts, "hidden_tracks")[0]["trackId"], json!(songs[2]));
    let history = of(&parts, "history");
    assert_eq!((history.len(), &history[0]["trackId"]), (1, &json!(songs[0])));
    let token: Option<String> = sqlx::query_scalar("select share_token from playlists where share_token is not null")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert!(
        !serde_json::to_string(&parts).unwrap().contains(&token.unwrap()),
        "the secret of a link is none of the data"
    );
}

#[sqlx::test(migrations = false)]
async fn a_long_history_is_cut_into_bounded_parts_with_each_play_once(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let ann = somebody();
    let sql = "insert into plays (user_id, play_id, track_id, started_at, played_ms)
        select $1, n::text, gen_random_uuid(), to_timestamp(n / 3), n from generate_series(1, 1777) n";
    sqlx::query(sql).bind(ann.user.0).execute(&app.pool).await.unwrap();
    let parts = export(&app, &ann).await;
    assert!(parts.iter().all(|event| event.part.records.len() <= 100));
    let numbers: Vec<_> = parts.iter().map(|event| event.part.number as usize).collect();
    assert_eq!(numbers, (1..=18).collect::<Vec<_>>());
    assert_eq!(
        parts.iter().filter(|event| event.part.is_last).map(|event| event.part.number).collect::<Vec<_>>(),
        [18]
    );
    let mut plays: Vec<_> = of(&parts, "history").iter().map(|play| play["playedMs"].as_i64().unwrap()).collect();
    plays.sort_unstable();
    assert_eq!(plays, (1..=1777).collect::<Vec<_>>());
}

#[sqlx::test(migrations = false)]
async fn of_whoever_is_gone_there_is_nothing_left_to_export(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let ann = somebody();
    app.playlist(&ann, "PUBLIC").await;
    app.hear(&played(&ann, tracks(1)[0], 1)).await;
    app.hear(&UserDeleted { user_id: ann.user, version: 2 }).await;
    let parts = export(&app, &ann).await;
    assert_eq!(parts.len(), 1);
    assert!(parts[0].part.is_last && parts[0].part.records.is_empty(), "{parts:?}");
}
