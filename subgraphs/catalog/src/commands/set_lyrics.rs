//! Gives a track its lyrics.

use polyphony_events::TrackId;

use super::{Outcome, managed_track};
use crate::{
    app::App,
    domain::{Lyrics, Manager, Refusal, Track},
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

/// Moves the lyrics of a track in time: by so many milliseconds they are sung earlier, or later when it is negative, than
/// their text says.
pub async fn set_lyrics_offset(app: &App, manager: Manager, id: TrackId, offset_ms: i32) -> Outcome<Track> {
    let mut tx = app.store.begin().await?;
    let track = managed_track(manager, store::track::lock(&mut tx, id).await?)?;
    let lyrics = store::lyrics::get(&mut tx, id).await?.ok_or(Refusal::NotFound("the track has no lyrics"))?;
    store::lyrics::set(&mut tx, id, Some(&lyrics.moved(offset_ms)?)).await?;
    tx.commit().await?;
    Ok(track)
}
