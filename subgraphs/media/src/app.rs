//! What commands, resolvers and consumers share, and the GraphQL door.

use std::sync::Arc;

use axum::Router;
use polyphony_events::{JobId, UploadId};
use polyphony_kit::{
    Clock,
    auth::Verifier,
    blobs::Blobs,
    server::{self, GraphqlDoor},
    signals::Signals,
};

use crate::{
    domain::{listening_session::Code, signature::Signer, upload::Quota},
    graphql,
    live::Live,
    store::Store,
};

/// Everything that the service works with.
#[derive(Clone)]
pub struct App {
    /// PostgreSQL.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// The object store.
    pub blobs: Blobs,
    /// Wakes live subscribers.
    pub signals: Signals,
    /// Live playback.
    pub live: Live,
    /// Signs playback URLs.
    pub signer: Signer,
    /// What the operator chose.
    pub settings: Arc<Settings>,
}

/// What the operator chose.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Base of our own URLs as clients see them, without a slash at its end.
    pub public_url: String,
    /// Base of the links that people open in a browser, without a slash at its end.
    pub web_url: String,
    /// How much one person may upload.
    pub quota: Quota,
}

impl Settings {
    /// Where the cover of an upload is served.
    pub fn cover_url(&self, upload: UploadId) -> String {
        format!("{}/v1/covers/{upload}.jpg", self.public_url)
    }
}

impl Settings {
    /// The link that joins the session with this code.
    pub fn join_url(&self, code: &Code) -> String {
        format!("{}/join/{}", self.web_url, code.shown())
    }
}

impl App {
    /// Tells those who watch an upload or its job to look again.
    pub async fn upload_changed(&self, upload: UploadId, job: Option<JobId>) {
        self.signals.send(&upload.to_string()).await;
        if let Some(job) = job {
            self.signals.send(&job.to_string()).await;
        }
    }
}

/// `/graphql` and `/graphql/ws`.
pub fn routes(app: &App, verifier: Verifier) -> Router {
    let store = app.store.clone();
    server::graphql(GraphqlDoor {
        schema: graphql::schema(Some(app.clone())),
        verifier,
        per_request: Arc::new(move |data, viewer| {
            data.insert(graphql::loaders(&store, viewer));
        }),
    })
}
