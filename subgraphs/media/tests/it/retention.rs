//! What happens to the objects of uploads that are replaced, whose tracks are deleted, or whose owners are gone.

use chrono::TimeDelta;
use polyphony_events::{
    AlbumId, TrackId, UploadId,
    accounts::UserDeleted,
    catalog::{AlbumChanged, AlbumDeleted, PublicationStatus, TrackDeleted},
    ids::ImageId,
};
use polyphony_kit::{Role, UserId, Viewer};
use polyphony_media::{domain::keys, housekeeping};
use polyphony_testkit::keys::{viewer, viewer_id};
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

/// A little longer than what is in the trash stays there.
const RETENTION: TimeDelta = TimeDelta::minutes(30 * 24 * 60 + 1);

#[sqlx::test(migrations = false)]
async fn an_upload_that_no_track_keeps_waits_thirty_days_in_the_trash(pool: PgPool) {
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
    app.wait(TimeDelta::days(29));
    assert_eq!((app.left_of(&first).await, app.left_of(&second).await), (2, 2));
    app.wait(TimeDelta::days(2));
    assert_eq!((app.left_of(&first).await, app.left_of(&second).await), (0, 2));
    assert_eq!(app.state_of(&owner, &first).await, "EXPIRED");
    assert_eq!(app.playable(track).await, true);
    app.wait(RETENTION);
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
    app.wait(RETENTION);
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
    app.wait(RETENTION);
    assert_eq!((app.left_of(&upload).await, app.left_of(&never_used).await), (2, 2));
    app.hear(&TrackDeleted { track_id: second, version: 2 }).await;
    app.wait(RETENTION);
    assert_eq!((app.left_of(&upload).await, app.left_of(&never_used).await), (0, 2));
}

#[sqlx::test(migrations = false)]
async fn an_upload_that_is_kept_as_a_source_stays_though_another_plays(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let (playing, kept) = (app.stored(owner.user).await, app.stored(owner.user).await);
    let track = TrackId::new();
    let [one, other] = [&playing, &kept].map(|id| UploadId::parse(id).unwrap());
    let keeps = async |sources: &[UploadId], version| {
        let mut event = track_changed(track, owner.user, Some(&playing), PublicationStatus::Published, version);
        event.track.sources = sources.to_vec();
        app.hear(&event).await;
    };
    keeps(&[one, other], 1).await;
    app.wait(RETENTION);
    assert_eq!((app.left_of(&playing).await, app.left_of(&kept).await), (2, 2));
    let query = "query($id: ID!) { upload(id: $id) { trashedAt track { id } } }";
    let seen = app.door.query(Some(&owner), query, json!({ "id": kept })).await;
    assert_eq!(seen["upload"], json!({ "trashedAt": null, "track": { "id": track } }));
    keeps(&[one], 2).await;
    app.wait(RETENTION);
    assert_eq!((app.left_of(&playing).await, app.left_of(&kept).await), (2, 0));
}

#[sqlx::test(migrations = false)]
async fn the_owner_sees_the_trash_takes_something_out_and_empties_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, stranger) = (viewer(Role::Creator), viewer(Role::Creator));
    let (one, other) = (app.stored(owner.user).await, app.stored(owner.user).await);
    for upload in [&one, &other] {
        let sql = "insert into jobs (id, upload_id, owner_id, size_bytes, state, request_id, queued_at)
            values ($1, $1, $2, 10, 'READY', 'r', now())";
        let id = UploadId::parse(upload).unwrap();
        sqlx::query(sql).bind(id.0).bind(owner.user.0).execute(&app.pool).await.unwrap();
        let track = app.track(owner.user, Some(upload), PublicationStatus::Published).await;
        app.wait(TimeDelta::seconds(1));
        app.hear(&TrackDeleted { track_id: track, version: 2 }).await;
    }
    let trash = "trash { totalCount edges { node { id track { id } trashedAt trashedUntil } } }";
    let listed =
        async |who: &Viewer| app.door.entities(Some(who), "Viewer", &[viewer_id(who)], trash).await[0]["trash"].take();
    let seen = listed(&owner).await;
    assert_eq!((&seen["totalCount"], &seen["edges"][0]["node"]["id"]), (&json!(2), &json!(other)));
    assert_eq!(seen["edges"][0]["node"]["track"], Value::Null);
    assert!(seen["edges"][1]["node"]["trashedUntil"].as_str() > seen["edges"][1]["node"]["trashedAt"].as_str());
    assert_eq!(listed(&stranger).await["totalCount"], 0);

    let restore = "mutation($id: ID!) { restoreUpload(uploadId: $id) { upload { id trashedAt } userErrors { code } } }";
    let refused = app.door.query(Some(&stranger), restore, json!({ "id": one })).await;
    assert_eq!(refused["restoreUpload"]["userErrors"], json!([{ "code": "NOT_FOUND" }]));
    let restored = app.door.query(Some(&owner), restore, json!({ "id": one })).await;
    assert_eq!(restored["restoreUpload"], json!({ "upload": { "id": one, "trashedAt": null }, "userErrors": [] }));
    let told: String = sqlx::query_scalar("select payload::text from outbox where type = 'MediaReady'")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["upload_id"], &told["catalog_from_tags"]), (&json!(one), &json!(true)));

    let empty = "mutation($ids: [ID!]) { emptyTrash(uploadIds: $ids) { ok userErrors { code } } }";
    for ids in [json!([one]), json!(null)] {
        let done = app.door.query(Some(&stranger), empty, json!({ "ids": ids })).await;
        assert_eq!(done["emptyTrash"]["ok"], true);
    }
    assert_eq!((app.left_of(&one).await, app.left_of(&other).await), (2, 2), "not theirs");
    app.door.query(Some(&owner), empty, json!({ "ids": null })).await;
    assert_eq!((app.left_of(&one).await, app.left_of(&other).await), (2, 0));
    let gone = app.door.query(Some(&owner), restore, json!({ "id": other })).await;
    assert_eq!(gone["restoreUpload"]["userErrors"], json!([{ "code": "CONFLICT" }]));
}

#[sqlx::test(migrations = false)]
async fn what_was_made_of_an_upload_stays_as_long_as_anybody_has_the_same_audio(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, other) = (viewer(Role::Creator), viewer(Role::Creator));
    let original = app.stored(owner.user).await;
    let duplicate = app.duplicate(other.user, &original).await;
    let first = app.track(owner.user, Some(&original), PublicationStatus::Published).await;
    let second = app.track(other.user, Some(&duplicate), PublicationStatus::Published).await;
    app.hear(&TrackDeleted { track_id: first, version: 2 }).await;
    app.wait(RETENTION);
    assert_eq!((app.left_of(&original).await, app.playable(second).await), (2, json!(true)));
    assert_eq!(app.state_of(&owner, &original).await, "EXPIRED");
    assert_eq!(app.state_of(&other, &duplicate).await, "READY");
    // The sweep leaves it alone, too.
    let swept = app.app.store.known_uploads(&[UploadId::parse(&original).unwrap()]).await.unwrap();
    assert!(swept[0].has_duplicates);
    app.hear(&TrackDeleted { track_id: second, version: 2 }).await;
    app.wait(RETENTION);
    assert_eq!(app.left_of(&original).await, 0);
    assert_eq!(app.state_of(&other, &duplicate).await, "EXPIRED");
}

#[sqlx::test(migrations = false)]
async fn the_cover_that_an_album_shows_outlives_its_upload(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = app.stored(owner.user).await;
    let id = UploadId::parse(&upload).unwrap();
    sqlx::query("update encodings set has_cover = true, cover_sizes = '{640}', cover_width = 640, cover_height = 640")
        .execute(&app.pool)
        .await
        .unwrap();
    app.app.blobs.upload_bytes(&keys::cover(id, 1, 640), vec![7; 10], "image/jpeg").await.unwrap();
    let image = ImageId(id.0);
    let album = AlbumId::new();
    let shows = |cover, version| AlbumChanged {
        album_id: album,
        title: "First".to_owned(),
        artists: Vec::new(),
        released_on: None,
        status: PublicationStatus::Published,
        cover,
        version,
    };
    app.hear(&shows(Some(image), 1)).await;
    let track = app.track(owner.user, Some(&upload), PublicationStatus::Published).await;
    app.hear(&TrackDeleted { track_id: track, version: 2 }).await;
    app.wait(RETENTION);
    assert_eq!(app.left_of(&upload).await, 0);
    let shown = app.app.store.images(&[image]).await.unwrap();
    assert_eq!(shown.iter().map(|image| image.sizes.clone()).collect::<Vec<_>>(), [[640]]);
    let stored = async || app.app.blobs.list(&keys::images(image)).await.unwrap().len();
    assert_eq!(stored().await, 1);
    // An older event changes nothing; when the album shows another picture, it goes.
    app.hear(&shows(None, 1)).await;
    assert_eq!(app.app.store.images(&[image]).await.unwrap().len(), 1);
    app.hear(&AlbumDeleted { album_id: album, merged_into: None, version: 2 }).await;
    housekeeping::collect_garbage(&app.app).await.unwrap();
    assert_eq!((app.app.store.images(&[image]).await.unwrap().len(), stored().await), (0, 0));
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
    app.wait(RETENTION);
    for (id, left) in [(&draft, 2), (&published, 2), (&shared, 2), (&theirs, 2), (&waiting, 0)] {
        assert_eq!(app.left_of(id).await, left);
    }
    assert_eq!(app.playable(kept).await, true);
    let own = app.door.entities(Some(&other), "Track", &[others.to_string()], "playable").await;
    assert_eq!(own, [json!({ "playable": true })]);
    assert_eq!(app.state_of(&other, &idle).await, "READY", "whoever has the same audio keeps it");
    assert!(!app.app.store.keep(running.lease).await.unwrap(), "a worker loses the job");
    let admin = viewer(Role::Admin);
    for id in [&waiting, open.as_str().unwrap()] {
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
    app.wait(RETENTION);
    app.left_of(&shared).await;
    assert_eq!((app.left_of(&shared).await, app.left_of(&published).await), (0, 0));
    assert_eq!(app.see(&admin, &shared).await, Value::Null);
}
