//! Asks queries and takes the time: one after the other, as many as go, and at a steady rate.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use polyphony_e2e::Client;
use serde_json::Value;
use tokio::task::JoinSet;

use super::Screen;

/// So many ask at once to saturate the platform.
const ASKING: usize = 16;
/// More than so many unanswered requests are not added to: the platform does not keep up.
const MOST_OPEN: usize = 512;

/// What requests took, in ms.
pub(crate) struct Measured {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    /// What search says that its index alone took.
    pub(crate) took_p95: Option<f64>,
}

/// What one request took, in ms.
struct Asked {
    took: f64,
    /// What search says that its index took.
    index: Option<f64>,
    /// Whether search found anything.
    found: bool,
}

impl Measured {
    fn of(mut times: Vec<f64>, mut took: Vec<f64>) -> anyhow::Result<Self> {
        ensure!(!times.is_empty(), "nothing was measured");
        times.sort_by(f64::total_cmp);
        took.sort_by(f64::total_cmp);
        let at = |sorted: &[f64], share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
        let took_p95 = (!took.is_empty()).then(|| at(&took, 0.95));
        Ok(Self { p50: at(&times, 0.5), p95: at(&times, 0.95), p99: at(&times, 0.99), took_p95 })
    }
}

async fn ask(client: &Client, screen: &Screen, number: usize) -> anyhow::Result<Asked> {
    let variables = screen.variables[number % screen.variables.len()].clone();
    let begun = Instant::now();
    let (status, answer) = client.raw(screen.query, variables).await;
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    ensure!(status == 200 && answer["errors"].is_null(), "{}: {status} {}", screen.name, answer["errors"]);
    let root = answer["data"].as_object().and_then(|data| data.values().next()).unwrap_or(&Value::Null);
    ensure!(!root.is_null(), "{} found nothing", screen.name);
    let found = root["edges"].as_array().is_none_or(|edges| !edges.is_empty());
    Ok(Asked { took, index: root["tookMs"].as_f64(), found })
}

/// Asks `times` times, one after the other, once what is asked has been asked before.
pub(crate) async fn measure(client: &Client, screen: &Screen, times: usize) -> anyhow::Result<Measured> {
    for number in 0..times.min(30) {
        ask(client, screen, number).await?;
    }
    let (mut all, mut indexes, mut found) = (Vec::with_capacity(times), Vec::new(), 0);
    for number in 0..times {
        let asked = ask(client, screen, number).await?;
        all.push(asked.took);
        indexes.extend(asked.index);
        found += usize::from(asked.found);
    }
    ensure!(found * 2 > times, "{}: {found} of {times} found anything", screen.name);
    Measured::of(all, indexes)
}

/// How many answers a second come when many ask at once.
pub(crate) async fn saturate(client: &Client, screen: &Screen, length: Duration) -> anyhow::Result<f64> {
    let end = Instant::now() + length;
    let next = AtomicUsize::new(0);
    let ask_on = async || {
        while Instant::now() < end {
            ask(client, screen, next.fetch_add(1, Ordering::Relaxed)).await?;
        }
        anyhow::Ok(())
    };
    futures::future::try_join_all((0..ASKING).map(|_| ask_on())).await?;
    Ok(next.into_inner() as f64 / length.as_secs_f64())
}

/// Asks at a steady rate, whether or not answers have come; what a request waits for those before it counts.
pub(crate) async fn steady(client: &Client, screen: &Screen, rate: f64, length: Duration) -> anyhow::Result<Measured> {
    let screen = Arc::new(Screen { name: screen.name, query: screen.query, variables: screen.variables.clone() });
    let (mut open, mut times) = (JoinSet::new(), Vec::new());
    let mut ticks = tokio::time::interval(Duration::from_secs_f64(1.0 / rate.max(0.1)));
    let count = (rate * length.as_secs_f64()) as usize;
    for number in 0..count.max(10) {
        ticks.tick().await;
        while let Some(done) = open.try_join_next() {
            let asked: Asked = done.context("wait for an answer")??;
            times.push(asked.took);
        }
        ensure!(open.len() < MOST_OPEN, "{}: {rate:.0} a second are too many", screen.name);
        let (client, screen) = (client.clone(), screen.clone());
        open.spawn(async move { ask(&client, &screen, number).await });
    }
    while let Some(done) = open.join_next().await {
        times.push(done.context("wait for an answer")??.took);
    }
    Measured::of(times, Vec::new())
}
