//! Somebody wants to hear a playlist or what they like; playlists has looked up which tracks that are.

use polyphony_events::{UserId, playlists::PlayRequested};
use sqlx::PgConnection;

use crate::{app::App, commands::play_request::play_request};

pub(super) async fn handle(app: &App, tx: &mut PgConnection, event: &PlayRequested) -> anyhow::Result<()> {
    play_request(app, tx, event).await
}

/// Tells those who watch what plays for the person, once the transaction is over.
pub(super) async fn tell(app: &App, user: UserId) {
    match app.store.player_for(user).await {
        Ok(player) => app.live.changed(player.map(|player| player.id)),
        // They see it when they look by themselves.
        Err(error) => tracing::warn!(%error, "a request to play was not announced"),
    }
}
