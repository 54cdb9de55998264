//! What commands, resolvers and consumers share, and the GraphQL door.

use std::sync::Arc;

use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{JobId, UploadId, UserId, ids::ImageId};
use polyphony_kit::{
    Clock,
    auth::Verifier,
    blobs::Blobs,
    server::{self, GraphqlDoor},
    signals::Signals,
};

use crate::{
    commands::want_renditions::Waiters,
    domain::{image, library_folder::LibraryFolders, listening_session::Code, signature::Signer, upload::Quota},
    graphql,
    live::{Live, devices_signal, uploads_signal},
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
    /// Who waits for what is being made.
    pub waiters: Waiters,
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
    /// How long an upload that no track keeps waits in its owner's trash.
    pub trash_retention: TimeDelta,
    /// The folders on the server whose music is there without being uploaded.
    pub library_folders: LibraryFolders,
}

impl Settings {
    /// Where a picture is served, in its usual size.
    pub fn image_url(&self, id: ImageId) -> String {
        format!("{}{}", self.public_url, image::path(id))
    }

    /// The link that joins the session with this code.
    pub fn join_url(&self, code: &Code) -> String {
        format!("{}/join/{}", self.web_url, code.shown())
    }
}

impl App {
    /// Where somebody gets the file of an upload that lies in a folder on the server.
    pub fn original_url(&self, viewer: UserId, upload: UploadId, expires_at: DateTime<Utc>) -> String {
        let ticket = self.signer.issue_original(viewer, upload, expires_at);
        format!("{}/v1/originals/{upload}?{}", self.settings.public_url, ticket.query())
    }

    /// Tells those who watch a person's devices to look again.
    pub fn devices_changed(&self, user: UserId) {
        self.signals.send(&devices_signal(user));
    }

    /// Tells those who watch an upload, its job, or all uploads of its owner to look again.
    pub fn upload_changed(&self, owner: UserId, upload: UploadId, job: Option<JobId>) {
        self.signals.send(&uploads_signal(owner));
        self.signals.send(&upload.to_string());
        if let Some(job) = job {
            self.signals.send(&job.to_string());
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
