//! A deleted track is handed out no more.

use polyphony_events::catalog::TrackDeleted;
use sqlx::PgConnection;

use crate::store::track;

pub(super) async fn handle(tx: &mut PgConnection, event: &TrackDeleted) -> anyhow::Result<()> {
    track::delete(tx, event.track_id, event.version).await?;
    Ok(())
}
