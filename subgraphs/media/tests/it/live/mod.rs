//! Live playback on two processes of media that share a database and Redis.

mod bad_input;
mod contexts;
mod devices;
mod drifts;
mod frames;
mod interleavings;
mod play_requests;
mod playback;
mod plays;
mod private_sessions;
mod queue;
mod sessions;
mod transfer;

use std::{pin::Pin, time::Duration};

use async_graphql::{Request, Variables};
use chrono::TimeDelta;
use futures::{Stream, StreamExt};
use polyphony_events::{TrackId, UploadId, UserId, catalog::PublicationStatus};
use polyphony_kit::{Role, Viewer, signals::Signals};
use polyphony_media::{
    app::{App, routes},
    graphql,
    live::{Live, advance_due, look_after_sessions},
};
use polyphony_testkit::{
    Door, Keys,
    keys::{viewer, viewer_id},
    servers,
};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::app::TestApp;

/// What tests look at.
pub(crate) const STATE: &str = "id version cursor state track { id } queueIndex anchorPositionMs anchorServerTime
    durationMs repeat shuffle volumePercent activeDevice { id } changedBy { id } playId
    queue(first: 100) { totalCount edges { cursor node { id track { id } addedBy { id } } } }";

/// A process of media, without a socket.
pub(crate) struct Node {
    pub(crate) app: App,
    pub(crate) door: Door,
    tasks: JoinSet<()>,
}

/// Frames of a subscription.
pub(crate) type Frames = Pin<Box<dyn Stream<Item = Value> + Send>>;

impl Node {
    async fn new(app: &App, name: &'static str) -> Self {
        let live = Live::new(app.store.clone(), app.clock.clone(), &servers::redis_url(), name).await.unwrap();
        let signals = Signals::new(&servers::redis_url(), name).await.unwrap();
        let app = App { live: live.clone(), signals: signals.clone(), ..app.clone() };
        let keys = Keys::new();
        let door = Door::new(routes(&app, keys.verifier()), keys);
        let mut tasks = JoinSet::new();
        tasks.spawn(live.run(CancellationToken::new()));
        tasks.spawn(signals.run(CancellationToken::new()));
        Self { app, door, tasks }
    }

    /// Ends it at once, as SIGKILL does: nothing is said to anybody.
    pub(crate) fn kill(&mut self) {
        self.tasks.abort_all();
    }

    /// Calls a mutation of what plays; gives its payload.
    pub(crate) async fn playback(&self, viewer: &Viewer, call: &str) -> Value {
        let query = format!("mutation {{ it: {call} {{ playback {{ {STATE} }} userErrors {{ code path }} }} }}");
        self.door.query(Some(viewer), &query, json!({})).await["it"].take()
    }

    /// Calls a mutation that must not be refused; gives the state.
    pub(crate) async fn done(&self, viewer: &Viewer, call: &str) -> Value {
        let payload = self.playback(viewer, call).await;
        assert_eq!(payload["userErrors"], json!([]), "{call}");
        payload["playback"].clone()
    }

    /// Calls a mutation that must be refused; gives the code.
    pub(crate) async fn refused(&self, viewer: &Viewer, call: &str) -> String {
        let payload = self.playback(viewer, call).await;
        assert!(payload["playback"]["id"].is_string(), "the current state comes with a refusal");
        payload["userErrors"][0]["code"].as_str().unwrap_or_else(|| panic!("{call} was let through")).to_owned()
    }

    /// Any operation's data.
    pub(crate) async fn ask(&self, viewer: &Viewer, query: &str) -> Value {
        self.door.query(Some(viewer), query, json!({})).await
    }

    /// What plays for somebody.
    pub(crate) async fn state(&self, viewer: &Viewer) -> Value {
        let mut found =
            self.door.entities(Some(viewer), "Viewer", &[viewer_id(viewer)], &format!("playback {{ {STATE} }}")).await;
        found[0]["playback"].take()
    }

    pub(crate) async fn devices(&self, viewer: &Viewer) -> Vec<Value> {
        let fields = "devices { id name online active volumePercent }";
        let mut found = self.door.entities(Some(viewer), "Viewer", &[viewer_id(viewer)], fields).await;
        found[0]["devices"].as_array_mut().unwrap().drain(..).collect()
    }

    pub(crate) async fn device(&self, viewer: &Viewer, name: &str) -> String {
        let call = format!("registerDevice(input: {{ installationId: \"{name}\", name: \"{name}\", kind: WEB }})");
        let query = format!("mutation {{ it: {call} {{ device {{ id }} userErrors {{ code }} }} }}");
        let answer = self.ask(viewer, &query).await;
        answer["it"]["device"]["id"].as_str().unwrap().to_owned()
    }

    /// The frames of `playbackChanged`.
    pub(crate) fn watch(&self, viewer: &Viewer, device: Option<&str>, after: Option<&str>) -> Frames {
        let query = format!(
            "subscription($device: ID, $after: String) {{
                it: playbackChanged(deviceId: $device, after: $after) {{ {STATE} transferringTo {{ id }} }}
            }}"
        );
        self.subscribe(viewer, &query, json!({ "device": device, "after": after }))
    }

    /// The frames of any subscription to `it`; an error's code counts as a frame.
    pub(crate) fn subscribe(&self, viewer: &Viewer, query: &str, variables: Value) -> Frames {
        let schema = graphql::schema(Some(self.app.clone()));
        let request = Request::new(query)
            .variables(Variables::from_json(variables))
            .data(graphql::loaders(&self.app.store, Some(viewer)))
            .data(Some(viewer.clone()));
        Box::pin(schema.execute_stream(request).map(|response| match response.errors.first() {
            Some(error) => json!(serde_json::to_value(&error.extensions).unwrap()["code"]),
            None => response.data.into_json().unwrap()["it"].take(),
        }))
    }

    /// Lets happen what is due.
    pub(crate) async fn sweep(&self) {
        advance_due(&self.app).await.unwrap();
        look_after_sessions(&self.app).await.unwrap();
    }
}

/// The next frame of a subscription.
pub(crate) async fn next(frames: &mut Frames) -> Value {
    tokio::time::timeout(Duration::from_secs(20), frames.next()).await.expect("a frame comes").expect("it goes on")
}

/// Reads frames until one is of this version; gives it.
pub(crate) async fn until_version(frames: &mut Frames, version: i64) -> Value {
    loop {
        let frame = next(frames).await;
        if frame["version"].as_i64().unwrap() >= version {
            return frame;
        }
    }
}

/// Two processes and a catalog.
pub(crate) struct Together {
    pub(crate) base: TestApp,
    pub(crate) nodes: [Node; 2],
    name: &'static str,
}

impl Together {
    pub(crate) async fn new(pool: PgPool) -> Self {
        let base = TestApp::new(pool).await;
        let name = servers::unique("media");
        let nodes = [Node::new(&base.app, name).await, Node::new(&base.app, name).await];
        Self { base, nodes, name }
    }

    /// A node in the place of one that was killed.
    pub(crate) async fn restart(&mut self, which: usize) {
        self.nodes[which] = Node::new(&self.base.app, self.name).await;
    }

    pub(crate) fn wait(&self, ms: i64) {
        self.base.app.clock.advance(TimeDelta::milliseconds(ms));
    }

    /// Tracks that can be played, this long each.
    pub(crate) async fn tracks(&self, count: usize, duration_ms: i64) -> Vec<String> {
        let owner = viewer(Role::Creator).user;
        let (uploads, tracks): (Vec<_>, Vec<_>) = (0..count).map(|_| (UploadId::new().0, TrackId::new())).unzip();
        let ids: Vec<_> = tracks.iter().map(|track| track.0).collect();
        sqlx::query(
            "with u as (
                insert into uploads (id, owner_id, filename, size_bytes, catalog_from_tags, state, part_size_bytes,
                    created_at, expires_at)
                select id, $3, 'a', 1, true, 'READY', 1, now(), now() from unnest($1::uuid[]) id
            ), e as (
                insert into encodings (upload_id, attempt, finished, measured_at, duration_ms, playable_until_ms,
                    sample_rate_hz, total_samples, content_type)
                select id, 1, true, now(), $4, $4, 44100, 1, 'audio/flac' from unnest($1::uuid[]) id
            )
            insert into track_media (track_id, upload_id, owner_id, status, version)
            select t.track_id, t.upload_id, $3, 'PUBLISHED', 1
            from unnest($1::uuid[], $2::uuid[]) t (upload_id, track_id)",
        )
        .bind(&uploads)
        .bind(&ids)
        .bind(owner.0)
        .bind(duration_ms)
        .execute(&self.base.pool)
        .await
        .unwrap();
        tracks.iter().map(ToString::to_string).collect()
    }

    /// A track that nobody can play yet.
    pub(crate) async fn silent_track(&self) -> String {
        self.base.track(UserId::new(), None, PublicationStatus::Published).await.to_string()
    }
}

/// `["…", "…"]` as GraphQL writes it.
pub(crate) fn list(ids: &[String]) -> String {
    json!(ids).to_string()
}

/// The tracks of a queue as it is shown.
pub(crate) fn queue_of(state: &Value) -> Vec<String> {
    let edges = state["queue"]["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["track"]["id"].as_str().unwrap().to_owned()).collect()
}

/// The entries of a queue as it is shown.
pub(crate) fn items_of(state: &Value) -> Vec<String> {
    let edges = state["queue"]["edges"].as_array().unwrap();
    edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap().to_owned()).collect()
}
