//! Saving albums.

use anyhow::Context;
use polyphony_events::{AlbumId, playlists::AlbumSaved};
use polyphony_kit::{Viewer, outbox};

use crate::{
    app::{App, Topic},
    commands::{Result, check_room, commit},
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
    if wish == Wish::Keep {
        check_room(&mut tx, app, viewer.user, Shelf::SavedAlbums).await?;
    }
    let saved = wish == Wish::Keep;
    let event = |album| AlbumSaved { user_id: viewer.user, album_id: AlbumId(album), saved, version };
    outbox::push_all(&mut tx, &app.clock, &changed.into_iter().map(event).collect::<Vec<_>>()).await?;
    commit(tx, app, Topic::Library(viewer.user)).await
}
