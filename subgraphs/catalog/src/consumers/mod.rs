//! What the catalog hears: uploads and plays of media, its own changes and those of playlists for search, what people
//! like and put into playlists, and what accounts tell of people. What changes by that leaves the cache.

mod documents;
mod history_cleared;
mod library_data_exported;
mod media_ready;
mod playlist_deleted;
mod playlist_items_added;
mod track_played;
mod tracks_liked;
mod user_deleted;
mod user_preferences_changed;
mod user_role_changed;

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use polyphony_events::{
    AlbumId, ArtistId, TrackId,
    accounts::{self, UserDeleted, UserPreferencesChanged, UserRoleChanged},
    catalog::{self, AlbumChanged, AlbumDeleted, ArtistChanged, ArtistDeleted, TrackChanged, TrackDeleted},
    media::{self, MediaReady, TrackPlayed},
    playlists::{
        self, HistoryCleared, LibraryDataExported, PlaylistChanged, PlaylistDeleted, PlaylistItemsAdded, TracksLiked,
    },
};
use polyphony_kit::{
    Clock, Envelope, Event,
    cache::{Cache, Name},
    consumer::{Effect, Handler},
};
use sqlx::PgConnection;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    domain::{Document, Kind},
    store::tx::{Entity, Lent},
};

/// The consumer group of the catalog.
pub const GROUP: &str = "catalog";
/// What it hears.
pub const TOPICS: &[&str] = &[media::TOPIC, catalog::TOPIC, playlists::TOPIC, accounts::TOPIC];
/// So many effects may wait for their commit. More are no loss: what they changed leaves the cache by its own events.
const MAX_UNCOMMITTED: usize = 1_000;

/// Turns events into effects on the catalog.
pub struct Consumers {
    clock: Clock,
    cache: Cache,
    documents_changed: Arc<Notify>,
    /// What the effects of events have changed and the cache is to drop when they are committed, by the event.
    uncommitted: Mutex<HashMap<Uuid, Vec<Name>>>,
}

impl Consumers {
    /// Effects at the time of `clock`. `documents_changed` is told when a document may have changed.
    pub fn new(clock: Clock, cache: Cache, documents_changed: Arc<Notify>) -> Self {
        Self { clock, cache, documents_changed, uncommitted: Mutex::default() }
    }

    async fn effect(&self, tx: &mut Lent<'_>, event: &Envelope) -> anyhow::Result<()> {
        match event.kind.as_str() {
            MediaReady::TYPE => media_ready::handle(tx, &self.clock, &event.decode()?).await,
            TrackPlayed::TYPE => track_played::handle(tx, &self.clock, &[event.decode()?]).await,
            TracksLiked::TYPE => tracks_liked::handle(tx, &self.clock, &event.decode()?).await,
            PlaylistItemsAdded::TYPE => playlist_items_added::handle(tx, &self.clock, &event.decode()?).await,
            PlaylistDeleted::TYPE => playlist_deleted::handle(tx, &event.decode()?).await,
            LibraryDataExported::TYPE => library_data_exported::handle(tx, &self.clock, event.decode()?).await,
            HistoryCleared::TYPE => history_cleared::handle(tx, &event.decode()?).await,
            UserPreferencesChanged::TYPE => user_preferences_changed::handle(tx, &event.decode()?).await,
            UserDeleted::TYPE => user_deleted::handle(tx, &self.clock, &event.decode()?).await,
            UserRoleChanged::TYPE => user_role_changed::handle(tx, &event.decode()?).await,
            _ => match document(event)? {
                Some(document) => documents::handle(tx, &document).await,
                None => Ok(()),
            },
        }
    }
}

impl Handler for Consumers {
    fn handle<'a>(&'a self, tx: &'a mut PgConnection, event: &'a Envelope) -> Effect<'a> {
        Box::pin(async move {
            let mut tx = Lent::new(tx);
            self.effect(&mut tx, event).await?;
            let changed = tx.into_changed();
            if !changed.is_empty() {
                let mut uncommitted = self.uncommitted.lock().unwrap_or_else(PoisonError::into_inner);
                if uncommitted.len() >= MAX_UNCOMMITTED {
                    uncommitted.clear();
                }
                uncommitted.insert(event.id, changed);
            }
            Ok(())
        })
    }

    fn batch(&self, event: &Envelope) -> Option<&'static str> {
        (event.kind == TrackPlayed::TYPE).then_some("plays")
    }

    fn handle_batch<'a>(&'a self, tx: &'a mut PgConnection, events: &'a [&'a Envelope]) -> Effect<'a> {
        Box::pin(async move {
            let plays = events.iter().map(|event| event.decode()).collect::<Result<Vec<TrackPlayed>, _>>()?;
            track_played::handle(tx, &self.clock, &plays).await
        })
    }

    fn committed<'a>(&'a self, event: &'a Envelope) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.documents_changed.notify_one();
        let by_effect = self.uncommitted.lock().unwrap_or_else(PoisonError::into_inner).remove(&event.id);
        let mut changed = by_effect.unwrap_or_default();
        changed.extend(changed_before(event).map(Name::from));
        Box::pin(async move {
            self.cache.forget(&changed).await;
        })
    }
}

/// What has changed by the time that the event is heard, in a process that may not have come to drop it.
fn changed_before(event: &Envelope) -> Option<Entity> {
    match event.kind.as_str() {
        ArtistChanged::TYPE | ArtistDeleted::TYPE => ArtistId::parse(&event.key).map(Entity::from),
        AlbumChanged::TYPE | AlbumDeleted::TYPE => AlbumId::parse(&event.key).map(Entity::from),
        TrackChanged::TYPE | TrackDeleted::TYPE => TrackId::parse(&event.key).map(Entity::from),
        // Its count has grown, of which no event tells. Those of artists and albums are shown nowhere by themselves.
        TrackPlayed::TYPE => event.decode::<TrackPlayed>().ok().map(|play| play.track_id.into()),
        _ => None,
    }
}

/// The document that the event makes, if it makes one.
fn document(event: &Envelope) -> anyhow::Result<Option<Document>> {
    Ok(Some(match event.kind.as_str() {
        ArtistChanged::TYPE => event.decode::<ArtistChanged>()?.into(),
        AlbumChanged::TYPE => event.decode::<AlbumChanged>()?.into(),
        TrackChanged::TYPE => event.decode::<TrackChanged>()?.into(),
        PlaylistChanged::TYPE => event.decode::<PlaylistChanged>()?.into(),
        ArtistDeleted::TYPE => {
            let gone: ArtistDeleted = event.decode()?;
            Document::gone(Kind::Artist, gone.artist_id.0, gone.version)
        }
        AlbumDeleted::TYPE => {
            let gone: AlbumDeleted = event.decode()?;
            Document::gone(Kind::Album, gone.album_id.0, gone.version)
        }
        TrackDeleted::TYPE => {
            let gone: TrackDeleted = event.decode()?;
            Document::gone(Kind::Track, gone.track_id.0, gone.version)
        }
        _ => return Ok(None),
    }))
}
