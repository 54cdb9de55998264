//! What commands and resolvers work with, and the routes that lead to them.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::TimeDelta;
use polyphony_kit::{
    Clock,
    auth::ROUTER_SECRET_HEADER,
    idempotency,
    seal::Sealer,
    server::{self, GraphqlDoor},
};
use polyphony_revocations::{KEPT_FOR, Publisher};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    commands,
    domain::{AvatarHosts, RegistrationMode, SecondFactorPolicy, Server},
    graphql,
    keyring::Keyring,
    oidc::Providers,
    passwords::Passwords,
    store::Store,
    webauthn::RelyingParty,
};

/// How long others may keep the published keys.
const JWKS_CACHE: &str = "public, max-age=60";
/// How often what is newly revoked is copied.
const PUBLISH_INTERVAL: Duration = Duration::from_millis(500);
/// A transaction that revokes is committed within this time.
const LATE_COMMIT: Duration = Duration::from_secs(30);
/// How often (in rounds) all that still matters is copied.
const FULL_PUBLISH_ROUNDS: u32 = 60;
/// How often what is over is deleted.
const PRUNE_INTERVAL: Duration = Duration::from_hours(1);
/// The pause before the next round when one was not enough.
const PRUNE_BACKLOG_INTERVAL: Duration = Duration::from_mins(1);

/// The parts of a running accounts service.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// Tells the time.
    pub clock: Clock,
    /// Signs access tokens.
    pub keyring: Keyring,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Where else people sign in.
    pub providers: Providers,
    /// From where pictures of people may come.
    pub avatar_hosts: AvatarHosts,
    /// How long a session may last, however much it is used.
    pub session_life: TimeDelta,
    /// Seals the tokens that are sent by mail, for the notifier.
    pub sealer: Sealer,
    /// Who may make an account.
    pub registration: RegistrationMode,
    /// What clients are told of the server.
    pub server: Server,
    /// Who must have a second factor.
    pub second_factor: SecondFactorPolicy,
    /// What passkeys are made for.
    pub webauthn: RelyingParty,
}

/// The GraphQL doors, for the router only, and the published keys, for everybody.
pub fn routes(app: &App) -> Router {
    let store = app.store.clone();
    let door = GraphqlDoor {
        schema: graphql::schema(Some(app.clone())),
        verifier: app.keyring.verifier(),
        per_request: Arc::new(move |data, _| data.insert(graphql::loaders(&store))),
    };
    let others = Router::new()
        .route("/.well-known/jwks.json", get(published_keys))
        .route("/internal/api-key", post(exchange))
        .with_state(app.clone());
    server::graphql(door).merge(others)
}

async fn published_keys(State(app): State<App>) -> impl IntoResponse {
    ([(CACHE_CONTROL, JWKS_CACHE)], Json(app.keyring.published()))
}

/// Trades the API key in the body for a token; for the router only.
async fn exchange(State(app): State<App>, headers: HeaderMap, key: String) -> Response {
    let secret = headers.get(ROUTER_SECRET_HEADER).and_then(|value| value.to_str().ok());
    if !app.keyring.verifier().is_router(secret) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match commands::exchange_api_key(&app, &key).await {
        Ok(Some(token)) => Json(json!({ "token": token.token })).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(?error, "an API key could not be exchanged");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Copies what is revoked from the database, where it is written with its cause, to where the router and the subgraphs read it,
/// until `stop`. Nothing is lost by a crash, of this process or of Redis: all that still matters is copied again now and then.
pub async fn publish_revocations(app: App, publisher: Publisher, stop: CancellationToken) {
    let revoked = app.keyring.verifier().revoked();
    let mut round = 0_u32;
    while !stop.is_cancelled() {
        let everything = round.is_multiple_of(FULL_PUBLISH_ROUNDS);
        let reach = if everything { KEPT_FOR } else { LATE_COMMIT };
        let since = app.clock.now() - TimeDelta::from_std(reach).unwrap_or_default();
        let copied = async {
            let revocations = app.store.revocations_since(since).await?;
            revocations.iter().cloned().for_each(|revocation| revoked.add(revocation));
            publisher.publish(&revocations).await?;
            anyhow::Ok(())
        };
        round = match copied.await {
            Ok(()) => round.wrapping_add(1),
            Err(error) => {
                tracing::warn!(error = format!("{error:#}"), "revocations cannot be published");
                0
            }
        };
        tokio::select! { () = tokio::time::sleep(PUBLISH_INTERVAL) => {} () = stop.cancelled() => {} }
    }
}

/// Deletes what is over, until `stop`.
pub async fn prune(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let round = app.store.prune(app.clock.now()).await;
        if let Err(error) = idempotency::prune(app.store.pool(), &app.clock).await {
            tracing::warn!(%error, "idempotency keys were not pruned");
        }
        for pruned in &round {
            metrics::counter!("rows_pruned_total", "table" => pruned.table).increment(pruned.rows);
            if let Some(error) = &pruned.error {
                tracing::warn!(table = pruned.table, %error, "rows that are over were not deleted");
            }
        }
        let interval = if round.iter().any(|pruned| pruned.has_more) { PRUNE_BACKLOG_INTERVAL } else { PRUNE_INTERVAL };
        tokio::select! { () = tokio::time::sleep(interval) => {} () = stop.cancelled() => {} }
    }
}
