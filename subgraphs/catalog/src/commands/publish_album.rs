//! Publishes an album.

use polyphony_events::AlbumId;

use super::{Outcome, announce, managed_album};
use crate::{
    app::App,
    domain::{Album, BaseVersion, Manager, PublicationStatus, Refusal},
    store,
};

/// Publishes an album with its tracks; also one that was withdrawn. Tracks that were withdrawn by themselves stay so.
pub async fn publish_album(app: &App, manager: Manager, (id, base): (AlbumId, BaseVersion)) -> Outcome<Album> {
    let mut tx = app.store.begin().await?;
    let album = store::album::lock(&mut tx, id).await?.ok_or(Refusal::NotFound("there is no such album"))?;
    let album = managed_album(manager, album)?;
    base.check(album.version)?;
    album.check_publishable(store::album::track_count(&mut tx, id).await?)?;
    let now = app.clock.now();
    let published = Album { status: PublicationStatus::Published, ..album };
    store::album::update(&mut tx, &published, now).await?;
    let tracks = store::album::set_track_status(&mut tx, id, PublicationStatus::Published, now).await?;
    announce::album_published(&mut tx, &app.clock, id, announce::Origin::Made).await?;
    announce::tracks_published(&mut tx, &app.clock, &tracks).await?;
    // Tracks that were public before have not told of a draft.
    let others = store::edit::places(&mut tx, &[id]).await?.into_iter().map(|(track, _)| track);
    let others: Vec<_> = others.filter(|track| !tracks.contains(track)).collect();
    let others = store::track::touch(&mut tx, &others, now).await?;
    announce::tracks_changed(&mut tx, &app.clock, &others).await?;
    tx.commit().await?;
    Ok(Album { version: published.version + 1, ..published })
}
