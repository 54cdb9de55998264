//! A deleted track is handed out no more, and its uploads wait in the trash.

use chrono::{DateTime, Utc};
use polyphony_events::{UserId, catalog::TrackDeleted};
use sqlx::PgConnection;

use crate::store::{retention, track, track_source, upload};

pub(super) async fn handle(tx: &mut PgConnection, event: &TrackDeleted, now: DateTime<Utc>) -> anyhow::Result<()> {
    let mut before = track_source::of_track(tx, event.track_id).await?;
    before.extend(track::plays_from(tx, event.track_id).await?);
    track::delete(tx, event.track_id, event.version).await?;
    track_source::replace(tx, event.track_id, UserId(uuid::Uuid::nil()), &[]).await?;
    upload::forget_track(tx, event.track_id).await?;
    retention::note_use(tx, &before, now).await?;
    Ok(())
}
