//! Forgetting what somebody listened to.

use anyhow::Context;
use polyphony_kit::Viewer;

use crate::{
    app::{App, Topic},
    commands::{Result, commit},
    store::{library, play},
};

/// Forgets all plays of the viewer, also for the rules of smart playlists. A play from before that is told later is
/// forgotten too.
pub async fn clear_history(app: &App, viewer: &Viewer) -> Result<()> {
    let mut tx = app.store.begin().await.context("begin")?;
    let now = app.clock.now();
    library::next_version(&mut tx, viewer.user, now).await.context("lock the library")?;
    play::clear(&mut tx, viewer.user, now).await.context("forget the plays")?;
    commit(tx, app, Topic::Library(viewer.user)).await
}
