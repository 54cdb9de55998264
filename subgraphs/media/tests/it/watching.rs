//! Live views: a frame at once, frames while it runs, and an end.

use std::time::{Duration, Instant};

use async_graphql::{Request, Variables};
use futures::StreamExt;
use polyphony_events::catalog::PublicationStatus;
use polyphony_kit::{Role, Viewer};
use polyphony_media::graphql;
use polyphony_testkit::keys::viewer;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use crate::app::{TestApp, sound};

impl TestApp {
    /// The frames of a subscription until it ends; an error's code counts as a frame.
    async fn watch(&self, viewer: &Viewer, query: &str, id: &str) -> Vec<Value> {
        self.watch_timed(viewer, query, id).await.into_iter().map(|(_, frame)| frame).collect()
    }

    /// The same with the time of each frame.
    async fn watch_timed(&self, viewer: &Viewer, query: &str, id: &str) -> Vec<(Instant, Value)> {
        let schema = graphql::schema(Some(self.app.clone()));
        let request = Request::new(query)
            .variables(Variables::from_json(json!({ "id": id })))
            .data(graphql::loaders(&self.app.store, Some(viewer)))
            .data(Some(viewer.clone()));
        let frames = schema.execute_stream(request).map(|response| match response.errors.first() {
            Some(error) => (Instant::now(), json!(serde_json::to_value(&error.extensions).unwrap()["code"])),
            None => (Instant::now(), response.data.into_json().unwrap()),
        });
        tokio::time::timeout(Duration::from_mins(1), frames.collect()).await.expect("the view ends")
    }
}

const PROGRESS: &str =
    "subscription($id: ID!) { transcodeProgress(jobId: $id) { state percent playableUntilMs etaMs } }";
const CHANGED: &str = "subscription($id: ID!) { uploadChanged(uploadId: $id) { state track { id } job { state } } }";

#[sqlx::test(migrations = false)]
async fn progress_never_falls_and_ends_with_the_job(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let bytes = sound(120.0, 440, "a.flac", "");
    let id = app.upload(&owner, "a.flac", &bytes, json!({})).await;
    let job = app.see(&owner, &id).await["job"]["id"].as_str().unwrap().to_owned();
    let stop = CancellationToken::new();
    let work = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        app.worker().work_once().await.unwrap();
    };
    let signals = app.app.signals.clone().run(stop.clone());
    let views = async {
        let both = tokio::join!(app.watch(&owner, PROGRESS, &job), app.watch(&owner, CHANGED, &id), work);
        stop.cancel();
        (both.0, both.1)
    };
    let ((progress, changes), ()) = tokio::join!(views, signals);

    let field = |frame: &Value, name: &str| frame["transcodeProgress"][name].clone();
    assert_eq!(field(&progress[0], "state"), "QUEUED");
    assert_eq!(field(progress.last().unwrap(), "state"), "READY");
    assert!(progress.iter().any(|frame| field(frame, "state") == "RUNNING"));
    assert!(progress.iter().any(|frame| field(frame, "etaMs").is_number()), "{progress:#?}");
    let percents: Vec<f64> = progress.iter().map(|frame| field(frame, "percent").as_f64().unwrap()).collect();
    assert!(percents.is_sorted() && percents.last() == Some(&100.0), "{percents:?}");
    let states: Vec<_> = changes.iter().map(|frame| frame["uploadChanged"]["state"].as_str().unwrap()).collect();
    assert_eq!((states[0], *states.last().unwrap()), ("RECEIVED", "READY"), "{states:?}");
}

#[sqlx::test(migrations = false)]
async fn a_running_job_has_a_frame_each_second_though_nobody_signals(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let id = app.upload(&owner, "a", b"abc", json!({})).await;
    let claimed = app.app.store.claim(1, None, app.app.clock.now()).await.unwrap().unwrap();
    let job = claimed.lease.job.to_string();
    let end = async {
        tokio::time::sleep(Duration::from_secs(6)).await;
        let cancel = "mutation($id: ID!) { cancelTranscode(jobId: $id) { userErrors { code } } }";
        app.door.query(Some(&owner), cancel, json!({ "id": job })).await;
    };
    let (frames, ()) = tokio::join!(app.watch_timed(&owner, PROGRESS, &job), end);
    assert_eq!(frames[0].1["transcodeProgress"]["state"], "RUNNING", "{id}");
    let mut gaps: Vec<Duration> = frames.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    gaps.sort_unstable();
    // On a busy machine a single one may be longer.
    assert!(gaps[gaps.len() / 2] < Duration::from_secs(1), "{gaps:?}");
    assert!(gaps[gaps.len() - 1] < Duration::from_secs(2), "{gaps:?}");
}

#[sqlx::test(migrations = false)]
async fn an_upload_for_the_catalog_is_followed_to_its_track(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let owner = viewer(Role::Creator);
    let bytes = sound(1.0, 700, "a.flac", "");
    let id = app.upload(&owner, "a.flac", &bytes, json!({ "catalogFromTags": true })).await;
    app.worker().work_once().await.unwrap();
    let catalog = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        app.track(owner.user, Some(&id), PublicationStatus::Published).await.to_string()
    };
    let (frames, track) = tokio::join!(app.watch(&owner, CHANGED, &id), catalog);
    assert_eq!(frames[0]["uploadChanged"]["track"], Value::Null);
    assert_eq!(frames.last().unwrap()["uploadChanged"]["track"]["id"], track);
}

#[sqlx::test(migrations = false)]
async fn nobody_watches_what_is_not_theirs(pool: PgPool) {
    let app = TestApp::new(pool).await;
    let (owner, stranger) = (viewer(Role::Creator), viewer(Role::Creator));
    let id = app.upload(&owner, "a", b"abc", json!({})).await;
    assert_eq!(app.watch(&stranger, CHANGED, &id).await, ["FORBIDDEN"]);
    assert_eq!(app.watch(&stranger, CHANGED, "nonsense").await, ["FORBIDDEN"]);
    assert_eq!(app.watch(&stranger, PROGRESS, "nonsense").await, ["FORBIDDEN"]);
}
