//! Changes an album.

use polyphony_events::AlbumId;

use super::{Outcome, announce, create_album::AlbumCredits, existing_artists, managed_album};
use crate::{
    app::App,
    domain::{Album, AlbumDraft, BaseVersion, Manager, Refusal},
    store,
};

/// Changes an album. A new title or date changes what its tracks say of themselves.
pub async fn update_album(
    app: &App,
    manager: Manager,
    (id, base): (AlbumId, BaseVersion),
    (draft, credits): (AlbumDraft, AlbumCredits),
) -> Outcome<Album> {
    let mut tx = app.store.begin().await?;
    let artists = existing_artists(&mut tx, &credits.artists).await?;
    let album = store::album::lock(&mut tx, id).await?.ok_or(Refusal::NotFound("there is no such album"))?;
    let album = managed_album(manager, album)?;
    base.check(album.version)?;
    let revised = album.revised(draft.checked().map_err(Refusal::from)?);
    let mut is_changed = revised != album;
    is_changed |= store::album::set_artists(&mut tx, id, &artists).await?;
    // Whose album it is has been said, so no further file guesses.
    store::lead::set_guessed(&mut tx, id, false).await?;
    if let Some(genres) = &credits.genres {
        is_changed |= store::album::set_genres(&mut tx, id, genres).await?;
    }
    if !is_changed {
        tx.commit().await?;
        return Ok(album);
    }
    let now = app.clock.now();
    store::album::update(&mut tx, &revised, now).await?;
    announce::albums_changed(&mut tx, &app.clock, &[id]).await?;
    if (&revised.title, &revised.released_on) != (&album.title, &album.released_on) {
        let tracks = store::track::touch_of_album(&mut tx, id, now).await?;
        announce::tracks_changed(&mut tx, &app.clock, &tracks).await?;
    }
    tx.commit().await?;
    Ok(Album { version: album.version + 1, ..revised })
}
