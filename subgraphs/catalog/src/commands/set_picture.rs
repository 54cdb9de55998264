//! Gives an album or an artist a picture of ours, or takes it away.

use polyphony_events::{AlbumId, ArtistId, ids::ImageId};

use super::{Outcome, announce, editable_artist, managed_album};
use crate::{
    app::App,
    domain::{Album, Artist, Manager, Refusal, picture},
    store,
};

/// Sets the cover of an album. Whether there is such a picture is media's to know: one that is not there shows as none.
pub async fn set_album_cover(app: &App, manager: Manager, id: AlbumId, image: Option<ImageId>) -> Outcome<Album> {
    let mut tx = app.store.begin().await?;
    let album = store::album::lock(&mut tx, id).await?.ok_or(Refusal::NotFound("there is no such album"))?;
    let album = managed_album(manager, album)?;
    let revised = Album { cover_url: image.map(picture::reference), ..album.clone() };
    if revised == album {
        return Ok(album);
    }
    store::album::update(&mut tx, &revised, app.clock.now()).await?;
    announce::albums_changed(&mut tx, &app.clock, &[id]).await?;
    tx.commit().await?;
    Ok(Album { version: album.version + 1, ..revised })
}

/// Sets the picture of an artist, as the cover of an album.
pub async fn set_artist_image(app: &App, manager: Manager, id: ArtistId, image: Option<ImageId>) -> Outcome<Artist> {
    let mut tx = app.store.begin().await?;
    let artist = editable_artist(&mut tx, manager, id).await?;
    let revised = Artist { image_url: image.map(picture::reference), ..artist.clone() };
    if revised == artist {
        return Ok(artist);
    }
    store::artist::update(&mut tx, &revised, app.clock.now()).await?;
    announce::artist_changed(&mut tx, &app.clock, id).await?;
    tx.commit().await?;
    Ok(Artist { version: artist.version + 1, ..revised })
}
