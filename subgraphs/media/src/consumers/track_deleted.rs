//! A deleted track is handed out no more.

use polyphony_events::catalog::TrackDeleted;
use sqlx::PgConnection;

use crate::store::{track, upload};

pub(super) async fn handle(tx: &mut PgConnection, event: &TrackDeleted) -> anyhow::Result<()> {
    track::delete(tx, event.track_id, event.version).await?;
    upload::forget_track(tx, event.track_id).await?;
    Ok(())
}
