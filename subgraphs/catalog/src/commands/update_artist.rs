//! Changes an artist.

use polyphony_events::ArtistId;

use super::{Outcome, announce, create_artist::MUSICBRAINZ_ID_TAKEN, editable_artist, taken};
use crate::{
    app::App,
    domain::{Artist, ArtistDraft, BaseVersion, Manager, Refusal},
    store,
};

/// Changes an artist. A new name changes what its albums and tracks say of themselves.
pub async fn update_artist(
    app: &App,
    manager: Manager,
    (id, base): (ArtistId, BaseVersion),
    draft: ArtistDraft,
) -> Outcome<Artist> {
    let mut tx = app.store.begin().await?;
    let artist = editable_artist(&mut tx, manager, id).await?;
    base.check(artist.version)?;
    let revised = artist.revised(draft.checked().map_err(Refusal::from)?);
    if revised == artist {
        return Ok(artist);
    }
    let now = app.clock.now();
    store::artist::update(&mut tx, &revised, now).await.map_err(|error| taken(error, MUSICBRAINZ_ID_TAKEN))?;
    announce::artist_changed(&mut tx, &app.clock, id).await?;
    if revised.name != artist.name {
        let albums = store::album::touch_of_artist(&mut tx, id, now).await?;
        let tracks = store::track::touch_of_artist(&mut tx, id, now).await?;
        announce::albums_changed(&mut tx, &app.clock, &albums).await?;
        announce::tracks_changed(&mut tx, &app.clock, &tracks).await?;
    }
    tx.commit().await?;
    Ok(Artist { version: artist.version + 1, ..revised })
}
