//! The catalog as resolvers and commands see it, and its GraphQL door.

use polyphony_kit::{
    Clock,
    auth::Verifier,
    server::{self, GraphqlDoor},
};

use crate::{domain::MediaBase, graphql, revisions::Revisions, search::SearchIndex, store::Store};

/// What resolvers and commands work with.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Where search looks.
    pub search: SearchIndex,
    /// Tells live subscribers that the catalog has changed.
    pub revisions: Revisions,
    /// Where media serves pictures.
    pub media: MediaBase,
}

/// `/graphql` and `/graphql/ws`, for the router alone.
pub fn routes(app: &App, verifier: Verifier) -> axum::Router {
    let schema = graphql::schema(Some(app.clone()));
    let per_request = graphql::per_request(app.store.clone(), app.clock.clone());
    server::graphql(GraphqlDoor { schema, verifier, per_request })
}
