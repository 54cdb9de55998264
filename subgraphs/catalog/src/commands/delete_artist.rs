//! Deletes an artist.

use polyphony_events::{ArtistId, catalog::ArtistDeleted};

use super::{Outcome, announce};
use crate::{
    app::App,
    domain::{Manager, Refusal},
    store,
};

/// Deletes an artist that no album and no track names.
pub async fn delete_artist(app: &App, manager: Manager, id: ArtistId) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    let artist = store::artist::lock(&mut tx, id).await?.ok_or(Refusal::NotFound("there is no such artist"))?;
    if !manager.manages(artist.owner_id) {
        return Err(Refusal::NotAllowed("the artist is somebody else's").into());
    }
    if store::artist::has_dependents(&mut tx, id).await? {
        return Err(Refusal::HasDependents("albums or tracks name the artist").into());
    }
    store::artist::delete(&mut tx, id).await?;
    let gone = ArtistDeleted { artist_id: id, merged_into: None, version: artist.version + 1 };
    announce::artist_deleted(&mut tx, &app.clock, &gone).await?;
    tx.commit().await?;
    Ok(())
}
