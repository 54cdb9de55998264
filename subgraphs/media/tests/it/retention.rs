//! What happens to the objects of uploads that are replaced, whose tracks are deleted, or whose owners are gone.

use chrono::TimeDelta;
use polyphony_events::{
    TrackId, UploadId,
    accounts::UserDeleted,
    catalog::{PublicationStatus, TrackDeleted},
};
use polyphony_kit::{Role, UserId, Viewer};
use polyphony_media::{domain::keys, housekeeping};
use polyphony_testkit::keys::viewer;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{TestApp, track_changed},
    playback::encoded,
};

impl TestApp {
    /// A finished encoding with an object for its source and one for its MP3.
    async fn stored(&self, owner: UserId) -> String {
        let id = encoded(self, owner).await;
        let upload = UploadId::parse(&id).unwrap();
        for key in [keys::source(upload), keys::mp3(upload, 1)] {
            self.app.blobs.upload_bytes(&key, vec![1; 10], "audio/mpeg").await.unwrap();
        }
        id
    }

    /// How many objects the upload still has after the housekeeping.
    async fn left_of(&self, id: &str) -> usize {
        housekeeping::retire_unused(&self.app).await.unwrap();
        housekeeping::collect_garbage(&self.app).await.unwrap();
        let source = self.app.blobs.list(&format!("uploads/{id}/")).await.unwrap().len();
        source + self.app.blobs.list(&format!("tracks/{id}/")).await.unwrap().len()
    }

    async fn state_of(&self, owner: &Viewer, id: &str) -> Value {
        self.see(owner, id).await["state"].take()
    }

    async fn duplicate(&self, owner: UserId, original: &str) -> String {
        let id = UploadId::new();
        let sql = "insert into uploads (id, owner_id, filename, size_bytes, catalog_from_tags, state, part_size_bytes, created_at,
                expires_at, duplicate_of)
            values ($1, $2, 'b.flac', 10, false, 'READY', 10, now(), now(), $3)";
        let original = UploadId::parse(original).unwrap();
        sqlx::query(sql).bind(id.0).bind(owner.0).bind(original.0).execute(&self.pool).await.unwrap();
        id.to_string()
    }

    async fn playable(&self, track: TrackId) -> Value {
        let who = viewer(Role::Listener);
        self.door.entities(Some(&who), "Track", &[track.to_string()], "playable").await[0]["playable"].take()
    }
}

const HOUR: TimeDelta = TimeDelta::minutes(61);

#[sqlx::test(migrations = false)]
async fn a_replaced_upload_is_let_go_an_hour_later(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let (first, second) = (app.stored(owner.user).await, app.stored(owner.user).await);
    let track = TrackId::new();
    let plays = async |upload: &str, version| {
        app.hear(&track_changed(track, owner.user, Some(upload), PublicationStatus::Published, version)).await;
    };
    plays(&first, 1).await;
    plays(&second, 2).await;
    assert_eq!((app.left_of(&first).await, app.left_of(&second).await), (2, 2));
    // An older event changes nothing, whatever it says.
    plays(&first, 1).await;
    app.wait(HOUR);
    assert_eq!((app.left_of(&first).await, app.left_of(&second).await), (0, 2));
    assert_eq!(app.state_of(&owner, &first).await, "EXPIRED");
    assert_eq!(app.playable(track).await, true);
    app.wait(HOUR);
    assert_eq!(app.left_of(&second).await, 2);
}

#[sqlx::test(migrations = false)]
async fn an_upload_that_is_worked_on_is_not_let_go(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = app.stored(owner.user).await;
    let track = app.track(owner.user, Some(&upload), PublicationStatus::Published).await;
    app.hear(&TrackDeleted { track_id: track, version: 2 }).await;
    let sql = "insert into jobs (id, upload_id, owner_id, size_bytes, state, request_id, queued_at)
        values ($1, $1, $2, 10, 'QUEUED', 'r', now())";
    let id = UploadId::parse(&upload).unwrap();
    sqlx::query(sql).bind(id.0).bind(owner.user.0).execute(&app.pool).await.unwrap();
    app.wait(HOUR);
    assert_eq!(app.left_of(&upload).await, 2);
    sqlx::query("update jobs set state = 'READY'").execute(&app.pool).await.unwrap();
    assert_eq!(app.left_of(&upload).await, 0);
}

#[sqlx::test(migrations = false)]
async fn an_upload_that_is_given_to_another_track_in_time_stays(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = app.stored(owner.user).await;
    let never_used = app.stored(owner.user).await;
    let first = app.track(owner.user, Some(&upload), PublicationStatus::Published).await;
    app.hear(&TrackDeleted { track_id: first, version: 2 }).await;
    let second = app.track(owner.user, Some(&upload), PublicationStatus::Published).await;
    app.wait(HOUR);
    assert_eq!((app.left_of(&upload).await, app.left_of(&never_used).await), (2, 2));
    app.hear(&TrackDeleted { track_id: second, version: 2 }).await;
    app.wait(HOUR);
    assert_eq!((app.left_of(&upload).await, app.left_of(&never_used).await), (0, 2));
}

#[sqlx::test(migrations = false)]
async fn an_original_stays_as_long_as_a_track_plays_from_a_duplicate_of_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, other) = (viewer(Role::Creator), viewer(Role::Creator));
    let original = app.stored(owner.user).await;
    let duplicate = app.duplicate(other.user, &original).await;
    let first = app.track(owner.user, Some(&original), PublicationStatus::Published).await;
    let second = app.track(other.user, Some(&duplicate), PublicationStatus::Published).await;
    app.hear(&TrackDeleted { track_id: first, version: 2 }).await;
    app.wait(HOUR);
    assert_eq!((app.left_of(&original).await, app.playable(second).await), (2, json!(true)));
    app.hear(&TrackDeleted { track_id: second, version: 2 }).await;
    app.wait(HOUR);
    // The duplicate goes first, its original with it or at the next look.
    app.left_of(&original).await;
    assert_eq!(app.left_of(&original).await, 0);
    assert_eq!(app.state_of(&other, &duplicate).await, "EXPIRED");
}

#[sqlx::test(migrations = false)]
async fn a_deleted_persons_uploads_go_but_for_what_stays_published_or_is_anothers(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (gone, other) = (viewer(Role::Creator), viewer(Role::Creator));
    let draft = app.stored(gone.user).await;
    let published = app.stored(gone.user).await;
    let shared = app.stored(gone.user).await;
    let theirs = app.stored(other.user).await;
    let waiting = app.upload(&gone, "w.flac", b"abc", json!({})).await;
    let open = app.create(&gone, json!({ "filename": "o.flac", "sizeBytes": 3 })).await["upload"]["id"].take();
    let running = app.app.store.claim(4, None, app.app.clock.now()).await.unwrap().unwrap();
    app.track(gone.user, Some(&draft), PublicationStatus::Draft).await;
    let kept = app.track(gone.user, Some(&published), PublicationStatus::Published).await;
    let duplicate = app.duplicate(other.user, &shared).await;
    let others = app.track(other.user, Some(&duplicate), PublicationStatus::Draft).await;
    let idle = app.duplicate(other.user, &draft).await;

    for _ in 0..2 {
        app.hear(&UserDeleted { user_id: gone.user, version: 9 }).await;
    }
    // As the catalog says when it has heard of it.
    let nobody = UserId(uuid::Uuid::nil());
    app.hear(&track_changed(kept, nobody, Some(&published), PublicationStatus::Published, 2)).await;
    app.wait(HOUR);
    for (id, left) in [(&draft, 0), (&published, 2), (&shared, 2), (&theirs, 2), (&waiting, 0)] {
        assert_eq!(app.left_of(id).await, left);
    }
    assert_eq!(app.playable(kept).await, true);
    let own = app.door.entities(Some(&other), "Track", &[others.to_string()], "playable").await;
    assert_eq!(own, [json!({ "playable": true })]);
    assert_eq!(app.state_of(&other, &idle).await, "EXPIRED", "what it was a duplicate of is gone");
    assert!(!app.app.store.keep(running.lease).await.unwrap(), "a worker loses the job");
    let admin = viewer(Role::Admin);
    for id in [&draft, &waiting, open.as_str().unwrap()] {
        assert_eq!(app.see(&admin, id).await, Value::Null);
    }
    let rest: i64 = sqlx::query_scalar("select count(*) from uploads where owner_id = $1")
        .bind(gone.user.0)
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(rest, 0);

    // Once nothing plays from what stayed, it goes without a trace.
    app.hear(&TrackDeleted { track_id: others, version: 2 }).await;
    app.hear(&TrackDeleted { track_id: kept, version: 3 }).await;
    app.wait(HOUR);
    app.left_of(&shared).await;
    assert_eq!((app.left_of(&shared).await, app.left_of(&published).await), (0, 0));
    assert_eq!(app.see(&admin, &shared).await, Value::Null);
}
