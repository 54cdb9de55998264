//! The catalog adds names to exports of people's libraries.

use polyphony_events::{
    DataExportId, UserId,
    data_export::{ExportPart, ExportRecord},
    playlists::LibraryDataExported,
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::TestApp;

fn exported(user_id: UserId, records: &[Value]) -> LibraryDataExported {
    let record = |data: &Value| ExportRecord { file: "likes".to_owned(), data: data.clone() };
    let part = ExportPart { number: 7, is_last: true, records: records.iter().map(record).collect() };
    LibraryDataExported { user_id, export_id: DataExportId::new(), part }
}

#[sqlx::test(migrations = false)]
async fn a_part_comes_back_with_names_and_says_nothing_of_drafts_of_others(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let artist = app.artist("Sigur Test").await;
    let album = app.album("Nordlys", &[&artist]).await;
    let track =
        app.track(json!({ "title": "Aria", "artistIds": [artist], "albumId": album, "durationMs": 5000 })).await;
    let gone = "trk_01h455vb4pex5vsknk084sn02q";
    let records = [
        json!({ "trackId": track, "since": "2026-01-01T00:00:00Z" }),
        json!({ "trackId": gone }),
        json!({ "albumId": album }),
        json!({ "artistId": artist }),
        json!({ "id": "pls_x", "title": "no ids" }),
        json!({ "trackId": "malformed" }),
    ];
    let described = async |user: UserId| {
        let event = exported(user, &records);
        app.hear_from(&event).await.unwrap();
        let sent: Vec<_> = app
            .sent()
            .await
            .into_iter()
            .filter(|sent| sent.kind == "LibraryDataDescribed")
            .map(|sent| sent.data)
            .collect();
        let answer = sent.last().unwrap().clone();
        assert_eq!(answer["export_id"], json!(event.export_id));
        assert_eq!((&answer["part"]["number"], &answer["part"]["is_last"]), (&json!(7), &json!(true)));
        let records = answer["part"]["records"].as_array().unwrap().clone();
        records.into_iter().map(|mut record| record["data"].take()).collect::<Vec<_>>()
    };
    let own = described(app.creator.user).await;
    let named = json!({ "title": "Aria", "artists": ["Sigur Test"], "album": "Nordlys", "durationMs": 5000 });
    assert_eq!((&own[0]["track"], &own[0]["since"]), (&named, &records[0]["since"]));
    assert_eq!(own[2]["album"], json!({ "title": "Nordlys", "artists": ["Sigur Test"] }));
    assert_eq!(own[3]["artist"], "Sigur Test");
    assert_eq!([&own[1], &own[4], &own[5]], [&records[1], &records[4], &records[5]], "what has no name stays as it is");
    let others = described(app.listener.user).await;
    assert_eq!((&others[0], &others[2]), (&records[0], &records[2]), "drafts are their owner's alone");
}
