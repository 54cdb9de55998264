//! What playlists hears: catalog's tracks, for how long they play and whether they still exist.

mod track_changed;
mod track_deleted;

use polyphony_events::catalog::{self, TrackChanged, TrackDeleted};
use polyphony_kit::{
    Envelope, Event,
    consumer::{Effect, Handler},
};
use sqlx::PgConnection;

/// The consumer group of this service.
pub const GROUP: &str = "playlists";
/// What it hears.
pub const TOPICS: &[&str] = &[catalog::TOPIC];

/// Turns the events that it knows into their effects.
pub struct Heard;

impl Handler for Heard {
    fn handle<'a>(&'a self, tx: &'a mut PgConnection, event: &'a Envelope) -> Effect<'a> {
        Box::pin(async move {
            match event.kind.as_str() {
                TrackChanged::TYPE => track_changed::apply(tx, &event.decode()?).await,
                TrackDeleted::TYPE => track_deleted::apply(tx, &event.decode()?).await,
                _ => Ok(()),
            }
        })
    }
}
