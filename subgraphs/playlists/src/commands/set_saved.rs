//! Saving albums.

use anyhow::Context;
use polyphony_events::{AlbumId, playlists::AlbumSaved};
use polyphony_kit::{Viewer, outbox};

use crate::{
    app::{App, Topic},
    commands::{Result, commit},
    domain::library::{Shelf, Wish},
    store::library,
};

/// Saves albums, or does not any more; what is so already stays so.
pub async fn set_saved(app: &App, viewer: &Viewer, albums: &[AlbumId], wish: Wish) -> Result<()> {
    let mut tx = app.store.begin().await.context("begin")?;
    let version = library::next_version(&mut tx, viewer.user, app.clock.now()).await.context("lock the library")?;
    let things: Vec<_> = albums.iter().map(|album| album.0).collect();
    let changed = library::set(&mut tx, viewer.user, Shelf::SavedAlbums, &things, wish, app.clock.now()).await;
    let changed = changed.context("change saved albums")?;
    if changed.is_empty() {
        return Ok(());
    }
    for album in changed {
        let saved = wish == Wish::Keep;
        let event = AlbumSaved { user_id: viewer.user, album_id: AlbumId(album), saved, version };
        outbox::push(&mut tx, &app.clock, &event).await?;
    }
    commit(tx, app, Topic::Library(viewer.user)).await
}
