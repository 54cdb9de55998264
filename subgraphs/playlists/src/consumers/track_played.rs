//! Somebody listened to a track: it goes into their history.

use polyphony_events::media::TrackPlayed;
use polyphony_kit::Clock;
use sqlx::PgConnection;

use crate::commands::record_play;

/// Keeps the play.
pub(super) async fn apply(tx: &mut PgConnection, clock: &Clock, event: &TrackPlayed) -> anyhow::Result<()> {
    record_play(tx, clock, event).await
}
