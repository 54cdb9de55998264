//! `media sweep`: what nothing needs, what is gone, and how both are put right. With the real object store.

use chrono::TimeDelta;
use polyphony_events::{UploadId, catalog::PublicationStatus};
use polyphony_kit::{Role, Viewer};
use polyphony_media::{
    commands::{
        begin_transcode::begin_attempt,
        give_up_transcode::{GiveUp, give_up_transcode},
    },
    domain::{job::MAX_FAILURES, keys},
    housekeeping::collect_garbage,
    sweep::{Finding, Sweep},
};
use polyphony_testkit::keys::viewer;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{TestApp, sound},
    playback::plan,
};

impl TestApp {
    pub(crate) async fn sweep(&self, repairs: bool) -> Vec<Finding> {
        let (store, blobs, clock) = (self.app.store.clone(), self.app.blobs.clone(), self.app.clock.clone());
        let mut findings = Vec::new();
        Sweep { store, blobs, clock, repairs }.run(|finding| findings.push(finding)).await.unwrap();
        findings.sort_by_key(ToString::to_string);
        findings
    }

    /// A short track, encoded for real.
    async fn encode(&self, owner: &Viewer, hertz: u32) -> UploadId {
        let id = self.upload(owner, "a.flac", &sound(1.0, hertz, "a.flac", ""), json!({})).await;
        assert!(self.worker().work_once().await.unwrap());
        assert_eq!(self.see(owner, &id).await["state"], "READY");
        UploadId::parse(&id).unwrap()
    }

    pub(crate) async fn put_object(&self, key: &str) {
        self.app.blobs.upload_bytes(key, vec![0; 10], "audio/mp4").await.unwrap();
    }
}

#[sqlx::test(migrations = false)]
async fn a_store_that_is_as_it_should_be_has_no_findings(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    app.encode(&owner, 300).await;
    app.upload(&owner, "b.flac", b"waits for a worker", json!({})).await;
    let open = app.create(&owner, json!({ "filename": "c.flac", "sizeBytes": 3 })).await;
    app.put(&open["target"], b"abc").await;
    app.wait(TimeDelta::hours(2));
    assert_eq!(app.sweep(true).await, []);
}

#[sqlx::test(migrations = false)]
async fn orphans_are_deleted_when_they_are_old_and_others_objects_never(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = app.encode(&owner, 310).await;
    let stranger = UploadId::new();
    let orphans = [keys::source(stranger), keys::mp3(stranger, 1), keys::segment(upload, 7, "aac-64", 0)];
    for key in orphans.iter().map(String::as_str).chain(["backup/2026.tar"]) {
        app.put_object(key).await;
    }
    let foreign = Finding::Foreign("backup/2026.tar".to_owned());
    assert_eq!(app.sweep(true).await, std::slice::from_ref(&foreign), "what is young may belong to a change under way");
    app.wait(TimeDelta::hours(2));
    let mut expected: Vec<_> = orphans.iter().cloned().map(Finding::Orphan).chain([foreign.clone()]).collect();
    expected.sort_by_key(ToString::to_string);
    for repairs in [false, true] {
        assert_eq!(app.sweep(repairs).await, expected);
    }
    assert_eq!(app.sweep(true).await, [foreign]);
    assert_eq!(app.see(&owner, &upload.to_string()).await["state"], "READY");
}

#[sqlx::test(migrations = false)]
async fn what_is_gone_is_encoded_anew_while_the_source_is_there(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let (broken, sourceless, lost) =
        (app.encode(&owner, 320).await, app.encode(&owner, 330).await, app.encode(&owner, 340).await);
    let gone = [
        keys::segment(broken, 1, "flac", 0),
        keys::mp3(broken, 1),
        keys::source(sourceless),
        keys::source(lost),
        keys::init(lost, 1, "aac-64"),
    ];
    app.app.blobs.delete(&gone).await.unwrap();
    let expected =
        [Finding::Incomplete { upload: broken, missing: 2 }, Finding::Lost(lost), Finding::SourceGone(sourceless)];
    for repairs in [false, true] {
        assert_eq!(app.sweep(repairs).await, expected);
    }
    assert!(app.worker().work_once().await.unwrap());
    let upload = app.see(&owner, &broken.to_string()).await;
    assert_eq!((upload["state"].clone(), upload["job"]["attempt"].clone()), (json!("READY"), json!(2)));
    let ready = app.events().await.into_iter().filter(|(kind, _)| kind == "MediaReady").count();
    assert_eq!(ready, 3, "each is announced once");
    assert_eq!(app.sweep(true).await, expected[1..]);
    assert!(!app.worker().work_once().await.unwrap(), "nothing else was queued");
    let seen = app.see(&owner, &lost.to_string()).await;
    assert_eq!((seen["state"].clone(), seen["rejectedBecause"].clone()), (json!("READY"), Value::Null));
}

#[sqlx::test(migrations = false)]
async fn a_multipart_upload_that_nobody_knows_of_is_given_up_when_it_is_older_than_any_upload(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, blobs) = (viewer(Role::Creator), app.app.blobs.clone());
    let stranger = keys::source(UploadId::new());
    let forgotten = blobs.begin_multipart(&stranger, None).await.unwrap();
    let foreign = blobs.begin_multipart("backup/2026.tar", None).await.unwrap();
    let waiting = app.upload(&owner, "b.flac", b"waits for a worker", json!({})).await;
    let abandoned = |findings: Vec<Finding>| {
        let open = findings.into_iter().map(|finding| match finding {
            Finding::Abandoned(open) => (open.key, open.id),
            other => panic!("{other}"),
        });
        open.collect::<Vec<_>>()
    };
    app.wait(TimeDelta::hours(24));
    assert_eq!(app.sweep(true).await, [], "its row may still be written");
    app.wait(TimeDelta::hours(2));
    for repairs in [false, true] {
        assert_eq!(abandoned(app.sweep(repairs).await), [(stranger.clone(), forgotten.clone())]);
    }
    assert_eq!(app.sweep(true).await, []);
    assert_eq!(blobs.list_parts(&stranger, &forgotten).await.unwrap(), None);
    assert!(blobs.list_parts("backup/2026.tar", &foreign).await.unwrap().is_some());
    assert!(app.worker().work_once().await.unwrap());
    assert_eq!(app.see(&owner, &waiting).await["rejectedBecause"], "UNSUPPORTED_MEDIA", "its parts were left alone");
}

#[sqlx::test(migrations = false)]
async fn an_upload_whose_bytes_are_gone_before_a_worker_saw_them_is_lost(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = app.upload(&owner, "b.flac", b"waits for a worker", json!({})).await;
    let id = UploadId::parse(&upload).unwrap();
    let multipart = app.app.store.upload(id).await.unwrap().unwrap().multipart_id.unwrap();
    assert_eq!(app.sweep(true).await, []);
    app.app.blobs.abort_multipart(&keys::source(id), &multipart).await.unwrap();
    assert_eq!(app.sweep(true).await, [Finding::Lost(id)]);
}

#[sqlx::test(migrations = false)]
async fn what_is_left_of_a_track_plays_until_all_of_it_is_made_anew(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = app.encode(&owner, 350).await;
    let id = upload.to_string();
    let track = app.track(owner.user, Some(&id), PublicationStatus::Published).await.to_string();
    app.app.blobs.delete(&[keys::segment(upload, 1, "aac-64", 0)]).await.unwrap();
    let (events, made) = (app.events().await.len(), app.app.blobs.list(&keys::attempt(upload, 1)).await.unwrap().len());
    let plays = async |attempt: i32| {
        let plan = plan(&app, Some(&owner), &track, "(client: { codecs: [AAC] })").await["playbackPlan"].take();
        let (_, media) = app.play(&plan["url"].as_str().unwrap().replace("master", "aac-128")).await;
        let segment = media.lines().find(|line| !line.starts_with('#')).unwrap().to_owned();
        assert!(segment.contains(&keys::attempt(upload, attempt)), "{segment}");
        assert_eq!(app.fetch(&segment).await.0, 200);
        collect_garbage(&app.app).await.unwrap();
        assert_eq!(app.app.blobs.list(&keys::attempt(upload, 1)).await.unwrap().len(), made);
        assert_eq!(app.see(&owner, &id).await["state"], "READY");
    };
    let retry = "mutation($id: ID!) { retryTranscode(jobId: $id) { userErrors { code } } }";
    let cancel = "mutation($id: ID!) { cancelTranscode(jobId: $id) { userErrors { code } } }";
    let job = app.see(&owner, &id).await["job"]["id"].take();

    assert_eq!(app.sweep(true).await, [Finding::Incomplete { upload, missing: 1 }]);
    plays(1).await;
    app.door.query(Some(&owner), cancel, json!({ "id": job })).await;
    plays(1).await;
    app.door.query(Some(&owner), retry, json!({ "id": job })).await;
    for failure in 1..=MAX_FAILURES {
        let claimed = app.app.store.claim(4, None, app.app.clock.now()).await.unwrap().unwrap();
        assert!(begin_attempt(&app.app, &claimed).await.unwrap().is_some());
        plays(1).await;
        give_up_transcode(&app.app, &claimed, GiveUp::Failure("no disk".to_owned())).await.unwrap();
        sqlx::query("update jobs set run_after = now()").execute(&app.pool).await.unwrap();
        plays(1).await;
        assert_eq!(
            app.see(&owner, &id).await["job"]["state"],
            if failure < MAX_FAILURES { "QUEUED" } else { "FAILED" }
        );
    }
    assert_eq!(app.events().await.len(), events + 2, "nobody is told but workers");
    // What is not the file that was announced is no reason to take away what plays.
    app.sweep(true).await;
    sqlx::query("update uploads set sha256 = 'other'").execute(&app.pool).await.unwrap();
    assert!(app.worker().work_once().await.unwrap());
    assert_eq!(app.see(&owner, &id).await["job"]["state"], "FAILED");
    plays(1).await;
    sqlx::query("update uploads set sha256 = null").execute(&app.pool).await.unwrap();
    app.sweep(true).await;
    assert!(app.worker().work_once().await.unwrap());
    let attempt = app.see(&owner, &id).await["job"]["attempt"].as_i64().unwrap() as i32;
    plays(attempt).await;
    assert_eq!(app.sweep(true).await, []);
    assert_eq!(app.events().await.len(), events + 4);
}
