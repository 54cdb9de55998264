//! A track is gone: entries keep naming it and show a hole, its time counts no more, and it cannot be added again.

use anyhow::Context;
use polyphony_events::catalog::TrackDeleted;
use sqlx::PgConnection;

use crate::store::track;

/// Notes that the track is gone.
pub(super) async fn apply(tx: &mut PgConnection, event: &TrackDeleted) -> anyhow::Result<()> {
    track::note_deleted(tx, event.track_id, event.version).await.context("note that a track is gone")
}
