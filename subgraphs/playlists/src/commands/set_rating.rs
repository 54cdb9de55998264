//! Rating tracks.

use anyhow::Context;
use polyphony_events::TrackId;
use polyphony_kit::Viewer;

use crate::{
    app::{App, Topic},
    commands::{Result, commit},
    domain::library::{Rating, Shelf, Wish},
    store::library,
};

/// Rates tracks, or takes their ratings away; what is so already stays so.
pub async fn set_rating(app: &App, viewer: &Viewer, tracks: &[TrackId], rating: Option<Rating>) -> Result<()> {
    let (mut tx, user, now) = (app.store.begin().await.context("begin")?, viewer.user, app.clock.now());
    library::next_version(&mut tx, user, now).await.context("lock the library")?;
    let tracks: Vec<_> = tracks.iter().map(|track| track.0).collect();
    let changed = match rating {
        Some(rating) => library::rate(&mut tx, user, &tracks, rating, now).await,
        None => library::set(&mut tx, user, Shelf::RatedTracks, &tracks, Wish::Drop, now).await,
    };
    if changed.context("change ratings")?.is_empty() {
        return Ok(());
    }
    commit(tx, app, Topic::Library(user)).await
}
