//! Whether the process lives, and whether it is ready to be sent clients.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use url::Url;

use crate::render::ROUTER_SECRET_HEADER;

/// Answers while the process runs.
pub(crate) const LIVE_PATH: &str = "/health/live";

/// Answers 200 when clients may come.
pub(crate) const READY_PATH: &str = "/health/ready";

const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// Subgraphs are asked no more often, however many ask whether we are ready.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// A router that starts while a subgraph is down serves what the others own after this long.
const STARTUP_GRACE: Duration = Duration::from_secs(30);

/// What a subgraph answers without touching anything behind it.
const PROBE_QUERY: &str = r#"{"query":"{__typename}"}"#;

/// Follows whether the router can serve.
///
/// A subgraph has to answer once. That it is gone later does not make the router unready: it still serves what the
/// others own, and an unready router would take that away too.
pub(crate) struct Readiness {
    subgraphs: Vec<Subgraph>,
    client: reqwest::Client,
    router_secret: String,
    started_at: Instant,
    /// When the subgraphs were asked last, and which of them answered.
    last_probe: Mutex<Option<(Instant, Vec<bool>)>>,
}

struct Subgraph {
    name: String,
    endpoint: Url,
    has_answered: AtomicBool,
}

impl Readiness {
    /// Follows the subgraphs with these names and GraphQL endpoints.
    pub(crate) fn new(subgraphs: Vec<(String, Url)>, router_secret: String, client: reqwest::Client) -> Self {
        let subgraphs = subgraphs.into_iter();
        let subgraphs =
            subgraphs.map(|(name, endpoint)| Subgraph { name, endpoint, has_answered: AtomicBool::new(false) });
        Self {
            subgraphs: subgraphs.collect(),
            client,
            router_secret,
            started_at: Instant::now(),
            last_probe: Mutex::default(),
        }
    }

    /// Whether the router is ready, and the state of each thing that it needs.
    pub(crate) async fn report(&self, has_keys: bool) -> (bool, Value) {
        let alive = self.probe().await;
        let all_have_answered = self.subgraphs.iter().all(|subgraph| subgraph.has_answered.load(Ordering::Relaxed));
        let is_ready = has_keys && (all_have_answered || self.started_at.elapsed() > STARTUP_GRACE);

        let reports = self.subgraphs.iter().zip(alive);
        let reports: serde_json::Map<_, _> = reports
            .map(|(subgraph, alive)| (subgraph.name.clone(), json!(if alive { "up" } else { "down" })))
            .collect();
        let keys = if has_keys { "loaded" } else { "missing" };
        let status = if is_ready { "ready" } else { "not ready" };
        (is_ready, json!({ "status": status, "keys": keys, "subgraphs": reports }))
    }

    /// Which subgraphs answer, by a probe that is at most `PROBE_INTERVAL` old. Who comes meanwhile waits for the same one.
    async fn probe(&self) -> Vec<bool> {
        let mut last = self.last_probe.lock().await;
        if let Some((at, alive)) = &*last
            && at.elapsed() < PROBE_INTERVAL
        {
            return alive.clone();
        }
        let alive = join_all(self.subgraphs.iter().map(|subgraph| self.is_alive(subgraph))).await;
        *last = Some((Instant::now(), alive.clone()));
        alive
    }

    /// Asks at the door that operations go through: a subgraph's own health is on a port that we need not reach.
    async fn is_alive(&self, subgraph: &Subgraph) -> bool {
        let request = self.client.post(subgraph.endpoint.clone()).timeout(PROBE_TIMEOUT);
        let request = request.header(ROUTER_SECRET_HEADER, &self.router_secret);
        let request = request.header("content-type", "application/json").body(PROBE_QUERY);
        let alive = request.send().await.is_ok_and(|answer| answer.status().is_success());
        if alive {
            subgraph.has_answered.store(true, Ordering::Relaxed);
        }
        alive
    }
}
