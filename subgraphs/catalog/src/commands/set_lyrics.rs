//! Gives a track its lyrics.

use polyphony_events::TrackId;

use super::{Outcome, managed_track};
use crate::{
    app::App,
    domain::{Lyrics, Manager, Track},
    store,
};

/// Gives a track lyrics, or takes them away. No event tells of it: lyrics are read here and nowhere else.
pub async fn set_lyrics(app: &App, manager: Manager, id: TrackId, lyrics: Option<Lyrics>) -> Outcome<Track> {
    let mut tx = app.store.begin().await?;
    let track = managed_track(manager, store::track::lock(&mut tx, id).await?)?;
    store::lyrics::set(&mut tx, id, lyrics.as_ref()).await?;
    tx.commit().await?;
    Ok(track)
}
