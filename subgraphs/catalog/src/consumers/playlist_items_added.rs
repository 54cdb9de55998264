//! Tracks stand in one playlist: they go together.

use anyhow::Context;
use polyphony_events::playlists::PlaylistItemsAdded;
use polyphony_kit::Clock;
use sqlx::PgConnection;

use crate::commands::connect::connect_playlist;

pub(super) async fn handle(tx: &mut PgConnection, clock: &Clock, event: &PlaylistItemsAdded) -> anyhow::Result<()> {
    connect_playlist(tx, clock, event).await.context("connect the tracks of a playlist")
}
