//! Withdraws an album.

use polyphony_events::AlbumId;

use super::{Outcome, announce, managed_album};
use crate::{
    app::App,
    domain::{Album, BaseVersion, Manager, PublicationStatus, Refusal},
    store,
};

/// Withdraws an album with its tracks: it keeps its place in people's lists, is not found any more, and plays for nobody.
pub async fn withdraw_album(app: &App, manager: Manager, (id, base): (AlbumId, BaseVersion)) -> Outcome<Album> {
    let mut tx = app.store.begin().await?;
    let album = store::album::lock(&mut tx, id).await?.ok_or(Refusal::NotFound("there is no such album"))?;
    let album = managed_album(manager, album)?;
    base.check(album.version)?;
    match album.status {
        PublicationStatus::Withdrawn => return Ok(album),
        PublicationStatus::Draft => return Err(Refusal::Conflict("id", "the album is not published").into()),
        PublicationStatus::Published => {}
    }
    let now = app.clock.now();
    let withdrawn = Album { status: PublicationStatus::Withdrawn, ..album };
    store::album::update(&mut tx, &withdrawn, now).await?;
    let tracks = store::album::set_track_status(&mut tx, id, PublicationStatus::Withdrawn, now).await?;
    announce::albums_changed(&mut tx, &app.clock, &[id]).await?;
    announce::tracks_changed(&mut tx, &app.clock, &tracks).await?;
    tx.commit().await?;
    Ok(Album { version: withdrawn.version + 1, ..withdrawn })
}
