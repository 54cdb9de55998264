//! What the catalog hears: uploads and plays of media, its own changes and those of playlists for search, what people
//! like and put into playlists, and what accounts tell of people.

mod documents;
mod media_ready;
mod playlist_deleted;
mod playlist_items_added;
mod track_played;
mod tracks_liked;
mod user_deleted;
mod user_preferences_changed;
mod user_role_changed;

use std::{future::Future, pin::Pin, sync::Arc};

use polyphony_events::{
    accounts::{self, UserDeleted, UserPreferencesChanged, UserRoleChanged},
    catalog::{self, AlbumChanged, AlbumDeleted, ArtistChanged, ArtistDeleted, TrackChanged, TrackDeleted},
    media::{self, MediaReady, TrackPlayed},
    playlists::{self, PlaylistChanged, PlaylistDeleted, PlaylistItemsAdded, TracksLiked},
};
use polyphony_kit::{
    Clock, Envelope, Event,
    consumer::{Effect, Handler},
};
use sqlx::PgConnection;
use tokio::sync::Notify;

use crate::domain::{Document, Kind};

/// The consumer group of the catalog.
pub const GROUP: &str = "catalog";
/// What it hears.
pub const TOPICS: &[&str] = &[media::TOPIC, catalog::TOPIC, playlists::TOPIC, accounts::TOPIC];

/// Turns events into effects on the catalog.
pub struct Consumers {
    /// The time of what is made.
    pub clock: Clock,
    /// Told when a document may have changed.
    pub documents_changed: Arc<Notify>,
}

impl Handler for Consumers {
    fn handle<'a>(&'a self, tx: &'a mut PgConnection, event: &'a Envelope) -> Effect<'a> {
        Box::pin(async move {
            match event.kind.as_str() {
                MediaReady::TYPE => media_ready::handle(tx, &self.clock, &event.decode()?).await,
                TrackPlayed::TYPE => track_played::handle(tx, &self.clock, &event.decode()?).await,
                TracksLiked::TYPE => tracks_liked::handle(tx, &self.clock, &event.decode()?).await,
                PlaylistItemsAdded::TYPE => playlist_items_added::handle(tx, &self.clock, &event.decode()?).await,
                PlaylistDeleted::TYPE => playlist_deleted::handle(tx, &event.decode()?).await,
                UserPreferencesChanged::TYPE => user_preferences_changed::handle(tx, &event.decode()?).await,
                UserDeleted::TYPE => user_deleted::handle(tx, &self.clock, &event.decode()?).await,
                UserRoleChanged::TYPE => user_role_changed::handle(tx, &event.decode()?).await,
                _ => match document(event)? {
                    Some(document) => documents::handle(tx, &document).await,
                    None => Ok(()),
                },
            }
        })
    }

    fn committed<'a>(&'a self, _event: &'a Envelope) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.documents_changed.notify_one();
        Box::pin(async {})
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
