//! Removing entries from a playlist.

use anyhow::Context;
use polyphony_events::{PlaylistId, PlaylistItemId};
use polyphony_kit::Viewer;

use crate::{
    app::{App, Topic},
    commands::{Result, commit, lock, making, save},
    domain::{Refusal, playlist::Playlist},
    store,
};

/// What to remove.
#[derive(Clone, Debug)]
pub struct RemovePlaylistItems {
    /// From which playlist.
    pub playlist: PlaylistId,
    /// Which entries.
    pub items: Vec<PlaylistItemId>,
}

/// Removes entries; the owner and editors may. Entries that somebody else has removed meanwhile are passed over.
pub async fn remove_playlist_items(app: &App, viewer: &Viewer, input: RemovePlaylistItems) -> Result<Playlist> {
    let (mut tx, mut playlist) = lock(app, viewer, input.playlist).await?;
    playlist.require_editor()?;
    let making = making(app, &playlist);
    let removed = store::placement::delete(&mut *tx, making, &input.items).await.context("remove entries")?;
    if removed == 0 {
        return Err(Refusal::ItemsMissing.into());
    }
    playlist.item_count -= i32::try_from(removed).unwrap_or(i32::MAX);
    save(&mut tx, app, &mut playlist).await?;
    commit(tx, app, Topic::Playlist(playlist.id)).await?;
    Ok(playlist)
}
