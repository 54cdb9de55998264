//! A media service over a fresh database and a fresh bucket, without a socket.

use std::{path::PathBuf, process::Command, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode},
};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt;
use polyphony_events::{
    TrackId, UploadId, UserId,
    catalog::{PublicationStatus, TrackChanged, TrackSnapshot},
};
use polyphony_kit::{
    Clock, Envelope, Event, Viewer, blobs::Blobs, cdn::Cdn, config::S3Args, consumer::handle_once, db,
    request_id::Origin, signals::Signals,
};
use polyphony_media::{
    MIGRATOR,
    app::{App, Settings, routes},
    commands::want_renditions::Waiters,
    consumers::Events,
    domain::{library_folder::LibraryFolders, signature::Signer, upload::Quota},
    housekeeping, http,
    live::Live,
    pipeline::Limits,
    store::Store,
    worker::Worker,
};
use polyphony_testkit::{Door, Keys, servers};
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt;
use uuid::Uuid;

pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) door: Door,
    pub(crate) pool: PgPool,
    /// The folder for jobs of this test's workers, and their limits.
    pub(crate) work: tempfile::TempDir,
    pub(crate) limits: Limits,
    players: Router,
    web: reqwest::Client,
}

/// Tokens are checked against the machine's clock, so the tests' clock stands close behind it.
#[expect(clippy::disallowed_methods, reason = "tokens and presigned URLs are checked against the machine's clock")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

impl TestApp {
    pub(crate) async fn new(pool: PgPool) -> Self {
        let s3 = servers::s3().await;
        Self::with(pool, &s3, Quota { bytes: 500_000_000_000, open_uploads: 5 }).await
    }

    pub(crate) async fn with(pool: PgPool, s3: &S3Args, quota: Quota) -> Self {
        db::migrate(&pool, &MIGRATOR).await.unwrap();
        let (store, clock) = (Store::new(pool.clone()), Clock::standing_at(now()));
        let (redis, name) = (servers::redis_url(), servers::unique("media"));
        let live = Live::new(store.clone(), clock.clone(), &redis, name).await.unwrap();
        let app = App {
            store,
            clock,
            live,
            blobs: Blobs::new(s3),
            signals: Signals::new(&redis, name).await.unwrap(),
            signer: Signer::new(b"the key of tests"),
            waiters: Waiters::default(),
            settings: Arc::new(Settings {
                public_url: "http://media.test".to_owned(),
                web_url: "http://web.test".to_owned(),
                quota,
                trash_retention: TimeDelta::days(30),
                library_folders: LibraryFolders::default(),
            }),
        };
        let keys = Keys::new();
        let door = Door::new(routes(&app, keys.verifier()), keys);
        let limits = Limits { nice: 0, ..Limits::default() };
        let (work, web) = (tempfile::tempdir().unwrap(), reqwest::Client::new());
        Self { players: http::routes(&app), door, pool, app, web, work, limits }
    }

    /// Has a CDN serve what clients GET.
    pub(crate) fn go_behind(&mut self, cdn: Cdn) {
        self.app.blobs = self.app.blobs.clone().behind(Some(cdn));
        let keys = Keys::new();
        self.door = Door::new(routes(&self.app, keys.verifier()), keys);
        self.players = http::routes(&self.app);
    }

    /// The same service under other settings.
    pub(crate) fn reset(&mut self, change: impl FnOnce(&mut Settings)) {
        change(Arc::make_mut(&mut self.app.settings));
        let keys = Keys::new();
        self.door = Door::new(routes(&self.app, keys.verifier()), keys);
        self.players = http::routes(&self.app);
    }

    pub(crate) fn worker(&self) -> Worker {
        self.worker_of(1)
    }

    /// A worker for so many jobs at once on this machine.
    pub(crate) fn worker_of(&self, concurrency: usize) -> Worker {
        let folder = self.work.path().to_owned();
        Worker::new(self.app.clone(), concurrency, 100, Some(folder)).with_limits(self.limits.clone())
    }

    pub(crate) fn wait(&self, by: TimeDelta) {
        self.app.clock.advance(by);
    }

    /// Announces a file; gives the payload of `createUpload`.
    pub(crate) async fn create(&self, viewer: &Viewer, input: Value) -> Value {
        self.create_with_key(viewer, input, None).await
    }

    pub(crate) async fn create_with_key(&self, viewer: &Viewer, input: Value, key: Option<&str>) -> Value {
        let query = "mutation($input: CreateUploadInput!, $key: String) {
            createUpload(input: $input, idempotencyKey: $key) {
                upload { id filename sizeBytes state }
                target { partSizeBytes expiresAt parts { number url headers { name value } } }
                userErrors { code path }
            }
        }";
        self.door.query(Some(viewer), query, json!({ "input": input, "key": key })).await["createUpload"].take()
    }

    /// PUTs the bytes to the parts of a target; gives the list for `completeUpload`.
    pub(crate) async fn put(&self, target: &Value, bytes: &[u8]) -> Value {
        let size = target["partSizeBytes"].as_u64().unwrap() as usize;
        let mut parts = Vec::new();
        for part in target["parts"].as_array().unwrap() {
            let number = part["number"].as_u64().unwrap() as usize;
            let piece = bytes.chunks(size).nth(number - 1).unwrap().to_vec();
            let answer = self.web.put(part["url"].as_str().unwrap()).body(piece).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), 200);
            parts.push(json!({ "number": number, "etag": answer.headers()["etag"].to_str().unwrap() }));
        }
        json!(parts)
    }

    /// Says that the parts have arrived; gives the payload of `completeUpload`.
    pub(crate) async fn complete(&self, viewer: &Viewer, id: &str, parts: &Value) -> Value {
        let query = "mutation($id: ID!, $parts: [CompletedPartInput!]!) {
            completeUpload(uploadId: $id, parts: $parts) {
                upload { id state job { id state } }
                userErrors { code message path }
            }
        }";
        self.door.query(Some(viewer), query, json!({ "id": id, "parts": parts })).await["completeUpload"].take()
    }

    /// A whole upload, up to RECEIVED; gives its id.
    pub(crate) async fn upload(&self, viewer: &Viewer, filename: &str, bytes: &[u8], options: Value) -> String {
        let mut input = json!({ "filename": filename, "sizeBytes": bytes.len() });
        input.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        let created = self.create(viewer, input).await;
        assert_eq!(created["userErrors"], json!([]));
        let id = created["upload"]["id"].as_str().unwrap().to_owned();
        let parts = self.put(&created["target"], bytes).await;
        let completed = self.complete(viewer, &id, &parts).await;
        assert_eq!(completed["userErrors"], json!([]));
        id
    }

    /// An upload as its owner sees it.
    pub(crate) async fn see(&self, viewer: &Viewer, id: &str) -> Value {
        let query = "query($id: ID!) { upload(id: $id) {
            id state rejectedBecause track { id } duplicateOf { id }
            job { id state percent attempt failedBecause playableUntilMs renditions { codec bitrateKbps lossless } }
        } }";
        self.door.query(Some(viewer), query, json!({ "id": id })).await["upload"].take()
    }

    /// Deletes needless objects as if all the time had passed that they are kept for somebody.
    pub(crate) async fn collect_all_garbage(&self) {
        sqlx::query("update garbage set due_at = now()").execute(&self.pool).await.unwrap();
        housekeeping::collect_garbage(&self.app).await.unwrap();
    }

    /// The events that wait in the outbox: name and data.
    pub(crate) async fn events(&self) -> Vec<(String, Value)> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("select type, payload from outbox order by seq").fetch_all(&self.pool).await.unwrap();
        rows.into_iter().map(|(kind, data)| (kind, serde_json::from_str(&data).unwrap())).collect()
    }

    /// Has the catalog say something.
    pub(crate) async fn hear<E: Event>(&self, event: &E) {
        let handler = Events { app: self.app.clone() };
        let envelope = Envelope {
            id: Uuid::now_v7(),
            kind: E::TYPE.to_owned(),
            key: event.key(),
            time: self.app.clock.now(),
            origin: Origin::fresh(),
            data: serde_json::to_vec(event).unwrap(),
            headers: std::collections::BTreeMap::new(),
        };
        handle_once(&self.pool, "media", &handler, &envelope).await.unwrap();
    }

    /// A track of the catalog that plays from this upload.
    pub(crate) async fn track(&self, owner: UserId, upload: Option<&str>, status: PublicationStatus) -> TrackId {
        let id = TrackId::new();
        self.hear(&track_changed(id, owner, upload, status, 1)).await;
        id
    }

    /// GETs one of our own URLs as a player would.
    pub(crate) async fn play(&self, url: &str) -> (StatusCode, String) {
        let response = self.player_response(url).await;
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    pub(crate) async fn player_response(&self, url: &str) -> Response<Body> {
        self.player_response_in(url, "identity").await
    }

    /// What a player is sent that takes this encoding, `gzip`.
    pub(crate) async fn player_response_in(&self, url: &str, encoding: &str) -> Response<Body> {
        self.player_request(url, &[("accept-encoding", encoding)]).await
    }

    /// What a player is sent that asks with these headers.
    pub(crate) async fn player_request(&self, url: &str, headers: &[(&str, &str)]) -> Response<Body> {
        let path = url.strip_prefix("http://media.test").unwrap_or(url);
        let request = Request::get(path).header("origin", "http://web.test");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.players.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    /// GETs an object by its presigned URL.
    pub(crate) async fn fetch(&self, url: &str) -> (u16, Vec<u8>) {
        let answer = self.web.get(url).send().await.unwrap();
        (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
    }
}

/// What the catalog says when a track has changed.
pub(crate) fn track_changed(
    id: TrackId,
    owner: UserId,
    upload: Option<&str>,
    status: PublicationStatus,
    version: i64,
) -> TrackChanged {
    let track = TrackSnapshot {
        id,
        title: "Aria".to_owned(),
        artists: Vec::new(),
        album: None,
        disc_number: None,
        track_number: None,
        duration_ms: 1000,
        genres: Vec::new(),
        released_on: None,
        status,
        upload_id: upload.map(|id| UploadId::parse(id).unwrap()),
        sources: Vec::new(),
        isrc: None,
        musicbrainz_id: None,
        explicit: false,
        owner_id: owner,
    };
    TrackChanged { track_id: id, track, version }
}

/// Makes a file with FFmpeg and gives its bytes.
pub(crate) fn sound(seconds: f64, frequency: u32, name: &str, options: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    let source = format!("aevalsrc='0.4*sin(2*PI*{frequency}*t)|0.3*sin(2*PI*{frequency}*1.5*t)':s=44100:d={seconds}");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", &source]);
    let done = command.args(options.split_whitespace()).arg(&path).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::read(path).unwrap()
}
