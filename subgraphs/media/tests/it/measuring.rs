//! An upload plays as it is from the moment that it was measured; its renditions come when there is time, or when somebody
//! wants them.

use std::sync::Mutex;

use polyphony_events::{UploadId, catalog::PublicationStatus};
use polyphony_kit::{Role, Tasks, Viewer};
use polyphony_media::{
    commands::{
        begin_transcode::begin_attempt,
        give_up_transcode::{GiveUp, give_up_transcode},
    },
    domain::keys,
    store::encoding,
};
use polyphony_testkit::{eventually, keys::viewer};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, sound};

const PLAN: &str = "mode url reason playableUntilMs durationMs renditions { codec }
    original { contentType codec lossless sampleRateHz channels bitDepth sizeBytes }";

impl TestApp {
    async fn uploaded(&self, owner: &Viewer, frequency: u32, name: &str) -> (String, Vec<u8>) {
        let bytes = sound(8.0, frequency, name, "");
        (self.upload(owner, name, &bytes, json!({ "catalogFromTags": true })).await, bytes)
    }

    /// Has one of two uploads measured, and not more.
    async fn one_measured(&self, owner: &Viewer, name: &str) -> (String, String, Vec<u8>) {
        let (measured, bytes) = self.uploaded(owner, 440, name).await;
        let (waiting, _) = self.uploaded(owner, 660, "waiting.flac").await;
        assert!(self.worker().work_once().await.unwrap());
        (measured, waiting, bytes)
    }

    async fn planned(&self, who: &Viewer, track: &str, client: &str) -> Value {
        let fields = format!("playable playbackPlan(client: {client}) {{ {PLAN} }}");
        self.door.entities(Some(who), "Track", &[track.to_owned()], &fields).await.remove(0)
    }
}

#[sqlx::test(migrations = false)]
async fn what_waits_to_be_played_comes_before_renditions_of_what_plays(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, listener) = (viewer(Role::Creator), viewer(Role::Listener));
    let (id, waiting, bytes) = app.one_measured(&owner, "a.flac").await;
    let seen = app.see(&owner, &id).await;
    assert_eq!((&seen["state"], &seen["job"]["state"]), (&json!("READY"), &json!("QUEUED")), "{seen:#}");
    assert_eq!(app.see(&owner, &waiting).await["state"], "RECEIVED");
    let ready: Vec<_> = app.events().await.into_iter().filter(|(kind, _)| kind == "MediaReady").collect();
    assert_eq!(ready.len(), 1);
    assert_eq!((&ready[0].1["upload_id"], &ready[0].1["duration_ms"]), (&json!(id), &json!(8000)));

    let track = app.track(owner.user, Some(&id), PublicationStatus::Published).await.to_string();
    let seen = app.planned(&listener, &track, "{ accepts: [\"audio/flac\"] }").await;
    let plan = &seen["playbackPlan"];
    assert_eq!((&seen["playable"], &plan["mode"], &plan["renditions"]), (&json!(true), &json!("DIRECT"), &json!([])));
    assert_eq!((&plan["durationMs"], &plan["playableUntilMs"]), (&json!(8000), &json!(8000)));
    let size = json!(bytes.len() as f64);
    let original = json!({ "contentType": "audio/flac", "codec": "flac", "lossless": true, "sampleRateHz": 44_100,
        "channels": 2, "bitDepth": 24, "sizeBytes": size });
    assert_eq!(plan["original"], original);
    assert!(app.fetch(plan["url"].as_str().unwrap()).await == (200, bytes));
    let seen = app.planned(&listener, &track, "{ codecs: [AAC] }").await;
    assert_eq!((&seen["playbackPlan"]["mode"], &seen["playbackPlan"]["original"]), (&json!("HLS"), &Value::Null));

    // The other one is measured and encoded, as nothing else waits to be played; then the first is encoded.
    for (now, then) in [("QUEUED", "READY"), ("READY", "READY")] {
        assert!(app.worker().work_once().await.unwrap());
        let states =
            [app.see(&owner, &id).await, app.see(&owner, &waiting).await].map(|mut seen| seen["job"]["state"].take());
        assert_eq!(states, [json!(now), json!(then)]);
    }
    assert!(!app.worker().work_once().await.unwrap());
    let seen = app.planned(&listener, &track, "{ accepts: [\"audio/flac\"] }").await;
    assert_eq!(seen["playbackPlan"]["mode"], "HLS");
    assert_eq!(app.events().await.iter().filter(|(kind, _)| kind == "MediaReady").count(), 2, "each is told of once");
}

#[sqlx::test(migrations = false)]
async fn what_somebody_wants_to_hear_is_made_at_once(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let (id, waiting, _) = app.one_measured(&owner, "a.flac").await;
    let track = app.track(owner.user, Some(&id), PublicationStatus::Published).await.to_string();
    let plan = app.planned(&owner, &track, "{ codecs: [AAC] }").await["playbackPlan"].take();
    let master_url = plan["url"].as_str().unwrap();
    let (status, master) = app.play(master_url).await;
    assert_eq!(
        (status.as_u16(), master.matches("#EXT-X-STREAM-INF").count()),
        (200, 3),
        "all that are going to be made"
    );
    let claimed = async || {
        let claimed = app.app.store.claim(2, None, app.app.clock.now()).await.unwrap().unwrap();
        give_up_transcode(&app.app, &claimed, GiveUp::Shutdown).await.unwrap();
        claimed.upload.to_string()
    };
    assert_eq!(claimed().await, waiting, "nobody wants the other one yet");
    let listen = async {
        let line = master.lines().find(|line| !line.starts_with('#')).unwrap();
        app.play(&format!("{}{line}", master_url.rsplit_once("master.m3u8").unwrap().0)).await
    };
    let work = async {
        eventually("somebody wants it", async || {
            let wanted: i64 = sqlx::query_scalar("select count(*) from jobs where wanted_at is not null")
                .fetch_one(&app.pool)
                .await
                .unwrap();
            (wanted == 1).then_some(())
        })
        .await;
        assert_eq!(claimed().await, id);
        app.worker().work_once().await.unwrap();
    };
    let ((status, media), ()) = tokio::join!(listen, work);
    assert!(status == 200 && media.contains("#EXTINF"), "{media}");
    assert_eq!(app.see(&owner, &waiting).await["state"], "RECEIVED");
}

#[sqlx::test(migrations = false)]
async fn a_playlist_that_somebody_listens_to_never_shrinks_when_an_attempt_dies(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let (id, _, _) = app.one_measured(&owner, "a.flac").await;
    let upload = UploadId::parse(&id).unwrap();
    sqlx::query("delete from jobs where upload_id <> $1").bind(upload.0).execute(&app.pool).await.unwrap();
    let listed = async || {
        let playlists = app.app.store.playlists(upload).await.unwrap();
        let low = playlists.into_iter().find(|one| one.name == "aac-64").unwrap();
        (low.attempt, low.durations)
    };
    let stored = async |attempt: i32, durations: &[f64]| {
        let mut tx = app.app.store.begin().await.unwrap();
        encoding::store_segments(&mut tx, (upload, attempt), "aac-64", durations).await.unwrap();
        tx.commit().await.unwrap();
    };
    let dead = app.claim().await.unwrap();
    assert!(begin_attempt(&app.app, &dead).await.unwrap().is_some());
    stored(dead.attempt, &[6.0, 6.0]).await;
    sqlx::query("update jobs set lease_until = now() - interval '1 second'").execute(&app.pool).await.unwrap();
    let next = app.claim().await.unwrap();
    assert!(begin_attempt(&app.app, &next).await.unwrap().is_some());
    assert_eq!(listed().await, (dead.attempt, vec![6.0, 6.0]));
    stored(next.attempt, &[6.0]).await;
    assert_eq!(listed().await, (dead.attempt, vec![6.0, 6.0]));
    stored(next.attempt, &[6.0, 6.0]).await;
    assert_eq!(listed().await, (next.attempt, vec![6.0, 6.0]));
    give_up_transcode(&app.app, &next, GiveUp::Failure("no disk".to_owned())).await.unwrap();
    assert_eq!(listed().await.1.len(), 2);
    assert_eq!(app.see(&owner, &id).await["state"], "READY", "it plays, whatever becomes of its renditions");
    app.become_due().await;
    assert!(app.worker().work_once().await.unwrap());
    app.collect_all_garbage().await;
    let left = app.app.blobs.list(&format!("tracks/{id}/")).await.unwrap();
    let last = format!("tracks/{id}/{}/", next.attempt + 1);
    assert!(left.iter().all(|object| object.key.starts_with(&last)), "{left:?}");
}

#[sqlx::test(migrations = false)]
async fn a_worker_that_looks_after_many_has_all_of_them_play_first(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(app.uploaded(&owner, 300 + 50 * number, "a.ogg").await.0);
    }
    let tasks = Tasks::new();
    tasks.spawn("worker", app.worker_of(1).run(tasks.clone()));
    let states = async || {
        let mut states = Vec::new();
        for id in &ids {
            let mut seen = app.see(&owner, id).await;
            states.push((seen["state"].take(), seen["job"]["state"].take()));
        }
        states
    };
    let orders = Mutex::new(Vec::new());
    eventually("all of them encoded", async || {
        let states = states().await;
        let count = |is: fn(&(Value, Value)) -> bool| states.iter().filter(|state| is(state)).count();
        let counts = (count(|(upload, _)| upload == "READY"), count(|(_, job)| job == "READY"));
        orders.lock().unwrap().push(counts);
        (counts == (4, 4)).then_some(())
    })
    .await;
    tasks.shutdown().await;
    let orders = orders.into_inner().unwrap();
    assert!(orders.iter().all(|(play, encoded)| *encoded == 0 || *play == 4), "{orders:?}");
}

#[sqlx::test(migrations = false)]
async fn nobody_gives_their_bytes_up_for_what_may_never_be_encoded(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let (first, _, bytes) = app.one_measured(&owner, "a.flac").await;
    let job = app.see(&owner, &first).await["job"]["id"].take();
    let again = async |name: &str| app.upload(&owner, name, &bytes, json!({ "catalogFromTags": true })).await;
    let keeps = async |id: &str| {
        let source = keys::source(UploadId::parse(id).unwrap());
        app.app.blobs.head(&source).await.unwrap().is_some()
    };
    let fail = "update jobs set state = $2, finished_at = now() where upload_id = $1";
    let state = async |state: &str| {
        sqlx::query(fail).bind(UploadId::parse(&first).unwrap().0).bind(state).execute(&app.pool).await.unwrap();
    };
    state("FAILED").await;
    let second = again("b.flac").await;
    while app.worker().work_once().await.unwrap() {}
    assert!(keeps(&second).await && app.see(&owner, &second).await["job"]["renditions"].as_array().unwrap().len() > 3);

    // What is about to be encoded is waited for, and is not its owner's alone from then on.
    sqlx::query("delete from uploads where id = $1")
        .bind(UploadId::parse(&second).unwrap().0)
        .execute(&app.pool)
        .await
        .unwrap();
    state("QUEUED").await;
    sqlx::query("update jobs set run_after = now() + interval '1 hour'").execute(&app.pool).await.unwrap();
    let third = again("c.flac").await;
    while app.worker().work_once().await.unwrap() {}
    app.collect_all_garbage().await;
    assert!(!keeps(&third).await);
    let stop = "mutation($id: ID!) { cancelTranscode(jobId: $id) { userErrors { code } } }";
    let refused = app.door.query(Some(&owner), stop, json!({ "id": job })).await;
    assert_eq!(refused["cancelTranscode"]["userErrors"], json!([{ "code": "CONFLICT" }]));
}
