//! What every request and consumer works with, and the GraphQL door.

use std::{sync::Arc, time::Duration};

use axum::Router;
use polyphony_events::PlaylistId;
use polyphony_kit::{
    Clock, UserId,
    auth::Verifier,
    server::{self, GraphqlDoor},
    signals::Signals,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{domain::change, graphql, store::Store};

/// A change that waits longer than this to be told does not wait: subscribers look by themselves now and then.
const SIGNAL_TIMEOUT: Duration = Duration::from_millis(500);
/// How often changes that are too old to be told are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(30);

/// The service, ready to work.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// Tells the time.
    pub clock: Clock,
    /// Tells live subscribers to look again.
    pub signals: Signals,
}

/// What live subscribers watch.
#[derive(Clone, Copy, Debug)]
pub enum Topic {
    /// A playlist with its entries.
    Playlist(PlaylistId),
    /// Somebody's library.
    Library(UserId),
}

impl Topic {
    fn name(self) -> String {
        match self {
            Self::Playlist(id) => id.to_string(),
            Self::Library(user) => format!("library:{user}"),
        }
    }
}

impl App {
    /// Tells subscribers, after the commit, that there is something new.
    pub async fn tell(&self, topic: Topic) {
        if tokio::time::timeout(SIGNAL_TIMEOUT, self.signals.send(&topic.name())).await.is_err() {
            tracing::warn!(topic = topic.name(), "a signal took too long");
        }
    }

    /// Listens for something new.
    pub fn listen(&self, topic: Topic) -> watch::Receiver<u64> {
        self.signals.listen(&topic.name())
    }

    /// Forgets changes that are too old to be told, until `stop`.
    pub async fn forget_changes(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let is_more = match self.store.forget_changes(self.clock.now() - change::KEPT).await {
                Ok(is_more) => is_more,
                Err(error) => {
                    tracing::warn!(%error, "old changes were not forgotten");
                    false
                }
            };
            if !is_more {
                tokio::select! { () = tokio::time::sleep(FORGET_EVERY) => {} () = stop.cancelled() => {} }
            }
        }
    }
}

/// `/graphql` and `/graphql/ws`.
pub fn routes(app: &App, verifier: Verifier) -> Router {
    let reading = app.clone();
    server::graphql(GraphqlDoor {
        schema: graphql::schema(Some(app.clone())),
        verifier,
        per_request: Arc::new(move |data, viewer| {
            data.insert(graphql::loader(&reading, viewer));
            data.insert(graphql::playlist_file::Exports::default());
        }),
    })
}
