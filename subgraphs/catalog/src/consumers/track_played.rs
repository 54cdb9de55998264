//! Somebody listened to a track: it counts, once.

use anyhow::Context;
use polyphony_events::media::TrackPlayed;
use polyphony_kit::Clock;
use sqlx::PgConnection;

use crate::commands::record_play::record_plays;

/// Counts plays, however many, in one go.
pub(super) async fn handle(tx: &mut PgConnection, clock: &Clock, events: &[TrackPlayed]) -> anyhow::Result<()> {
    record_plays(tx, clock, events).await.context("count plays")
}
