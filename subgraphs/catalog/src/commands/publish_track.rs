//! Publishes a track.

use polyphony_events::TrackId;

use super::{Outcome, announce, managed_track};
use crate::{
    app::App,
    domain::{Manager, PublicationStatus, Track},
    store,
};

/// Publishes a track; also one that was withdrawn. Whether it can be played yet is for media to say.
pub async fn publish_track(app: &App, manager: Manager, id: TrackId) -> Outcome<Track> {
    let mut tx = app.store.begin().await?;
    let track = managed_track(manager, store::track::lock(&mut tx, id).await?)?;
    track.check_publishable()?;
    let published = Track { status: PublicationStatus::Published, ..track };
    store::track::update(&mut tx, &published, app.clock.now()).await?;
    announce::tracks_published(&mut tx, &app.clock, &[id]).await?;
    tx.commit().await?;
    Ok(Track { version: published.version + 1, ..published })
}
