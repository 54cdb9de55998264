//! Keeps what a track plays from and whether it may be handed out.

use chrono::{DateTime, Utc};
use polyphony_events::catalog::{PublicationStatus, TrackChanged};
use sqlx::PgConnection;

use crate::{
    domain::track::TrackStatus,
    store::{play, retention, track, upload},
};

pub(super) async fn handle(tx: &mut PgConnection, event: &TrackChanged, now: DateTime<Utc>) -> anyhow::Result<()> {
    let status = match event.track.status {
        PublicationStatus::Draft => TrackStatus::Draft,
        PublicationStatus::Published => TrackStatus::Published,
        PublicationStatus::Withdrawn => TrackStatus::Withdrawn,
    };
    let snapshot = &event.track;
    let before = track::plays_from(tx, event.track_id).await?;
    track::upsert(tx, event.track_id, snapshot.upload_id, snapshot.owner_id, status, event.version).await?;
    play::keep_facts(tx, snapshot, event.version).await?;
    if let Some(upload) = snapshot.upload_id {
        upload::set_track(tx, upload, event.track_id, snapshot.owner_id).await?;
    }
    let uploads: Vec<_> = before.into_iter().chain(snapshot.upload_id).collect();
    retention::note_use(tx, &uploads, now).await?;
    Ok(())
}
