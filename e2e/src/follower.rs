//! A device that follows what plays: whenever its connection breaks it comes back, behind the frame that it saw last.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use serde_json::Value;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::Client;

/// How long a device waits before it comes back.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a test waits for a frame.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a device saw.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The frames, in the order in which they came.
    pub frames: Vec<Value>,
    /// The codes of errors that came instead of frames, or with them.
    pub codes: Vec<String>,
    /// How often it was connected.
    pub connections: usize,
}

/// A device that follows; it is gone when this is dropped.
pub struct Follower {
    seen: watch::Receiver<Seen>,
    interrupted: Arc<Notify>,
    _task: JoinSet<()>,
}

/// The version of a frame, of playback or of a session.
pub fn version(frame: &Value) -> i64 {
    let version = frame["version"].as_i64().or(frame["playback"]["version"].as_i64());
    version.expect("a frame has a version")
}

impl Follower {
    /// Follows by a subscription that takes `$after`, shows `cursor` and `version`, and has no other variables than these.
    pub fn start(client: &Client, query: &str, variables: &Value) -> Self {
        let (sender, seen) = watch::channel(Seen::default());
        let interrupted = Arc::<Notify>::default();
        let mut task = JoinSet::new();
        task.spawn(follow(client.clone(), query.to_owned(), variables.clone(), sender, Arc::clone(&interrupted)));
        Self { seen, interrupted, _task: task }
    }

    /// Breaks its connection; it comes back.
    pub fn interrupt(&self) {
        self.interrupted.notify_one();
    }

    /// What it saw until now.
    pub fn seen(&self) -> Seen {
        self.seen.borrow().clone()
    }

    /// Waits until it has seen this version.
    ///
    /// # Panics
    /// When that does not come.
    pub async fn until(&self, wanted: i64) -> Seen {
        let mut seen = self.seen.clone();
        let is_there = |seen: &Seen| seen.frames.last().is_some_and(|frame| version(frame) >= wanted);
        let found = timeout(PATIENCE, seen.wait_for(is_there)).await;
        let found = found.unwrap_or_else(|_| panic!("version {wanted} did not come: {:?}", self.seen().codes));
        found.expect("it follows as long as we are there").clone()
    }

    /// All versions that it saw.
    ///
    /// # Panics
    /// When one is missing, or came twice, or too late.
    pub fn versions_in_order(&self) -> Vec<i64> {
        let versions: Vec<_> = self.seen().frames.iter().map(version).collect();
        assert!(versions.is_sorted_by(|one, next| one + 1 == *next), "each version once, in order: {versions:?}");
        versions
    }
}

async fn follow(client: Client, query: String, variables: Value, seen: watch::Sender<Seen>, interrupted: Arc<Notify>) {
    loop {
        let mut variables = variables.clone();
        variables["after"] = seen.borrow().frames.last().map_or(Value::Null, |frame| frame["cursor"].clone());
        if let Ok(Some(mut frames)) = timeout(PATIENCE, client.try_subscribe(&query, variables)).await {
            seen.send_modify(|seen| seen.connections += 1);
            loop {
                let frame = tokio::select! { frame = frames.next() => frame, () = interrupted.notified() => None };
                let Some(frame) = frame else { break };
                seen.send_modify(|seen| seen.take(frame));
            }
        }
        sleep(PAUSE).await;
    }
}

impl Seen {
    fn take(&mut self, mut frame: Value) {
        let codes = frame["errors"].as_array().into_iter().flatten().map(|error| &error["extensions"]["code"]);
        self.codes.extend(codes.map(|code| code.as_str().unwrap_or("no code").to_owned()));
        let fields = frame["data"].as_object_mut();
        self.frames
            .extend(fields.and_then(|fields| fields.values_mut().next()).map(Value::take).filter(Value::is_object));
    }
}
