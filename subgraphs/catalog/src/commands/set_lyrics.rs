//! Gives a track its lyrics.

use polyphony_events::TrackId;

use super::{Outcome, managed_track};
use crate::{
    app::App,
    domain::{BaseVersion, Lyrics, Manager, Refusal, Track},
    store::{
        self,
        tx::{Tx, Writer},
    },
};

/// Gives a track lyrics, or takes them away.
pub async fn set_lyrics(
    app: &App,
    manager: Manager,
    (id, base): (TrackId, BaseVersion),
    lyrics: Option<Lyrics>,
) -> Outcome<Track> {
    let mut tx = app.store.begin().await?;
    let track = managed_track(manager, store::track::lock(&mut tx, id).await?)?;
    base.check(track.version)?;
    keep(app, tx, track, lyrics.as_ref()).await
}

/// Moves the lyrics of a track in time: by so many milliseconds they are sung earlier, or later when it is negative, than
/// their text says.
pub async fn set_lyrics_offset(
    app: &App,
    manager: Manager,
    (id, base): (TrackId, BaseVersion),
    offset_ms: i32,
) -> Outcome<Track> {
    let mut tx = app.store.begin().await?;
    let track = managed_track(manager, store::track::lock(&mut tx, id).await?)?;
    base.check(track.version)?;
    let lyrics = store::lyrics::get(&mut tx, id).await?.ok_or(Refusal::NotFound("the track has no lyrics"))?;
    keep(app, tx, track, Some(&lyrics.moved(offset_ms)?)).await
}

/// Writes the lyrics under the next version of their track. No event tells of it: lyrics are read here and nowhere else.
async fn keep(app: &App, mut tx: Tx, track: Track, lyrics: Option<&Lyrics>) -> Outcome<Track> {
    if store::lyrics::get(&mut tx, track.id).await?.as_ref() == lyrics {
        return Ok(track);
    }
    store::lyrics::set(&mut tx, track.id, lyrics).await?;
    store::track::touch(&mut tx, &[track.id], app.clock.now()).await?;
    tx.note([track.id]);
    tx.commit().await?;
    Ok(Track { version: track.version + 1, ..track })
}
