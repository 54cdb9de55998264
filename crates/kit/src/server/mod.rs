//! The HTTP servers of a process: GraphQL over HTTP and WebSocket for the router, health and metrics for operators, each on its
//! own port, and an end that lets requests finish.

mod client_info;
mod door;
mod operations;
mod socket;

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue},
    middleware::Next,
    response::Response,
};
use futures::future::try_join_all;
use tokio::net::TcpListener;
use tracing::Instrument;

use crate::{
    Tasks,
    request_id::{self, Origin},
};

pub use client_info::{Budget, ClientInfo};
pub use door::{GraphqlDoor, PerRequest, graphql, graphql_with};
pub use operations::{Check, check, operations};
pub use socket::SocketTimeouts;

/// What open requests are given when the process is told to end. WebSockets never finish by themselves.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

/// Runs the rest of the request with its id, in its span, and answers with the id.
pub async fn in_request_scope(request: Request, next: Next) -> Response {
    let origin = Origin::from_headers(request.headers());
    let span = tracing::info_span!("request", request.id = origin.request_id, method = %request.method(), path = request.uri().path());
    let id = HeaderValue::from_str(&origin.request_id);
    let started = std::time::Instant::now();
    let mut response = request_id::scope(origin, next.run(request)).instrument(span).await;
    metrics::histogram!("http_request_seconds", "status" => response.status().as_u16().to_string())
        .record(started.elapsed().as_secs_f64());
    if let Ok(id) = id {
        response.headers_mut().insert(request_id::HEADER, id);
    }
    response
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Serves each router at its address until the process is told to end, then lets requests in flight finish and ends the tasks.
pub async fn serve(listeners: Vec<(SocketAddr, Router)>, tasks: &Tasks) -> anyhow::Result<()> {
    let mut servers = Vec::new();
    for (bind, routes) in listeners {
        let listener = TcpListener::bind(bind).await.with_context(|| format!("listen on {bind}"))?;
        tracing::info!(address = %listener.local_addr()?, "listening");
        let stop = tasks.token();
        let server = axum::serve(listener, routes.into_make_service_with_connect_info::<SocketAddr>());
        servers.push(async { server.with_graceful_shutdown(stop.cancelled_owned()).await });
    }
    tokio::select! {
        outcome = try_join_all(servers) => { outcome.context("serve")?; }
        () = async { tasks.cancel_on_signal().await; tokio::time::sleep(SHUTDOWN_GRACE).await } => {}
    }
    tasks.shutdown().await;
    Ok(())
}
