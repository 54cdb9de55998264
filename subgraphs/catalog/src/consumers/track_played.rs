//! Somebody listened to a track: it counts, once.

use anyhow::Context;
use polyphony_events::media::TrackPlayed;
use polyphony_kit::Clock;
use sqlx::PgConnection;

use crate::commands::record_play::record_play;

pub(super) async fn handle(tx: &mut PgConnection, clock: &Clock, event: &TrackPlayed) -> anyhow::Result<()> {
    record_play(tx, clock, event).await.context("count a play")
}
