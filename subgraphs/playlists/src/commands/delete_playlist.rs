//! Deleting a playlist.

use anyhow::Context;
use polyphony_events::{PlaylistId, playlists::PlaylistDeleted};
use polyphony_kit::{Viewer, outbox};

use crate::{
    app::{App, Topic},
    commands::{Result, commit, lock},
    store,
};

/// Deletes a playlist with its entries; only its owner may.
pub async fn delete_playlist(app: &App, viewer: &Viewer, id: PlaylistId) -> Result<()> {
    let (mut tx, playlist) = lock(app, viewer, id).await?;
    playlist.require_owner()?;
    store::playlist::delete(&mut *tx, id).await.context("delete the playlist")?;
    let event = PlaylistDeleted { playlist_id: id, version: playlist.version + 1 };
    outbox::push(&mut tx, &app.clock, &event).await?;
    commit(tx, app, Topic::Playlist(id)).await
}
