//! A playlist is gone: search learns of it, and recommendations forget what was put there.

use anyhow::Context;
use polyphony_events::playlists::PlaylistDeleted;
use sqlx::PgConnection;

use super::documents;
use crate::{
    domain::{Document, Kind},
    store::taste,
};

pub(super) async fn handle(tx: &mut PgConnection, event: &PlaylistDeleted) -> anyhow::Result<()> {
    taste::forget_playlist(tx, event.playlist_id).await.context("forget a playlist")?;
    documents::handle(tx, &Document::gone(Kind::Playlist, event.playlist_id.0, event.version)).await
}
