//! Somebody likes tracks, or does not any more: recommendations learn of it.

use anyhow::Context;
use polyphony_events::playlists::TracksLiked;
use polyphony_kit::Clock;
use sqlx::PgConnection;

use crate::commands::connect::keep_opinions;

pub(super) async fn handle(tx: &mut PgConnection, clock: &Clock, event: &TracksLiked) -> anyhow::Result<()> {
    keep_opinions(tx, clock, event).await.context("keep what somebody likes")
}
