//! The GraphQL doors of a subgraph: HTTP for queries and mutations, WebSocket for subscriptions. They open to the router alone.

use std::{sync::Arc, time::Duration};

use async_graphql::{Data, ObjectType, Request, Schema, SubscriptionType, parser::types::OperationType};
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequestParts, Query, State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION, request::Parts},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutLayer};
use tracing::Instrument;

use super::{ClientInfo, in_request_scope, socket, socket::SocketTimeouts, text};
use crate::{
    Error, Viewer,
    auth::{ROUTER_SECRET_HEADER, TokenError, Verifier},
    batch,
    error::ErrorCode,
};

/// A request that takes longer is answered with 408 by the server.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest request body, and the largest message on a WebSocket.
const MAX_BODY: usize = 2 << 20;
/// What a WebSocket reads into. Each socket has its own, most wait for a long time, and the default is 128 KiB.
const WEBSOCKET_READ_BUFFER: usize = 4 << 10;
/// The subprotocol of graphql-ws, the only one that the router speaks.
const SUBPROTOCOL: &str = "graphql-transport-ws";

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

/// A door and how patient its sockets are.
struct Served<Q, M, S> {
    door: GraphqlDoor<Q, M, S>,
    timeouts: SocketTimeouts,
}

impl<Q, M, S> Clone for Served<Q, M, S> {
    fn clone(&self) -> Self {
        Self { door: self.door.clone(), timeouts: self.timeouts }
    }
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
    graphql_with(door, SocketTimeouts::default())
}

/// As [`graphql`], with other limits on the time that sockets take.
pub fn graphql_with<Q, M, S>(door: GraphqlDoor<Q, M, S>, timeouts: SocketTimeouts) -> Router
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
        .with_state(Served { door, timeouts })
}

async fn over_http<Q, M, S>(
    State(Served { door, .. }): State<Served<Q, M, S>>,
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
    if !is_let_in(&door, viewer.as_ref()) {
        return Json(async_graphql::Response::from_errors(vec![not_read().into()])).into_response();
    }
    if may_only_read(viewer.as_ref()) && changes_something(&mut request) {
        let error = Error::forbidden("the API key does not have the scope `write`");
        return Json(async_graphql::Response::from_errors(vec![error.into()])).into_response();
    }
    request.data.insert(ClientInfo::from_headers(&headers));
    (door.per_request)(&mut request.data, viewer.as_ref());
    GraphQLResponse::from(batch::execute(door.schema.execute(request.data(viewer))).await).into_response()
}

/// Shown by who upgrades: the secret as a header, or the ticket that is made of it in the query (`?ticket=`). Looked at
/// before anything else of the request, so that nobody but the router has a socket.
struct FromRouter;

#[derive(Deserialize)]
struct Shown {
    ticket: String,
}

impl<Q, M, S> FromRequestParts<Served<Q, M, S>> for FromRouter
where
    Q: Send + Sync,
    M: Send + Sync,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &Served<Q, M, S>) -> Result<Self, Response> {
        let verifier = &state.door.verifier;
        let shown = Query::<Shown>::try_from_uri(&parts.uri);
        let is_router = verifier.is_router(text(&parts.headers, ROUTER_SECRET_HEADER))
            || shown.is_ok_and(|Query(shown)| verifier.is_routers_ticket(&shown.ticket));
        if is_router { Ok(Self) } else { Err(refuse("this door is the router's")) }
    }
}

async fn over_websocket<Q, M, S>(
    _: FromRouter,
    State(Served { door, timeouts }): State<Served<Q, M, S>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let offered = text(&headers, "sec-websocket-protocol").unwrap_or_default();
    if !offered.split(',').any(|name| name.trim() == SUBPROTOCOL) {
        return (StatusCode::BAD_REQUEST, "the subprotocol is graphql-transport-ws").into_response();
    }
    let upgrade = upgrade.read_buffer_size(WEBSOCKET_READ_BUFFER).max_message_size(MAX_BODY);
    upgrade.protocols([SUBPROTOCOL]).on_upgrade(move |stream| {
        let schema = door.schema.clone();
        let on_init = move |payload| connection_data(door, headers, payload);
        socket::serve(stream, schema, timeouts, on_init).instrument(tracing::info_span!("websocket"))
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
        TokenError::KeysUnavailable(error) => Error::Internal(error.into()),
    })?;
    if !is_let_in(&door, viewer.as_ref()) {
        return Err(not_read().into());
    }
    let mut data = Data::default();
    data.insert(ClientInfo::from_headers(&headers));
    (door.per_request)(&mut data, viewer.as_ref());
    data.insert(viewer);
    Ok(data)
}

/// Whether this door is open to the token. Without the scope `read` none is but that of whoever issued it, which knows what else it is
/// good for.
fn is_let_in<Q, M, S>(door: &GraphqlDoor<Q, M, S>, viewer: Option<&Viewer>) -> bool {
    door.verifier.is_issuer() || viewer.is_none_or(|viewer| viewer.has_scope("read"))
}

fn not_read() -> Error {
    Error::forbidden("the token does not have the scope `read`; a second factor must be enrolled first")
}

fn may_only_read(viewer: Option<&Viewer>) -> bool {
    viewer.is_some_and(|viewer| viewer.has_scope("read") && !viewer.has_scope("write"))
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

fn refuse(message: &str) -> Response {
    let error =
        serde_json::json!({ "message": message, "extensions": { "code": ErrorCode::Unauthenticated.as_str() } });
    (StatusCode::UNAUTHORIZED, Json(serde_json::json!({ "errors": [error] }))).into_response()
}

fn refuse_token(error: &TokenError) -> Response {
    match error {
        TokenError::Invalid => refuse(&error.to_string()),
        TokenError::KeysUnavailable(error) => {
            tracing::error!(%error, "a token could not be checked");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
