//! A deleted track is handed out no more, and its upload waits for another one, or to be let go.

use chrono::{DateTime, Utc};
use polyphony_events::catalog::TrackDeleted;
use sqlx::PgConnection;

use crate::store::{retention, track, upload};

pub(super) async fn handle(tx: &mut PgConnection, event: &TrackDeleted, now: DateTime<Utc>) -> anyhow::Result<()> {
    let before = track::plays_from(tx, event.track_id).await?;
    track::delete(tx, event.track_id, event.version).await?;
    upload::forget_track(tx, event.track_id).await?;
    retention::note_use(tx, before.as_slice(), now).await?;
    Ok(())
}
