//! An object store that is slow, fails half of its answers, or is away for a while: jobs wait and end READY.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use chrono::TimeDelta;
use futures::{StreamExt, future::join_all, stream};
use polyphony_events::UploadId;
use polyphony_kit::{Role, Tasks, config::S3Args};
use polyphony_media::{
    domain::{keys, upload::Quota},
    sweep::Finding,
};
use polyphony_testkit::{keys::viewer, servers};
use serde_json::json;
use sqlx::PgPool;
use tokio::net::TcpListener;

use crate::app::{TestApp, sound};

const WELL: u8 = 0;
const SLOW: u8 = 1;
const HALF_FAILS: u8 = 2;
const AWAY: u8 = 3;
/// Takes requests and answers none.
const FROZEN: u8 = 4;
/// Breaks off what it sends after some bytes.
const CUTS: u8 = 5;
/// Joins the parts of uploads, and says that it failed.
const DENIES_JOINS: u8 = 6;
/// Does not list the multipart uploads that are open, as some stores do not.
const LISTS_NO_UPLOADS: u8 = 7;

/// How many bytes come through before what is sent breaks off.
const CUT_AFTER: usize = 200_000;

/// Stands between us and the object store.
#[derive(Clone)]
struct Proxy {
    store: String,
    http: reqwest::Client,
    mood: Arc<AtomicU8>,
    requests: Arc<AtomicU64>,
    failed: Arc<AtomicU64>,
}

impl Proxy {
    /// A proxy before this store; gives the options by which it is reached.
    async fn before(s3: &S3Args) -> (Self, S3Args) {
        let proxy = Self {
            store: s3.s3_endpoint.clone(),
            http: reqwest::Client::new(),
            mood: Arc::default(),
            requests: Arc::default(),
            failed: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let s3_endpoint = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(pass).with_state(proxy.clone());
        #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
        tokio::spawn(async { axum::serve(listener, routes).await });
        // Clients reach the store itself.
        let args = S3Args { s3_endpoint, s3_public_endpoint: Some(s3.s3_endpoint.clone()), ..s3.clone() };
        (proxy, args)
    }

    fn turn(&self, mood: u8) {
        self.mood.store(mood, Ordering::Relaxed);
    }
}

async fn pass(State(proxy): State<Proxy>, request: Request) -> Response {
    let number = proxy.requests.fetch_add(1, Ordering::Relaxed);
    // Neither every second one, which a second try would always get past, nor another half in each run.
    let coin = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 63 == 0;
    let mood = proxy.mood.load(Ordering::Relaxed);
    if mood == AWAY || mood == HALF_FAILS && coin {
        proxy.failed.fetch_add(1, Ordering::Relaxed);
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if mood == SLOW {
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    while proxy.mood.load(Ordering::Relaxed) == FROZEN {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (parts, body) = request.into_parts();
    if mood == LISTS_NO_UPLOADS && parts.uri.query().is_some_and(|query| query.starts_with("uploads")) {
        let answer = "<Error><Code>NotImplemented</Code><Message>This is not implemented.</Message></Error>";
        return (StatusCode::NOT_IMPLEMENTED, answer).into_response();
    }
    let is_join = parts.method == "POST" && parts.uri.query().is_some_and(|query| query.contains("uploadId="));
    let url = format!("{}{}", proxy.store, parts.uri);
    let body = to_bytes(body, usize::MAX).await.unwrap();
    // The headers go on as they are: the signature covers the host that the client asked.
    let sent = proxy.http.request(parts.method, url).headers(parts.headers).body(body).send().await;
    let Ok(answer) = sent else { return StatusCode::BAD_GATEWAY.into_response() };
    if mood == DENIES_JOINS && is_join {
        proxy.failed.fetch_add(1, Ordering::Relaxed);
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let mut response = Response::builder().status(answer.status());
    response.headers_mut().unwrap().extend(answer.headers().clone());
    if mood == CUTS && answer.content_length().is_some_and(|length| length > CUT_AFTER as u64) {
        proxy.failed.fetch_add(1, Ordering::Relaxed);
        let bytes = answer.bytes().await.unwrap().slice(..CUT_AFTER);
        let cut = async {
            // What was sent before is to arrive.
            tokio::time::sleep(Duration::from_millis(200)).await;
            Err(std::io::Error::other("broken off"))
        };
        let sent = stream::once(async { Ok(bytes) }).chain(stream::once(cut));
        return response.body(Body::from_stream(sent)).unwrap();
    }
    response.body(Body::from_stream(answer.bytes_stream())).unwrap()
}

/// A service whose object store can be made to fail, with a few uploads that wait for a worker.
async fn with_uploads(pool: PgPool, seconds: &[f64]) -> (TestApp, Proxy, Vec<String>) {
    let (proxy, args) = Proxy::before(&servers::s3().await).await;
    let app = TestApp::with(pool, &args, Quota { bytes: 1_000_000_000, open_uploads: 50 }).await;
    let owner = viewer(Role::Admin);
    let mut uploads = Vec::new();
    for (number, seconds) in seconds.iter().enumerate() {
        let bytes = sound(*seconds, 200 + 10 * number as u32, "a.flac", "");
        uploads.push(app.upload(&owner, "a.flac", &bytes, json!({})).await);
    }
    (app, proxy, uploads)
}

/// Works on the uploads until everything is made of them, each at the first try.
async fn all_become_ready(app: &TestApp, uploads: &[String]) {
    let tasks = Tasks::new();
    let worker = app.worker_of(2);
    tasks.spawn("worker", worker.run(tasks.clone()));
    let admin = viewer(Role::Admin);
    for id in uploads {
        loop {
            let upload = app.see(&admin, id).await;
            assert_ne!(upload["job"]["state"], "FAILED", "{upload:#}");
            if upload["state"] == "READY" && upload["job"]["state"] == "READY" {
                // One attempt measures, and where others waited another one encodes.
                let attempts = if uploads.len() > 1 { 2 } else { 1 };
                assert!(upload["job"]["attempt"].as_i64() <= Some(attempts), "{upload:#}");
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    tasks.shutdown().await;
    let ready = app.events().await.into_iter().filter(|(kind, _)| kind == "MediaReady").count();
    assert_eq!(ready, uploads.len(), "each is announced once");
}

#[sqlx::test(migrations = false)]
async fn a_slow_store_only_takes_longer(pool: PgPool) {
    let (app, proxy, uploads) = with_uploads(pool, &[2.0, 14.0]).await;
    proxy.turn(SLOW);
    all_become_ready(&app, &uploads).await;
}

#[sqlx::test(migrations = false)]
async fn a_store_that_fails_half_of_its_answers_costs_no_job_an_attempt(pool: PgPool) {
    let (app, proxy, uploads) = with_uploads(pool, &[1.0, 8.0, 14.0, 2.0]).await;
    proxy.turn(HALF_FAILS);
    all_become_ready(&app, &uploads).await;
    let (failed, all) = (proxy.failed.load(Ordering::Relaxed), proxy.requests.load(Ordering::Relaxed));
    assert!(failed * 3 > all, "{failed} of {all} failed");
}

#[sqlx::test(migrations = false)]
async fn a_store_that_goes_away_in_the_middle_finds_the_job_waiting(pool: PgPool) {
    let (app, proxy, uploads) = with_uploads(pool, &[240.0]).await;
    let admin = viewer(Role::Admin);
    let outage = async {
        while app.see(&admin, &uploads[0]).await["job"]["playableUntilMs"].as_i64().unwrap() == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        proxy.turn(AWAY);
        tokio::time::sleep(Duration::from_secs(8)).await;
        proxy.turn(WELL);
    };
    tokio::join!(all_become_ready(&app, &uploads), outage);
    assert!(proxy.failed.load(Ordering::Relaxed) > 0, "the outage was noticed");
}

#[sqlx::test(migrations = false)]
async fn a_download_that_breaks_off_again_and_again_goes_on_where_it_was(pool: PgPool) {
    let (app, proxy, uploads) = with_uploads(pool, &[20.0]).await;
    proxy.turn(CUTS);
    all_become_ready(&app, &uploads).await;
    assert!(proxy.failed.load(Ordering::Relaxed) > 3, "the source came in several pieces");
}

#[sqlx::test(migrations = false)]
async fn parts_whose_join_was_not_heard_of_are_joined_once(pool: PgPool) {
    let (app, proxy, uploads) = with_uploads(pool, &[1.0]).await;
    proxy.turn(DENIES_JOINS);
    all_become_ready(&app, &uploads).await;
    assert!(proxy.failed.load(Ordering::Relaxed) > 0);
}

#[sqlx::test(migrations = false)]
async fn while_the_store_hangs_others_are_answered_and_an_upload_can_be_cancelled(pool: PgPool) {
    let (proxy, args) = Proxy::before(&servers::s3().await).await;
    let app = TestApp::with(pool, &args, Quota { bytes: 1_000_000_000, open_uploads: 50 }).await;
    let owner = viewer(Role::Creator);
    let input = json!({ "filename": "a.flac", "sizeBytes": 3 });
    let created = app.create(&owner, input.clone()).await;
    let id = created["upload"]["id"].as_str().unwrap();
    let parts = app.put(&created["target"], b"abc").await;
    proxy.turn(FROZEN);
    // Many more than there are connections to the database.
    let creating = join_all((0..30).map(|_| app.create(&owner, input.clone())));
    let completing = join_all((0..30).map(|_| app.complete(&owner, id, &parts)));
    let meanwhile = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let began = Instant::now();
        assert_eq!(app.see(&owner, id).await["state"], "AWAITING_BYTES");
        let cancel = "mutation($id: ID!) { cancelUpload(uploadId: $id) { ok } }";
        assert_eq!(app.door.query(Some(&owner), cancel, json!({ "id": id })).await["cancelUpload"]["ok"], true);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        proxy.turn(WELL);
    };
    let (created, completed, ()) = tokio::join!(creating, completing, meanwhile);
    assert!(created.iter().all(|payload| payload["userErrors"] == json!([])));
    for payload in completed {
        assert_eq!(payload["userErrors"][0]["code"], "CONFLICT", "{payload}");
    }
    assert!(app.events().await.is_empty(), "nothing was queued");
}

#[sqlx::test(migrations = false)]
async fn a_store_that_does_not_list_open_uploads_is_swept_all_the_same(pool: PgPool) {
    let (proxy, s3) = Proxy::before(&servers::s3().await).await;
    let app = TestApp::with(pool, &s3, Quota { bytes: 500_000_000_000, open_uploads: 5 }).await;
    let orphan = keys::source(UploadId::new());
    app.put_object(&orphan).await;
    app.wait(TimeDelta::hours(2));
    proxy.turn(LISTS_NO_UPLOADS);
    assert_eq!(app.sweep(true).await, [Finding::Orphan(orphan), Finding::Unlisted]);
    assert_eq!(app.sweep(true).await, [Finding::Unlisted], "the rest was repaired");
    proxy.turn(WELL);
    assert_eq!(app.sweep(true).await, []);
}
