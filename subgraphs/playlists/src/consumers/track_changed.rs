//! A track was made or changed: its facts are kept, the newest version wins.

use anyhow::Context;
use polyphony_events::catalog::TrackChanged;
use sqlx::PgConnection;

use crate::store::track;

/// Keeps what playlists needs of the track.
pub(super) async fn apply(tx: &mut PgConnection, event: &TrackChanged) -> anyhow::Result<()> {
    track::put(tx, event.track_id, event.track.duration_ms, Some(event.track.status), event.version)
        .await
        .context("keep the facts of a track")
}
