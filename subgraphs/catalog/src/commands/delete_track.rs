//! Deletes or withdraws a track.

use chrono::TimeDelta;
use polyphony_events::{TrackId, catalog::TrackDeleted};

use super::{Outcome, announce, managed_track};
use crate::{
    app::App,
    domain::{Manager, PublicationStatus},
    store,
};

/// A client that lost the answer asks again within this time. It means the withdrawal, not that the track goes for good.
const ASKED_AGAIN: TimeDelta = TimeDelta::minutes(10);

/// Withdraws a track that is published, so that it can be restored to the lists that have it; deletes any other, but not
/// one that was withdrawn just now.
pub async fn delete_track(app: &App, manager: Manager, id: TrackId) -> Outcome<()> {
    let mut tx = app.store.begin().await?;
    let track = managed_track(manager, store::track::lock(&mut tx, id).await?)?;
    let now = app.clock.now();
    if track.status == PublicationStatus::Published {
        store::track::withdraw(&mut tx, id, now).await?;
        announce::tracks_changed(&mut tx, &app.clock, &[id]).await?;
    } else {
        let withdrawn_at = store::track::withdrawn_at(&mut tx, id).await?;
        if withdrawn_at.is_some_and(|at| now - at < ASKED_AGAIN) {
            return Ok(());
        }
        store::track::delete(&mut tx, id).await?;
        let gone = TrackDeleted { track_id: id, version: track.version + 1 };
        announce::track_deleted(&mut tx, &app.clock, &gone).await?;
    }
    tx.commit().await?;
    Ok(())
}
