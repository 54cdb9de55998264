//! Somebody has forgotten what they listened to: recommendations forget it too.

use anyhow::Context;
use polyphony_events::playlists::HistoryCleared;
use sqlx::PgConnection;

use crate::store::taste;

pub(super) async fn handle(tx: &mut PgConnection, event: &HistoryCleared) -> anyhow::Result<()> {
    taste::forget_heard(tx, event.user_id, event.cleared_at).await.context("forget what somebody heard")
}
