//! Whether the process lives, and whether it is ready to be sent clients.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use futures::future::join_all;
use serde_json::{Value, json};
use url::Url;

/// Answers while the process runs.
pub(crate) const LIVE_PATH: &str = "/health/live";

/// Answers 200 when clients may come.
pub(crate) const READY_PATH: &str = "/health/ready";

const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// A router that starts while a subgraph is down serves what the others own after this long.
const STARTUP_GRACE: Duration = Duration::from_secs(30);

/// Follows whether the router can serve.
///
/// A subgraph has to answer once. That it is gone later does not make the router unready: it still serves what the
/// others own, and an unready router would take that away too.
pub(crate) struct Readiness {
    subgraphs: Vec<Subgraph>,
    client: reqwest::Client,
    started_at: Instant,
}

struct Subgraph {
    name: String,
    probe: Url,
    has_answered: AtomicBool,
}

impl Readiness {
    /// Follows the subgraphs with these names and GraphQL endpoints.
    pub(crate) fn new(subgraphs: Vec<(String, Url)>, client: reqwest::Client) -> Self {
        let subgraphs = subgraphs.into_iter().map(|(name, mut probe)| {
            probe.set_path(LIVE_PATH);
            Subgraph { name, probe, has_answered: AtomicBool::new(false) }
        });
        Self { subgraphs: subgraphs.collect(), client, started_at: Instant::now() }
    }

    /// Whether the router is ready, and the state of each thing that it needs.
    pub(crate) async fn report(&self, has_keys: bool) -> (bool, Value) {
        let alive = join_all(self.subgraphs.iter().map(|subgraph| self.is_alive(subgraph))).await;
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

    async fn is_alive(&self, subgraph: &Subgraph) -> bool {
        let answer = self.client.get(subgraph.probe.clone()).timeout(PROBE_TIMEOUT).send().await;
        let alive = answer.is_ok_and(|answer| answer.status().is_success());
        if alive {
            subgraph.has_answered.store(true, Ordering::Relaxed);
        }
        alive
    }
}
