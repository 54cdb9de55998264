//! The operations port: health for supervisors, metrics for Prometheus. It is a listener of its own, so that nothing of it can be
//! reached where clients are.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use hive_router::ntex::{
    server::Server,
    web::{self, App, HttpResponse},
};
use prometheus::{Registry, TEXT_FORMAT, TextEncoder};

use crate::{
    health::{LIVE_PATH, READY_PATH},
    render::METRICS_PATH,
    state::EdgeState,
};

/// What the operations port tells of.
#[derive(Clone)]
pub(crate) struct Operations {
    /// Says whether the router is ready.
    pub(crate) state: Arc<EdgeState>,
    /// The metrics; absent when they are switched off.
    pub(crate) metrics: Option<Registry>,
}

impl Operations {
    /// Starts to listen.
    pub(crate) fn listen(self, address: SocketAddr) -> anyhow::Result<Server> {
        let server = web::HttpServer::new(async move || {
            App::new()
                .state(self.clone())
                .route(LIVE_PATH, web::get().to(live))
                .route(READY_PATH, web::get().to(ready))
                .route(METRICS_PATH, web::get().to(metrics))
        });
        let server = server.workers(1).disable_signals().bind(address);
        Ok(server.with_context(|| format!("listen on {address}"))?.run())
    }
}

async fn live() -> HttpResponse {
    json(HttpResponse::Ok(), r#"{"status":"live"}"#.to_owned())
}

async fn ready(operations: web::types::State<Operations>) -> HttpResponse {
    let state = &operations.state;
    let (is_ready, report) = state.readiness.report(state.identity.is_ready()).await;
    let response = if is_ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    json(response, report.to_string())
}

async fn metrics(operations: web::types::State<Operations>) -> HttpResponse {
    let families = operations.metrics.as_ref().map(Registry::gather).unwrap_or_default();
    match TextEncoder::new().encode_to_string(&families) {
        Ok(text) => HttpResponse::Ok().content_type(TEXT_FORMAT).body(text),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn json(mut response: web::HttpResponseBuilder, body: String) -> HttpResponse {
    response.content_type("application/json").body(body)
}
