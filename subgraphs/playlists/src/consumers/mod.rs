//! What playlists hears: catalog's tracks, for rules and for how long they play; plays, for history; that an account is
//! gone, and that somebody wants all that is kept about them.

mod data_export_requested;
mod track_changed;
mod track_deleted;
mod track_played;
mod user_deleted;

use std::{future::Future, pin::Pin};

use polyphony_events::{
    accounts::{self, DataExportRequested, UserDeleted},
    catalog::{self, TrackChanged, TrackDeleted},
    media::{self, TrackPlayed},
};
use polyphony_kit::{
    Envelope, Event,
    consumer::{Effect, Handler},
};
use sqlx::PgConnection;

use crate::app::{App, Topic};

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
                TrackDeleted::TYPE => track_deleted::apply(tx, &event.decode()?).await,
                TrackPlayed::TYPE => track_played::apply(tx, &self.0.clock, &event.decode()?).await,
                DataExportRequested::TYPE => data_export_requested::apply(tx, &self.0.clock, &event.decode()?).await,
                UserDeleted::TYPE => user_deleted::apply(tx, &self.0, &event.decode()?).await,
                _ => Ok(()),
            }
        })
    }

    fn committed<'a>(&'a self, event: &'a Envelope) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            // Whoever watches this library, or a smart playlist of its owner, looks again.
            if event.kind == TrackPlayed::TYPE
                && let Ok(played) = event.decode::<TrackPlayed>()
            {
                self.0.tell(Topic::Library(played.user_id)).await;
            }
        })
    }
}
