//! What commands and resolvers work with, and the routes that lead to them.

use std::{sync::Arc, time::Duration};

use axum::{Json, Router, extract::State, http::header::CACHE_CONTROL, response::IntoResponse, routing::get};
use polyphony_kit::{
    Clock,
    server::{self, GraphqlDoor},
};
use tokio_util::sync::CancellationToken;

use crate::{graphql, keyring::Keyring, passwords::Passwords, store::Store};

/// How long others may keep the published keys.
const JWKS_CACHE: &str = "public, max-age=60";
/// How often what is over is deleted.
const PRUNE_EVERY: Duration = Duration::from_hours(1);

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
}

/// The GraphQL doors, for the router only, and the published keys, for everybody.
pub fn routes(app: &App) -> Router {
    let store = app.store.clone();
    let door = GraphqlDoor {
        schema: graphql::schema(Some(app.clone())),
        verifier: app.keyring.verifier(),
        per_request: Arc::new(move |data, _| data.insert(graphql::loaders(&store))),
    };
    let keys = Router::new().route("/.well-known/jwks.json", get(published_keys)).with_state(app.keyring.clone());
    server::graphql(door).merge(keys)
}

async fn published_keys(State(keyring): State<Keyring>) -> impl IntoResponse {
    ([(CACHE_CONTROL, JWKS_CACHE)], Json(keyring.published()))
}

/// Deletes what is over, until `stop`.
pub async fn prune(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match app.store.prune(app.clock.now()).await {
            Ok(count) => tracing::debug!(count, "sessions and tokens that are over were deleted"),
            Err(error) => tracing::warn!(%error, "sessions that are over were not deleted"),
        }
        tokio::select! { () = tokio::time::sleep(PRUNE_EVERY) => {} () = stop.cancelled() => {} }
    }
}
