//! Deletes or withdraws a track.

use polyphony_events::{TrackId, catalog::TrackDeleted};

use super::{Outcome, announce, managed_track};
use crate::{
    app::App,
    domain::{Manager, PublicationStatus, Track},
    store,
};

/// Withdraws a track that is published, so that it can be restored to the lists that have it; deletes any other.
pub async fn delete_track(app: &App, manager: Manager, id: TrackId) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    let track = managed_track(manager, store::track::lock(&mut tx, id).await?)?;
    if track.status == PublicationStatus::Published {
        let withdrawn = Track { status: PublicationStatus::Withdrawn, ..track };
        store::track::update(&mut tx, &withdrawn, app.clock.now()).await?;
        announce::tracks_changed(&mut tx, &app.clock, &[id]).await?;
    } else {
        store::track::delete(&mut tx, id).await?;
        let gone = TrackDeleted { track_id: id, version: track.version + 1 };
        announce::track_deleted(&mut tx, &app.clock, &gone).await?;
    }
    tx.commit().await?;
    Ok(())
}
