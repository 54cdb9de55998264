//! Tracks of before are told again, once, with what events have come to say.

use serde_json::json;
use sqlx::PgPool;

use crate::app::TestApp;
use polyphony_catalog::upkeep;

#[sqlx::test(migrations = false)]
async fn tracks_of_before_are_told_once_with_their_numbers(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (_, album, tracks) = app.published_album("Rain", 3).await;
    sqlx::query("update tracks set is_told = false where track_number < 3").execute(app.pool()).await.unwrap();
    let before: Vec<i64> =
        sqlx::query_scalar("select version from tracks order by id").fetch_all(app.pool()).await.unwrap();
    app.sent().await;
    for told in [2, 0] {
        upkeep::once(&app.app).await.unwrap();
        let mut sent = app.sent().await;
        sent.retain(|event| event.kind == "polyphony.catalog.TrackChanged" || event.kind.ends_with("TrackChanged"));
        assert_eq!(sent.len(), told);
        for event in sent {
            let place = tracks.iter().position(|track| *track == event.key).unwrap();
            let said = &event.data;
            assert_eq!(
                [&said["track"]["track_number"], &said["track"]["album"]["id"], &said["version"]],
                [&json!(place + 1), &json!(album), &json!(before[place] + 1)]
            );
        }
    }
}
