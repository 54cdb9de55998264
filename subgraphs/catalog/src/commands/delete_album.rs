//! Deletes an album.

use polyphony_events::{AlbumId, catalog::AlbumDeleted};

use super::{Outcome, announce, managed_album};
use crate::{
    app::App,
    domain::{Manager, Refusal},
    store,
};

/// Deletes an album on which no track stands.
pub async fn delete_album(app: &App, manager: Manager, id: AlbumId) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    let album = store::album::lock(&mut tx, id).await?.ok_or(Refusal::NotFound("there is no such album"))?;
    let album = managed_album(manager, album)?;
    if store::album::track_count(&mut tx, id).await? > 0 {
        return Err(Refusal::HasDependents("tracks stand on the album; it can be withdrawn").into());
    }
    store::album::delete(&mut tx, id).await?;
    let gone = AlbumDeleted { album_id: id, merged_into: None, version: album.version + 1 };
    announce::album_deleted(&mut tx, &app.clock, &gone).await?;
    tx.commit().await?;
    Ok(())
}
