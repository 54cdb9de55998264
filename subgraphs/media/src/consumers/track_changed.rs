//! Keeps what a track plays from and whether it may be handed out.

use polyphony_events::catalog::{PublicationStatus, TrackChanged};
use sqlx::PgConnection;

use crate::{
    domain::track::TrackStatus,
    store::{track, upload},
};

pub(super) async fn handle(tx: &mut PgConnection, event: &TrackChanged) -> anyhow::Result<()> {
    let status = match event.track.status {
        PublicationStatus::Draft => TrackStatus::Draft,
        PublicationStatus::Published => TrackStatus::Published,
        PublicationStatus::Withdrawn => TrackStatus::Withdrawn,
    };
    let snapshot = &event.track;
    track::upsert(tx, event.track_id, snapshot.upload_id, snapshot.owner_id, status, event.version).await?;
    if let Some(upload) = snapshot.upload_id {
        upload::set_track(tx, upload, event.track_id, snapshot.owner_id).await?;
    }
    Ok(())
}
