//! Jobs: whose turn it is, who holds one, and what becomes of it when its worker dies.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use polyphony_events::UploadId;
use polyphony_kit::{Role, Tasks, UserId, Viewer};
use polyphony_media::{
    commands::give_up_transcode::{GiveUp, give_up_transcode},
    domain::{
        job::{MAX_ATTEMPTS, MAX_FAILURES},
        upload::Quota,
    },
    store::lease::{self, Claimed},
};
use polyphony_testkit::{keys::viewer, servers, statements::Statements};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{TestApp, sound};

const PER_USER: i64 = 2;

impl TestApp {
    pub(crate) async fn claim(&self) -> Option<Claimed> {
        self.wait(TimeDelta::seconds(1));
        self.app.store.claim(PER_USER, None, self.app.clock.now()).await.unwrap()
    }

    /// A job that waits for a worker.
    pub(crate) async fn job(&self, owner: &Viewer, size: usize) -> UploadId {
        self.wait(TimeDelta::seconds(1));
        UploadId::parse(&self.upload(owner, "a", &vec![1; size], json!({})).await).unwrap()
    }

    /// The worker of the job is silent for longer than its lease.
    async fn let_the_lease_run_out(&self, claimed: &Claimed) {
        sqlx::query("update jobs set lease_until = now() - interval '1 second' where id = $1")
            .bind(claimed.lease.job.0)
            .execute(&self.pool)
            .await
            .unwrap();
    }

    pub(crate) async fn become_due(&self) {
        sqlx::query("update jobs set run_after = now()").execute(&self.pool).await.unwrap();
    }

    pub(crate) async fn state(&self, owner: &Viewer, upload: UploadId) -> (Value, Value) {
        let upload = self.see(owner, &upload.to_string()).await;
        (upload["state"].clone(), upload["job"]["state"].clone())
    }
}

#[sqlx::test(migrations = false)]
async fn turns_go_round_among_people_and_nobody_has_more_than_their_share(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (busy, modest) = (viewer(Role::Creator), viewer(Role::Creator));
    let many = [app.job(&busy, 3).await, app.job(&busy, 3).await, app.job(&busy, 3).await];
    let one = app.job(&modest, 3).await;
    let mut turns = Vec::new();
    while let Some(claimed) = app.claim().await {
        turns.push(claimed.upload);
    }
    assert_eq!(turns, [many[0], one, many[1]], "the third of one person waits while two of theirs run");
}

#[sqlx::test(migrations = false)]
async fn two_workers_never_have_the_same_job(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.job(&viewer(Role::Creator), 3).await;
    let now = app.app.clock.now();
    let store = &app.app.store;
    let (one, other) = tokio::join!(store.claim(PER_USER, None, now), store.claim(PER_USER, None, now));
    assert!(one.unwrap().is_some() != other.unwrap().is_some());
}

#[sqlx::test(migrations = false)]
async fn the_job_of_a_dead_worker_is_taken_and_the_dead_one_can_change_nothing(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = app.job(&owner, 3).await;
    let dead = app.claim().await.unwrap();
    assert!(app.claim().await.is_none());
    assert!(app.app.store.keep(dead.lease).await.unwrap());
    app.let_the_lease_run_out(&dead).await;
    let alive = app.claim().await.unwrap();
    assert_eq!((alive.upload, alive.attempt), (upload, 2));
    assert!(!app.app.store.keep(dead.lease).await.unwrap());
    give_up_transcode(&app.app, &dead, GiveUp::Failure("late".to_owned())).await.unwrap();
    assert_eq!(app.state(&owner, upload).await, (json!("RECEIVED"), json!("RUNNING")));
    assert!(app.app.store.keep(alive.lease).await.unwrap());
}

#[sqlx::test(migrations = false)]
async fn our_own_failures_are_tried_again_later_and_end_after_five(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = app.job(&owner, 3).await;
    for failure in 1..=MAX_FAILURES {
        let claimed = app.claim().await.unwrap();
        assert_eq!((claimed.attempt, claimed.failures), (failure, failure - 1));
        give_up_transcode(&app.app, &claimed, GiveUp::Failure("no store".to_owned())).await.unwrap();
        assert!(app.claim().await.is_none(), "it is not due yet");
        app.become_due().await;
    }
    assert!(app.claim().await.is_none());
    assert_eq!(app.state(&owner, upload).await, (json!("RECEIVED"), json!("FAILED")));
    let (kind, data) = app.events().await.pop().unwrap();
    assert_eq!(kind, "TranscodeFailed");
    assert_eq!((data["rejected"].clone(), data["reason"].clone()), (json!(false), json!("no store")));

    let job = app.see(&owner, &upload.to_string()).await["job"]["id"].clone();
    let retry = "mutation($id: ID!) { retryTranscode(jobId: $id) { job { state failedBecause } userErrors { code } } }";
    let stranger = viewer(Role::Creator);
    let refused = app.door.query(Some(&stranger), retry, json!({ "id": job })).await;
    assert_eq!(refused["retryTranscode"], json!({ "job": null, "userErrors": [{ "code": "NOT_FOUND" }] }));
    let again = app.door.query(Some(&owner), retry, json!({ "id": job })).await["retryTranscode"].take();
    assert_eq!(again, json!({ "job": { "state": "QUEUED", "failedBecause": null }, "userErrors": [] }));
    assert_eq!(app.events().await.pop().unwrap().0, "TranscodeRequested");
    assert_eq!(app.claim().await.unwrap().failures, 0);
}

#[sqlx::test(migrations = false)]
async fn a_worker_that_is_shut_down_gives_its_job_back_at_once(pool: PgPool) {
    let app = TestApp::new(pool).await;
    app.job(&viewer(Role::Creator), 3).await;
    let claimed = app.claim().await.unwrap();
    give_up_transcode(&app.app, &claimed, GiveUp::Shutdown).await.unwrap();
    assert_eq!(app.claim().await.unwrap().failures, 0);
}

#[sqlx::test(migrations = false)]
async fn a_cancelled_job_is_lost_to_its_worker_and_can_be_asked_for_again(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = app.job(&owner, 3).await;
    let claimed = app.claim().await.unwrap();
    let job = claimed.lease.job.to_string();
    let cancel = "mutation($id: ID!) { cancelTranscode(jobId: $id) { job { state } userErrors { code } } }";
    let cancelled = json!({ "job": { "state": "CANCELLED" }, "userErrors": [] });
    for _ in 0..2 {
        let data = app.door.query(Some(&owner), cancel, json!({ "id": job })).await;
        assert_eq!(data["cancelTranscode"], cancelled);
    }
    assert!(!app.app.store.keep(claimed.lease).await.unwrap());
    assert_eq!(app.state(&owner, upload).await, (json!("RECEIVED"), json!("CANCELLED")));
    assert!(app.claim().await.is_none());
    let retry = "mutation($id: ID!) { retryTranscode(jobId: $id) { job { state } } }";
    app.door.query(Some(&owner), retry, json!({ "id": job })).await;
    assert_eq!(app.claim().await.unwrap().upload, upload);
}

#[sqlx::test(migrations = false)]
async fn a_cancelled_upload_takes_its_job_and_its_bytes_with_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = app.job(&owner, 3).await;
    let claimed = app.claim().await.unwrap();
    let cancel = "mutation($id: ID!) { cancelUpload(uploadId: $id) { ok userErrors { code } } }";
    for _ in 0..2 {
        let data = app.door.query(Some(&owner), cancel, json!({ "id": upload.to_string() })).await;
        assert_eq!(data["cancelUpload"], json!({ "ok": true, "userErrors": [] }));
    }
    assert_eq!(app.state(&owner, upload).await, (json!("EXPIRED"), json!("CANCELLED")));
    assert!(!app.app.store.keep(claimed.lease).await.unwrap());
    polyphony_media::housekeeping::collect_garbage(&app.app).await.unwrap();
    assert!(app.app.blobs.list("uploads/").await.unwrap().is_empty());
    let retry = "mutation($id: ID!) { retryTranscode(jobId: $id) { userErrors { code } } }";
    let data = app.door.query(Some(&owner), retry, json!({ "id": claimed.lease.job.to_string() })).await;
    assert_eq!(data["retryTranscode"]["userErrors"], json!([{ "code": "CONFLICT" }]));
}

#[sqlx::test(migrations = false)]
async fn among_ones_own_files_the_short_ones_go_first(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let (long, short) = (app.job(&owner, 3).await, app.job(&owner, 3).await);
    sqlx::query("update jobs set size_bytes = 2000000000 where upload_id = $1")
        .bind(long.0)
        .execute(&app.pool)
        .await
        .unwrap();
    assert_eq!(app.claim().await.unwrap().upload, short);
    assert_eq!(app.claim().await.unwrap().upload, long);
}

#[sqlx::test(migrations = false)]
async fn a_machine_runs_so_many_jobs_however_many_workers_it_has(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    for hertz in 0..4 {
        app.upload(&owner, "a.flac", &sound(2.0, 300 + 10 * hertz, "a.flac", ""), json!({})).await;
    }
    let tasks = Tasks::new();
    for worker in [app.worker_of(1), app.worker_of(1), app.worker_of(1)] {
        tasks.spawn("worker", worker.run(tasks.clone()));
    }
    let count = async |states: &[&str]| {
        let count = sqlx::query_scalar::<_, i64>("select count(*) from jobs where state = any($1)").bind(states);
        count.fetch_one(&app.pool).await.unwrap()
    };
    let mut most = 0;
    while count(&["QUEUED", "RUNNING"]).await > 0 {
        most = most.max(count(&["RUNNING"]).await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tasks.shutdown().await;
    assert_eq!((most, count(&["READY"]).await), (1, 4));
}

#[sqlx::test(migrations = false)]
async fn a_long_recording_leaves_the_last_place_to_others(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let mut bytes = sound(30.0, 500, "a.flac", "-sample_fmt s16");
    // STREAMINFO's count of samples claims two hours. A file of a second could not hold them and would not be believed.
    assert!(bytes.len() > 2 * 3600 * 100, "{}", bytes.len());
    bytes[21] &= 0xf0;
    bytes[22..26].copy_from_slice(&(2 * 3600 * 44_100_u32).to_be_bytes());
    let long = app.upload(&owner, "long.flac", &bytes, json!({})).await;
    let short = app.upload(&owner, "short.flac", &sound(1.0, 510, "a.flac", ""), json!({})).await;
    let elsewhere = std::fs::File::create(app.work.path().join("polyphony-long-0")).unwrap();
    elsewhere.lock().unwrap();
    // Only a look at the file tells how long it is; from then on it is passed over.
    while app.worker_of(2).work_once().await.unwrap() {}
    let job = app.see(&owner, &long).await;
    assert_eq!((&job["state"], &job["job"]["state"]), (&json!("RECEIVED"), &json!("QUEUED")), "{job:#}");
    assert_eq!(app.see(&owner, &short).await["state"], "READY");
    drop(elsewhere);
    assert!(app.worker_of(2).work_once().await.unwrap());
    assert_eq!(app.see(&owner, &long).await["state"], "READY");
}

#[sqlx::test(migrations = false)]
async fn a_file_that_makes_no_headway_is_refused_at_its_second_try(pool: PgPool) {
    let mut app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let id = app.upload(&owner, "a.flac", &sound(5.0, 520, "a.flac", ""), json!({})).await;
    app.limits.transcode_wall = Duration::from_millis(1);
    // A failure of ours in between is no sign of it.
    let claimed = app.claim().await.unwrap();
    give_up_transcode(&app.app, &claimed, GiveUp::Failure("no store".to_owned())).await.unwrap();
    for state in ["RECEIVED", "REJECTED"] {
        app.become_due().await;
        assert!(app.worker().work_once().await.unwrap());
        assert_eq!(app.see(&owner, &id).await["state"], state);
    }
    assert_eq!(app.see(&owner, &id).await["rejectedBecause"], "MEDIA_TOO_LARGE");
}

#[sqlx::test(migrations = false)]
async fn a_turn_goes_to_whoever_has_the_fewest_running_and_waited_longest(pool: PgPool) {
    let s3 = servers::s3().await;
    let app = TestApp::with(pool, &s3, Quota { bytes: 1_000_000, open_uploads: 50 }).await;
    let people: Vec<Viewer> = (0..4).map(|_| viewer(Role::Creator)).collect();
    // The greedy ones come first with all they have.
    let mut waiting = HashMap::<UserId, usize>::new();
    let mut whose = HashMap::new();
    for (person, count) in people.iter().zip([9, 9, 5, 2]) {
        waiting.insert(person.user, count);
        for _ in 0..count {
            whose.insert(app.job(person, 3).await, person.user);
        }
    }
    let (mut running, mut last_turn, mut turns) = (Vec::<Claimed>::new(), HashMap::<UserId, usize>::new(), 0);
    for step in 0_usize.. {
        while running.len() < 3
            && let Some(claimed) = app.claim().await
        {
            let rank = |user: &UserId| {
                let mine = running.iter().filter(|one| whose[&one.upload] == *user).count();
                (mine, last_turn.get(user).copied().unwrap_or(0))
            };
            let owner = whose[&claimed.upload];
            assert!((rank(&owner).0 as i64) < PER_USER, "step {step}");
            let unfair = waiting.iter().find(|(user, left)| **left > 0 && rank(user) < rank(&owner));
            assert!(unfair.is_none(), "step {step}: {unfair:?} should have had the turn");
            turns += 1;
            last_turn.insert(owner, turns);
            *waiting.entry(owner).or_default() -= 1;
            running.push(claimed);
        }
        if running.is_empty() {
            break;
        }
        // Some jobs take longer than others.
        let done = running.remove(step * 7 % running.len());
        finish(&app, &done).await;
    }
    assert_eq!(turns, whose.len());
}

async fn finish(app: &TestApp, claimed: &Claimed) {
    let mut tx = app.app.store.begin().await.unwrap();
    lease::finish(&mut tx, claimed.lease.job, 1000, app.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

#[sqlx::test(migrations = false)]
async fn a_job_that_kills_every_worker_is_given_up_in_the_end(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let upload = app.job(&owner, 3).await;
    let mut attempts = 0;
    // Asked for again, it is tried as often as before.
    for _ in 0..2 {
        // Workers that are shut down are no victims.
        for _ in 0..MAX_ATTEMPTS {
            let claimed = app.claim().await.unwrap();
            give_up_transcode(&app.app, &claimed, GiveUp::Shutdown).await.unwrap();
        }
        for _ in 1..=MAX_ATTEMPTS {
            let dead = app.claim().await.unwrap();
            app.let_the_lease_run_out(&dead).await;
        }
        assert_eq!(app.state(&owner, upload).await.1, "RUNNING");
        assert!(app.worker().work_once().await.unwrap());
        attempts += 2 * MAX_ATTEMPTS + 1;
        assert_eq!(app.state(&owner, upload).await, (json!("RECEIVED"), json!("FAILED")));
        assert!(!app.worker().work_once().await.unwrap());
        let job = app.see(&owner, &upload.to_string()).await["job"].take();
        assert_eq!(job["attempt"], attempts, "people see each attempt");
        let retry = "mutation($id: ID!) { retryTranscode(jobId: $id) { userErrors { code } } }";
        app.door.query(Some(&owner), retry, json!({ "id": job["id"] })).await;
    }
}

/// Waits until an upload can be played, for less than the time after which a worker looks by itself.
async fn until_ready(app: &TestApp, owner: &Viewer, id: &str) {
    let since = Instant::now();
    while app.see(owner, id).await["state"] != "READY" {
        assert!(since.elapsed() < Duration::from_secs(20), "nobody took it in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[sqlx::test(migrations = false)]
async fn an_idle_worker_asks_nothing_and_is_there_when_a_job_comes_or_becomes_due(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let left = app.upload(&owner, "a.flac", &sound(1.0, 550, "a.flac", ""), json!({})).await;
    app.claim().await.expect("a worker that dies");
    let waiting = app.upload(&owner, "b.flac", &sound(1.0, 560, "b.flac", ""), json!({})).await;
    let later = "update jobs set run_after = now() + interval '5 s', lease_until = case state when 'RUNNING' then now() + interval '5 s' end";
    sqlx::query(later).execute(&app.pool).await.unwrap();
    let tasks = Tasks::new();
    tasks.spawn("worker", app.worker().run(tasks.clone()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    {
        let statements = Statements::new();
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(statements.seen(), Vec::<String>::new());
    }
    until_ready(&app, &owner, &left).await;
    until_ready(&app, &owner, &waiting).await;
    let new = app.upload(&owner, "c.flac", &sound(1.0, 570, "c.flac", ""), json!({})).await;
    until_ready(&app, &owner, &new).await;
    tasks.shutdown().await;
}

#[sqlx::test(migrations = false)]
async fn a_place_that_becomes_free_is_taken_though_nobody_tells_of_it(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    // Another worker on this machine, which has told of the end of its job and still holds its place.
    let place = std::fs::File::create(app.work.path().join("polyphony-slot-0")).unwrap();
    place.try_lock().unwrap();
    let upload = app.upload(&owner, "a.flac", &sound(1.0, 580, "a.flac", ""), json!({})).await;
    let tasks = Tasks::new();
    tasks.spawn("worker", app.worker().run(tasks.clone()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(app.see(&owner, &upload).await["state"], "RECEIVED");
    drop(place);
    until_ready(&app, &owner, &upload).await;
    tasks.shutdown().await;
}
