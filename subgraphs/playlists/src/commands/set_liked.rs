//! Liking tracks.

use anyhow::Context;
use polyphony_events::{TrackId, playlists::TracksLiked};
use polyphony_kit::{Viewer, outbox};

use crate::{
    app::{App, Topic},
    commands::{Result, check_room, commit},
    domain::library::{Shelf, Wish},
    store::library,
};

/// Likes tracks, or does not any more; what is so already stays so.
pub async fn set_liked(app: &App, viewer: &Viewer, tracks: &[TrackId], wish: Wish) -> Result<()> {
    let mut tx = app.store.begin().await.context("begin")?;
    let version = library::next_version(&mut tx, viewer.user, app.clock.now()).await.context("lock the library")?;
    let things: Vec<_> = tracks.iter().map(|track| track.0).collect();
    let changed = library::set(&mut tx, viewer.user, Shelf::LikedTracks, &things, wish, app.clock.now()).await;
    let changed = changed.context("change liked tracks")?;
    if changed.is_empty() {
        return Ok(());
    }
    if wish == Wish::Keep {
        check_room(&mut tx, app, viewer.user, Shelf::LikedTracks).await?;
    }
    let track_ids = changed.into_iter().map(TrackId).collect();
    let event = TracksLiked { user_id: viewer.user, track_ids, liked: wish == Wish::Keep, version };
    outbox::push(&mut tx, &app.clock, &event).await?;
    commit(tx, app, Topic::Library(viewer.user)).await
}
