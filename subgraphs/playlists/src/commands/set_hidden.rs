//! Hiding tracks and artists from somebody who does not want to hear them.

use anyhow::Context;
use polyphony_events::{ArtistId, TrackId, playlists::TracksLiked};
use polyphony_kit::{Viewer, outbox};

use crate::{
    app::{App, Topic},
    commands::{Result, commit},
    domain::library::{Shelf, Wish},
    store::library,
};

/// Hides tracks and artists, or shows them again; what is so already stays so. Who hides a track does not like it any more,
/// of which others are told.
pub async fn set_hidden(
    app: &App,
    viewer: &Viewer,
    tracks: &[TrackId],
    artists: &[ArtistId],
    wish: Wish,
) -> Result<()> {
    let (mut tx, user, now) = (app.store.begin().await.context("begin")?, viewer.user, app.clock.now());
    let version = library::next_version(&mut tx, user, now).await.context("lock the library")?;
    let tracks: Vec<_> = tracks.iter().map(|track| track.0).collect();
    let artists: Vec<_> = artists.iter().map(|artist| artist.0).collect();
    let changed = library::set(&mut tx, user, Shelf::HiddenTracks, &tracks, wish, now).await;
    let changed = changed.context("change hidden tracks")?;
    let others = library::set(&mut tx, user, Shelf::HiddenArtists, &artists, wish, now).await;
    if changed.is_empty() && others.context("change hidden artists")?.is_empty() {
        return Ok(());
    }
    if wish == Wish::Keep && !changed.is_empty() {
        let unliked = library::set(&mut tx, user, Shelf::LikedTracks, &changed, Wish::Drop, now).await;
        unliked.context("take likes of hidden tracks back")?;
        let track_ids = changed.into_iter().map(TrackId).collect();
        let event = TracksLiked { user_id: user, track_ids, liked: false, version };
        outbox::push(&mut tx, &app.clock, &event).await?;
    }
    commit(tx, app, Topic::Library(user)).await
}
