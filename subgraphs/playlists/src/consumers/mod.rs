//! What playlists hears: catalog's tracks, for rules and for how long they play, and what of catalog is gone; plays, for
//! history; what people chose, that an account is gone, and that somebody wants all that is kept about them.

mod data_export_requested;
mod track_changed;
mod track_deleted;
mod track_played;
mod user_deleted;
mod user_preferences_changed;

use std::{future::Future, pin::Pin};

use polyphony_events::{
    accounts::{self, DataExportRequested, UserDeleted, UserPreferencesChanged},
    catalog::{self, AlbumChanged, AlbumDeleted, ArtistChanged, ArtistDeleted, TrackChanged, TrackDeleted},
    media::{self, TrackPlayed},
};
use polyphony_kit::{
    Envelope, Event,
    consumer::{Effect, Handler},
};
use sqlx::PgConnection;

use crate::{
    app::{App, Topic},
    commands::sweep_gone::note_gone,
    store::{gone, track},
};

/// The consumer group of this service.
pub const GROUP: &str = "playlists";
/// What it hears.
pub const TOPICS: &[&str] = &[accounts::TOPIC, catalog::TOPIC, media::TOPIC];

/// Turns the events that it knows into their effects.
pub struct Heard(pub App);

impl Handler for Heard {
    fn handle<'a>(&'a self, tx: &'a mut PgConnection, event: &'a Envelope) -> Effect<'a> {
        Box::pin(async move {
            match event.kind.as_str() {
                TrackChanged::TYPE => track_changed::apply(tx, event, event.decode()?).await,
                TrackDeleted::TYPE => track_deleted::apply(tx, &self.0, &event.decode()?).await,
                AlbumDeleted::TYPE => {
                    let gone: AlbumDeleted = event.decode()?;
                    let into = gone.merged_into.map(|id| id.0);
                    note_gone(tx, &self.0, (gone.album_id.0, gone.version), into).await
                }
                ArtistDeleted::TYPE => {
                    let gone: ArtistDeleted = event.decode()?;
                    let into = gone.merged_into.map(|id| id.0);
                    note_gone(tx, &self.0, (gone.artist_id.0, gone.version), into).await
                }
                // One that was merged is there again when that was taken back.
                AlbumChanged::TYPE => {
                    let album: AlbumChanged = event.decode()?;
                    Ok(gone::forget(tx, (album.album_id.0, album.version), self.0.clock.now()).await?)
                }
                ArtistChanged::TYPE => {
                    let artist: ArtistChanged = event.decode()?;
                    Ok(gone::forget(tx, (artist.artist_id.0, artist.version), self.0.clock.now()).await?)
                }
                UserPreferencesChanged::TYPE => user_preferences_changed::apply(tx, &event.decode()?).await,
                TrackPlayed::TYPE => track_played::apply(tx, &self.0.clock, &event.decode()?).await,
                DataExportRequested::TYPE => data_export_requested::apply(tx, &self.0.clock, &event.decode()?).await,
                UserDeleted::TYPE => user_deleted::apply(tx, &self.0, &event.decode()?).await,
                _ => Ok(()),
            }
        })
    }

    fn committed<'a>(&'a self, event: &'a Envelope) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            if [TrackChanged::TYPE, TrackDeleted::TYPE].contains(&event.kind.as_str())
                && let Err(error) = track::note_change(&self.0.store.pool).await
            {
                tracing::warn!(%error, "what rules chose is kept a little too long");
            }
            // Whoever watches this library, or a smart playlist of its owner, looks again.
            if event.kind == TrackPlayed::TYPE
                && let Ok(played) = event.decode::<TrackPlayed>()
            {
                self.0.tell(Topic::Library(played.user_id));
            }
        })
    }
}
