//! Exports of all that is kept about a person: packed when all parts are there, downloaded by its owner alone, gone after a week.

use std::io::{Cursor, Read};

use chrono::TimeDelta;
use polyphony_events::{
    DataExportId, UserId,
    accounts::{AccountDataExported, DataExportRequested, UserDeleted},
    catalog::LibraryDataDescribed,
    data_export::{ExportPart, ExportRecord},
};
use polyphony_kit::{Role, Viewer};
use polyphony_media::{domain::keys, housekeeping, sweep::Finding, worker::Exporter};
use polyphony_testkit::keys::{viewer, viewer_id};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::TestApp;

const EXPORTS: &str =
    "{ viewer: _entities(representations: [{ __typename: \"Viewer\", id: \"$id\" }]) { ... on Viewer {
    dataExports { id state createdAt expiresAt sizeBytes url failedBecause } } } }";

fn part(number: i32, is_last: bool, records: &[(&str, Value)]) -> ExportPart {
    let record = |(file, data): &(&str, Value)| ExportRecord { file: (*file).to_owned(), data: data.clone() };
    ExportPart { number, is_last, records: records.iter().map(record).collect() }
}

impl TestApp {
    fn query_of(who: &Viewer) -> String {
        EXPORTS.replace("$id", &viewer_id(who))
    }

    async fn exports(&self, who: &Viewer) -> Vec<Value> {
        let mut data = self.door.query(Some(who), &Self::query_of(who), json!({})).await;
        serde_json::from_value(data["viewer"][0]["dataExports"].take()).unwrap()
    }

    async fn request(&self, user_id: UserId) -> DataExportId {
        let export_id = DataExportId::new();
        self.hear(&DataExportRequested { user_id, export_id, requested_at: self.app.clock.now() }).await;
        export_id
    }

    async fn give_account(&self, user_id: UserId, export_id: DataExportId) {
        let records = [("account", json!({ "handle": "nina" }))];
        self.hear(&AccountDataExported { user_id, export_id, part: part(1, true, &records) }).await;
    }

    async fn give_library(&self, user_id: UserId, export_id: DataExportId, part: ExportPart) {
        self.hear(&LibraryDataDescribed { user_id, export_id, part }).await;
    }

    fn exporter(&self) -> Exporter {
        Exporter::new(self.app.clone(), Some(self.work.path().to_owned()))
    }

    /// An export that is ready.
    async fn exported(&self, who: &Viewer) -> DataExportId {
        let id = self.request(who.user).await;
        self.give_account(who.user, id).await;
        self.give_library(who.user, id, part(1, true, &[])).await;
        assert!(self.exporter().pack_once().await.unwrap());
        id
    }

    async fn archives(&self, id: DataExportId) -> usize {
        self.app.blobs.list(&keys::archives(id)).await.unwrap().len()
    }
}

fn file(archive: &[u8], name: &str) -> Value {
    let mut text = String::new();
    let mut zip = zip::ZipArchive::new(Cursor::new(archive.to_vec())).unwrap();
    zip.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[sqlx::test(migrations = false)]
async fn an_archive_is_made_when_all_parts_are_there_in_whatever_order_they_come(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    app.upload(&owner, "song.flac", b"some bytes", json!({})).await;
    let private = "mutation { setPrivateSession(enabled: true) { viewer { privateSession { endsAt } } } }";
    let private = app.door.query(Some(&owner), private, json!({})).await["setPrivateSession"]["viewer"].take();
    let id = DataExportId::new();
    let list = ("playlists", json!({ "id": "pls_1", "title": "Rain", "description": null }));
    let entry =
        ("playlists", json!({ "entry": 1, "trackId": "trk_1", "track": { "title": "Aria", "artists": ["A"] } }));
    let like = ("likes", json!({ "trackId": "trk_1" }));
    let (first, second) = (part(1, false, &[list, entry]), part(2, true, &[like]));

    app.give_library(owner.user, id, second).await;
    app.give_account(owner.user, id).await;
    app.hear(&DataExportRequested { user_id: owner.user, export_id: id, requested_at: app.app.clock.now() }).await;
    assert!(!app.exporter().pack_once().await.unwrap(), "the first part of the library is missing");
    let waiting = app.exports(&owner).await;
    assert_eq!((&waiting[0]["state"], &waiting[0]["url"]), (&json!("PENDING"), &Value::Null));
    for _ in 0..2 {
        app.give_library(owner.user, id, first.clone()).await;
    }
    assert!(app.exporter().pack_once().await.unwrap());
    assert!(!app.exporter().pack_once().await.unwrap(), "once");

    let exports = app.exports(&owner).await;
    assert_eq!((exports.len(), &exports[0]["state"], &exports[0]["id"]), (1, &json!("READY"), &json!(id)));
    let (status, archive) = app.fetch(exports[0]["url"].as_str().unwrap()).await;
    assert_eq!((status, archive.len() as f64), (200, exports[0]["sizeBytes"].as_f64().unwrap()));
    assert_eq!(file(&archive, "account.json")[0]["handle"], "nina");
    assert_eq!(file(&archive, "playlists.json")[0]["entries"][0]["track"]["title"], "Aria");
    assert_eq!(file(&archive, "playlists/0001 Rain.jspf")["playlist"]["track"][0]["creator"], "A");
    assert_eq!(file(&archive, "likes.json")[0]["trackId"], "trk_1");
    assert_eq!(file(&archive, "uploads.json")[0]["filename"], "song.flac");
    let ends_at = private["privateSession"]["endsAt"].as_str().unwrap().replace("+00:00", "Z");
    assert_eq!(file(&archive, "private_sessions.json")[0]["endsAt"], ends_at);
    let parts: i64 = sqlx::query_scalar("select count(*) from data_export_parts").fetch_one(&app.pool).await.unwrap();
    assert_eq!(parts, 0, "what was contributed is kept no longer than it is needed");
    let ended: Vec<_> = app.events().await.into_iter().filter(|(kind, _)| kind == "DataExportEnded").collect();
    assert_eq!((ended.len(), &ended[0].1["export_id"]), (1, &json!(id)));
    assert!(!ended[0].1.to_string().contains("http"), "the URL is told to nobody but its owner");
    assert_eq!(std::fs::read_dir(app.work.path()).unwrap().count(), 0, "no file is left on this machine");
}

#[sqlx::test(migrations = false)]
async fn an_export_is_its_owners_alone_and_no_api_key_sees_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, admin) = (viewer(Role::Listener), viewer(Role::Admin));
    app.exported(&owner).await;
    assert_eq!(app.exports(&admin).await, [Value::Null; 0]);
    let of_owner = app.door.query(Some(&admin), &TestApp::query_of(&owner), json!({})).await;
    assert_eq!(of_owner["viewer"], json!([null]), "an admin is no owner");
    let key = Viewer { scopes: ["read", "write", "upload", "admin"].map(str::to_owned).into(), ..owner.clone() };
    let answer = app.door.execute(Some(&key), &TestApp::query_of(&key), json!({})).await;
    assert_eq!(answer.errors[0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(answer.data["viewer"][0]["dataExports"], Value::Null);
    let session = Viewer { scopes: ["read", "account"].map(str::to_owned).into(), ..owner };
    assert_eq!(app.exports(&session).await.len(), 1);
}

#[sqlx::test(migrations = false)]
async fn an_archive_goes_after_a_week_and_a_sweep_leaves_it_alone_until_then(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Listener);
    let id = app.exported(&owner).await;
    let orphan = keys::archive(DataExportId::new(), 1);
    app.put_object(&orphan).await;
    app.wait(TimeDelta::hours(2));
    assert_eq!(app.sweep(true).await, [Finding::Orphan(orphan)]);
    app.wait(TimeDelta::days(7) - TimeDelta::hours(3));
    housekeeping::end_exports(&app.app).await.unwrap();
    assert_eq!((app.exports(&owner).await[0]["state"].clone(), app.archives(id).await), (json!("READY"), 1));
    app.wait(TimeDelta::hours(1));
    assert_eq!(app.exports(&owner).await[0]["url"], Value::Null, "on the moment");
    housekeeping::end_exports(&app.app).await.unwrap();
    app.collect_all_garbage().await;
    assert_eq!((app.exports(&owner).await[0]["state"].clone(), app.archives(id).await), (json!("EXPIRED"), 0));
    app.wait(TimeDelta::days(30));
    housekeeping::end_exports(&app.app).await.unwrap();
    assert_eq!(app.exports(&owner).await, [Value::Null; 0], "it is not listed for ever");
}

#[sqlx::test(migrations = false)]
async fn an_export_whose_parts_do_not_come_fails_with_its_reason_after_a_day(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Listener);
    let id = app.request(owner.user).await;
    app.give_account(owner.user, id).await;
    app.wait(TimeDelta::hours(23));
    housekeeping::end_exports(&app.app).await.unwrap();
    assert_eq!(app.exports(&owner).await[0]["state"], "PENDING");
    app.wait(TimeDelta::hours(1));
    housekeeping::end_exports(&app.app).await.unwrap();
    let export = app.exports(&owner).await.remove(0);
    assert_eq!(export["state"], "FAILED");
    assert!(export["failedBecause"].as_str().unwrap().contains("in time"), "{export:#}");
    app.give_library(owner.user, id, part(1, true, &[])).await;
    let parts: i64 = sqlx::query_scalar("select count(*) from data_export_parts").fetch_one(&app.pool).await.unwrap();
    assert_eq!((parts, app.exporter().pack_once().await.unwrap()), (0, false), "what comes later is kept no more");
    let ended = app.events().await.into_iter().filter(|(kind, _)| kind == "DataExportEnded");
    assert_eq!(ended.map(|(_, data)| data["failed_because"].is_string()).collect::<Vec<_>>(), [true]);
}

#[sqlx::test(migrations = false)]
async fn one_bad_export_harms_nobody_and_is_given_up(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (bad, good) = (viewer(Role::Listener), viewer(Role::Listener));
    let id = app.request(bad.user).await;
    app.give_account(bad.user, id).await;
    app.give_library(bad.user, id, part(1, true, &[("../../etc/passwd", json!({}))])).await;
    assert!(app.exporter().pack_once().await.unwrap());
    app.exported(&good).await;
    assert_eq!(app.exports(&good).await[0]["state"], "READY");
    for _ in 0..4 {
        assert_eq!(app.exports(&bad).await[0]["state"], "PENDING");
        sqlx::query("update data_exports set run_after = now()").execute(&app.pool).await.unwrap();
        assert!(app.exporter().pack_once().await.unwrap());
    }
    assert_eq!(app.exports(&bad).await[0]["state"], "FAILED");
    assert_eq!(app.archives(id).await, 0);
}

#[sqlx::test(migrations = false)]
async fn a_worker_that_died_leaves_its_export_to_the_next_one(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Listener);
    let id = app.request(owner.user).await;
    app.give_account(owner.user, id).await;
    app.give_library(owner.user, id, part(1, true, &[])).await;
    let died = app.app.store.claim_export(std::time::Duration::from_mins(10)).await.unwrap().unwrap();
    assert!(!app.exporter().pack_once().await.unwrap(), "it is somebody's");
    sqlx::query("update data_exports set lease_until = now()").execute(&app.pool).await.unwrap();
    assert!(app.exporter().pack_once().await.unwrap());
    assert!(
        !polyphony_media::commands::end_export::finish_export(&app.app, &died, 1).await.unwrap(),
        "it was too slow"
    );
    let export = app.exports(&owner).await.remove(0);
    assert_eq!(app.fetch(export["url"].as_str().unwrap()).await.0, 200);
}

#[sqlx::test(migrations = false)]
async fn with_an_account_go_its_exports_and_none_begins_afterwards(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Listener);
    let id = app.exported(&owner).await;
    let url = app.exports(&owner).await[0]["url"].as_str().unwrap().to_owned();
    app.hear(&UserDeleted { user_id: owner.user, version: 2 }).await;
    app.collect_all_garbage().await;
    assert_eq!((app.archives(id).await, app.fetch(&url).await.0), (0, 404));
    let late = app.request(owner.user).await;
    app.give_account(owner.user, late).await;
    app.give_library(owner.user, late, part(1, true, &[])).await;
    assert!(!app.exporter().pack_once().await.unwrap());
    app.wait(TimeDelta::hours(25));
    housekeeping::end_exports(&app.app).await.unwrap();
    let parts: i64 = sqlx::query_scalar("select count(*) from data_export_parts").fetch_one(&app.pool).await.unwrap();
    assert_eq!(parts, 0);
}
