//! The HTTP server of a process: GraphQL over HTTP and WebSocket for subgraphs, health and metrics for all, and an end
//! that lets requests finish.

use std::{future::Future, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use anyhow::Context;
use async_graphql::{Data, ObjectType, Request, Schema, SubscriptionType, parser::types::OperationType};
use async_graphql_axum::{GraphQLProtocol, GraphQLRequest, GraphQLResponse, GraphQLWebSocket};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, WebSocketUpgrade},
    http::{HeaderMap, HeaderValue, StatusCode, header::AUTHORIZATION},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};
use tracing::Instrument;

use crate::{
    Error, Tasks, Viewer,
    auth::{ROUTER_SECRET_HEADER, TokenError, Verifier},
    batch,
    error::ErrorCode,
    request_id::{self, Origin},
};

/// A request that takes longer is answered with 408 by the server.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// In which the router tells how much the client may still ask for.
const BUDGET_HEADER: &str = "x-request-budget";
/// The largest request body.
const MAX_BODY: usize = 2 << 20;
/// What a WebSocket reads into. Each socket has its own, most wait for a long time, and the default is 128 KiB.
const WEBSOCKET_READ_BUFFER: usize = 4 << 10;

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

/// Routes that every process has: `/health/live`, `/health/ready`, `/metrics`.
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

async fn readiness(checks: &[(&'static str, Check)]) -> Response {
    let results = futures::future::join_all(checks.iter().map(|(name, check)| async move {
        let outcome = tokio::time::timeout(Duration::from_secs(2), check()).await;
        let error = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(format!("{error:#}")),
            Err(_) => Some("no answer".to_owned()),
        };
        (*name, error)
    }))
    .await;
    let failed: serde_json::Map<_, _> =
        results.into_iter().filter_map(|(name, error)| Some((name.to_owned(), error?.into()))).collect();
    if failed.is_empty() {
        return "ok".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, Json(serde_json::Value::Object(failed))).into_response()
}

/// Adds what resolvers need to a request: the loaders of this request, for one.
pub type PerRequest = Arc<dyn Fn(&mut Data, Option<&Viewer>) + Send + Sync>;

/// The GraphQL doors of a subgraph.
pub struct GraphqlDoor<Q, M, S> {
    /// What is served.
    pub schema: Schema<Q, M, S>,
    /// Knows the router and checks tokens.
    pub verifier: Verifier,
    /// What each request gets beside its viewer.
    pub per_request: PerRequest,
}

impl<Q, M, S> Clone for GraphqlDoor<Q, M, S> {
    fn clone(&self) -> Self {
        Self { schema: self.schema.clone(), verifier: self.verifier.clone(), per_request: self.per_request.clone() }
    }
}

/// `/graphql` and `/graphql/ws` of a subgraph; both answer only the router.
pub fn graphql<Q, M, S>(door: GraphqlDoor<Q, M, S>) -> Router
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let http = post(over_http).layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT));
    Router::new()
        .route("/graphql", http)
        .route("/graphql/ws", get(over_websocket))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(in_request_scope))
        .with_state(door)
}

async fn over_http<Q, M, S>(
    State(door): State<GraphqlDoor<Q, M, S>>,
    headers: HeaderMap,
    request: GraphQLRequest,
) -> Response
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    if !door.verifier.is_router(text(&headers, ROUTER_SECRET_HEADER)) {
        return refuse("this door is the router's");
    }
    let viewer = match door.verifier.verify_header(text(&headers, AUTHORIZATION.as_str())).await {
        Ok(viewer) => viewer,
        Err(error) => return refuse_token(&error),
    };
    let mut request: Request = request.into_inner();
    if may_only_read(viewer.as_ref()) && changes_something(&mut request) {
        let error = Error::forbidden("the API key does not have the scope `write`");
        return Json(async_graphql::Response::from_errors(vec![server_error(error)])).into_response();
    }
    request.data.insert(ClientInfo::from_headers(&headers));
    (door.per_request)(&mut request.data, viewer.as_ref());
    GraphQLResponse::from(batch::execute(door.schema.execute(request.data(viewer))).await).into_response()
}

async fn over_websocket<Q, M, S>(
    State(door): State<GraphqlDoor<Q, M, S>>,
    headers: HeaderMap,
    protocol: GraphQLProtocol,
    upgrade: WebSocketUpgrade,
) -> Response
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let schema = door.schema.clone();
    let upgrade = upgrade.read_buffer_size(WEBSOCKET_READ_BUFFER);
    upgrade.protocols(async_graphql::http::ALL_WEBSOCKET_PROTOCOLS).on_upgrade(move |socket| {
        GraphQLWebSocket::new(socket, schema, protocol)
            .keepalive_timeout(None)
            .on_connection_init(move |payload| connection_data(door, headers, payload))
            .serve()
            .instrument(tracing::info_span!("websocket"))
    })
}

/// Secret and identity of a WebSocket come as headers of its upgrade, or in the payload of `connection_init`.
async fn connection_data<Q, M, S>(
    door: GraphqlDoor<Q, M, S>,
    headers: HeaderMap,
    payload: serde_json::Value,
) -> async_graphql::Result<Data> {
    let from_payload = |name: &str| {
        let fields = payload.as_object()?;
        fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1.as_str()
    };
    let find = |name: &str| from_payload(name).or_else(|| text(&headers, name));
    if !door.verifier.is_router(find(ROUTER_SECRET_HEADER)) {
        return Err(Error::client(ErrorCode::Unauthenticated, "this door is the router's").into());
    }
    let viewer = door.verifier.verify_header(find(AUTHORIZATION.as_str())).await;
    let viewer = viewer.map_err(|error| match error {
        TokenError::Invalid => Error::client(ErrorCode::Unauthenticated, error.to_string()),
        TokenError::KeysUnavailable(source) => Error::Internal(source),
    })?;
    let mut data = Data::default();
    data.insert(ClientInfo::from_headers(&headers));
    (door.per_request)(&mut data, viewer.as_ref());
    data.insert(viewer);
    Ok(data)
}

fn may_only_read(viewer: Option<&Viewer>) -> bool {
    viewer.is_some_and(|viewer| !viewer.has_scope("write"))
}

/// Whether the operation is a mutation. One that cannot be read is not: executing it tells what is wrong with it.
fn changes_something(request: &mut Request) -> bool {
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else { return false };
    document
        .operations
        .iter()
        .filter(|(given, _)| name.is_none() || given.map(async_graphql::Name::as_str) == name.as_deref())
        .any(|(_, operation)| operation.node.ty == OperationType::Mutation)
}

fn server_error(error: Error) -> async_graphql::ServerError {
    async_graphql::Error::from(error).into_server_error(async_graphql::Pos::default())
}

/// What the router tells about the client, for the list of sessions, the security log and `viewer.rateLimit`.
#[derive(Clone, Debug, Default)]
pub struct ClientInfo {
    /// The client's address as the router saw it.
    pub address: Option<String>,
    /// The client's user agent.
    pub user_agent: Option<String>,
    /// How much the client may still ask for.
    pub budget: Option<Budget>,
}

/// How much a client may still ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Requests at once, when the budget is whole.
    pub limit: u32,
    /// Requests that are left.
    pub remaining: u32,
    /// Milliseconds until the budget is whole again.
    pub whole_in_ms: u32,
}

impl Budget {
    /// Reads the router's `limit remaining milliseconds`.
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(' ').map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(Self { limit: next()?, remaining: next()?, whole_in_ms: next()? })
    }
}

impl ClientInfo {
    fn from_headers(headers: &HeaderMap) -> Self {
        let address = text(headers, "x-forwarded-for").and_then(|list| list.rsplit(',').next());
        let address = address.map(|address| address.trim().chars().take(64).collect());
        let user_agent = text(headers, "user-agent").map(|agent| agent.chars().take(256).collect());
        let budget = text(headers, BUDGET_HEADER).and_then(Budget::parse);
        Self { address, user_agent, budget }
    }
}

/// Runs the rest of the request with its id, in its span, and answers with the id.
pub async fn in_request_scope(request: axum::extract::Request, next: Next) -> Response {
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

fn refuse(message: &str) -> Response {
    let error =
        serde_json::json!({ "message": message, "extensions": { "code": ErrorCode::Unauthenticated.as_str() } });
    (StatusCode::UNAUTHORIZED, Json(serde_json::json!({ "errors": [error] }))).into_response()
}

fn refuse_token(error: &TokenError) -> Response {
    match error {
        TokenError::Invalid => refuse(&error.to_string()),
        TokenError::KeysUnavailable(source) => {
            tracing::error!(error = format!("{source:#}"), "a token could not be checked");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

/// Serves `routes` until the process is told to end, then lets requests in flight finish and ends the tasks.
pub async fn serve(bind: SocketAddr, routes: Router, tasks: &Tasks) -> anyhow::Result<()> {
    let listener = TcpListener::bind(bind).await.with_context(|| format!("listen on {bind}"))?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    let stop = tasks.token();
    let signal = tasks.clone();
    let server = axum::serve(listener, routes.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move { signal.cancel_on_signal().await });
    tokio::select! {
        outcome = async { server.await } => outcome.context("serve")?,
        // Open WebSockets never finish by themselves.
        () = async { stop.cancelled().await; tokio::time::sleep(Duration::from_secs(5)).await } => {}
    }
    tasks.shutdown().await;
    Ok(())
}
