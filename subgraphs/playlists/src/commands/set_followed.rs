//! Following artists.

use anyhow::Context;
use polyphony_events::{ArtistId, playlists::ArtistFollowed};
use polyphony_kit::{Viewer, outbox};

use crate::{
    app::{App, Topic},
    commands::{Result, check_room, commit},
    domain::library::{Shelf, Wish},
    store::library,
};

/// Follows artists, or does not any more; what is so already stays so.
pub async fn set_followed(app: &App, viewer: &Viewer, artists: &[ArtistId], wish: Wish) -> Result<()> {
    let mut tx = app.store.begin().await.context("begin")?;
    let version = library::next_version(&mut tx, viewer.user, app.clock.now()).await.context("lock the library")?;
    let things: Vec<_> = artists.iter().map(|artist| artist.0).collect();
    let changed = library::set(&mut tx, viewer.user, Shelf::FollowedArtists, &things, wish, app.clock.now()).await;
    let changed = changed.context("change followed artists")?;
    if changed.is_empty() {
        return Ok(());
    }
    if wish == Wish::Keep {
        check_room(&mut tx, app, viewer.user, Shelf::FollowedArtists).await?;
    }
    let followed = wish == Wish::Keep;
    let event = |artist| ArtistFollowed { user_id: viewer.user, artist_id: ArtistId(artist), followed, version };
    outbox::push_all(&mut tx, &app.clock, &changed.into_iter().map(event).collect::<Vec<_>>()).await?;
    commit(tx, app, Topic::Library(viewer.user)).await
}
