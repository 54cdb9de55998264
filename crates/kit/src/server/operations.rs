//! What operators and their machines ask a process: whether it lives, whether it is ready, and its metrics. It is served on a
//! port of its own (`OPERATIONS_BIND`), never where clients or the router come in.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::json;

/// A check that takes longer has failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// Whether a part that the process needs is there.
pub type Check = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> + Send + Sync>;

/// A named readiness check.
pub fn check<F, Fut>(work: F) -> Check
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    Arc::new(move || Box::pin(work()))
}

/// `/health/live`, `/health/ready` and `/metrics`.
pub fn operations(metrics: Option<PrometheusHandle>, checks: Vec<(&'static str, Check)>) -> Router {
    let checks = Arc::new(checks);
    let ready = move || {
        let checks = checks.clone();
        async move { readiness(&checks).await }
    };
    let metrics = move || async move { metrics.map(|handle| handle.render()).unwrap_or_default() };
    Router::new()
        .route("/health/live", get(|| async { "ok" }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
}

/// Names what failed. Why it failed is for the log: such texts name hosts, people and tables.
async fn readiness(checks: &[(&'static str, Check)]) -> Response {
    let outcomes = checks.iter().map(|(name, check)| async move {
        let outcome = tokio::time::timeout(CHECK_TIMEOUT, check()).await;
        let error = outcome.unwrap_or_else(|_| Err(anyhow::anyhow!("no answer"))).err()?;
        tracing::warn!(check = name, error = format!("{error:#}"), "not ready");
        Some(*name)
    });
    let failed: Vec<_> = futures::future::join_all(outcomes).await.into_iter().flatten().collect();
    if failed.is_empty() {
        return "ok".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "failed": failed }))).into_response()
}
