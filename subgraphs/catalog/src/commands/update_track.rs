//! Changes a track.

use polyphony_events::TrackId;

use super::{Outcome, announce, create_track::TrackCredits, existing_artists, managed_track, own_album, taken};
use crate::{
    app::App,
    domain::{Change, Manager, Track, TrackDraft},
    store::{self, track::UPLOAD_TAKEN},
};

/// Changes a track.
pub async fn update_track(
    app: &App,
    manager: Manager,
    id: TrackId,
    (draft, credits): (TrackDraft, TrackCredits),
) -> Outcome<Track> {
    let draft = draft.checked()?;
    let mut tx = app.store.begin().await?;
    let artists = existing_artists(&mut tx, &credits.artists).await?;
    if let Change::To(Some(album)) = draft.album_id {
        own_album(&mut tx, manager, album).await?;
    }
    let track = managed_track(manager, store::track::lock(&mut tx, id).await?)?;
    let revised = track.revised(draft);
    let mut is_changed = revised != track;
    is_changed |= store::track::set_artists(&mut tx, id, &artists).await?;
    if let Some(genres) = &credits.genres {
        is_changed |= store::track::set_genres(&mut tx, id, genres).await?;
    }
    if !is_changed {
        return Ok(track);
    }
    let updated = store::track::update(&mut tx, &revised, app.clock.now()).await;
    updated.map_err(|error| taken(error, UPLOAD_TAKEN))?;
    announce::tracks_changed(&mut tx, &app.clock, &[id]).await?;
    tx.commit().await?;
    Ok(revised)
}
