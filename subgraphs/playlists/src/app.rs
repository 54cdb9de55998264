//! What every request and consumer works with, and the GraphQL door.

use std::{sync::Arc, time::Duration};

use axum::Router;
use chrono::TimeDelta;
use polyphony_events::PlaylistId;
use polyphony_kit::{
    Clock, UserId,
    auth::Verifier,
    server::{self, GraphqlDoor},
    signals::Signals,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    commands::sweep_gone::sweep_gone,
    domain::change,
    graphql,
    store::{Store, smart_cache::CHANGES_KEPT},
};

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
    /// How much one person may keep.
    pub limits: Limits,
}

/// How much one person may keep, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Playlists that they own.
    pub playlists: i64,
    /// Entries of each list of their library.
    pub library_entries: i64,
    /// How long plays stay in their history; what they add up to stays.
    pub history: TimeDelta,
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
    pub fn tell(&self, topic: Topic) {
        self.signals.send(&topic.name());
    }

    /// Listens for something new.
    pub fn listen(&self, topic: Topic) -> watch::Receiver<u64> {
        self.signals.listen(&topic.name())
    }

    /// Takes what catalog has deleted from libraries that have it still, until `stop`; most go with the event of the end.
    pub async fn sweep_gone(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = sweep_gone(&self).await {
                tracing::warn!(error = format!("{error:#}"), "what is gone stays in libraries");
            }
            tokio::select! { () = tokio::time::sleep(FORGET_EVERY) => {} () = stop.cancelled() => {} }
        }
    }

    /// Forgets changes that are too old to be told, and plays that are too old for histories, until `stop`.
    pub async fn forget_changes(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.store.forget_plays(self.clock.now() - self.limits.history).await {
                tracing::warn!(%error, "old plays were not forgotten");
            }
            if let Err(error) = self.store.forget_rule_changes(self.clock.now() - CHANGES_KEPT).await {
                tracing::warn!(%error, "old changes of tracks were not forgotten");
            }
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
