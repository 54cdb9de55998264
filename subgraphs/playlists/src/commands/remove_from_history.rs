//! Removing plays from somebody's history.

use anyhow::Context;
use polyphony_events::PlayId;
use polyphony_kit::Viewer;

use crate::{
    app::{App, Topic},
    commands::{Result, commit},
    store::{library, play},
};

/// Removes plays of the viewer, also for the rules of their smart playlists. Those that are not there are passed over; a play
/// that was removed stays so when a player reports it again.
pub async fn remove_from_history(app: &App, viewer: &Viewer, plays: &[PlayId]) -> Result<()> {
    let mut tx = app.store.begin().await.context("begin")?;
    let now = app.clock.now();
    library::next_version(&mut tx, viewer.user, now).await.context("lock the library")?;
    if play::remove(&mut tx, viewer.user, plays, now).await.context("remove plays")? == 0 {
        return Ok(());
    }
    commit(tx, app, Topic::Library(viewer.user)).await
}
