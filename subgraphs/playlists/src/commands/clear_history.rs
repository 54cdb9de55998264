//! Forgetting what somebody listened to.

use anyhow::Context;
use polyphony_events::playlists::HistoryCleared;
use polyphony_kit::{Viewer, outbox};

use crate::{
    app::{App, Topic},
    commands::{Result, commit},
    store::{library, play},
};

/// Forgets all plays of the viewer, also for the rules of smart playlists and for what others make of plays. A play from
/// before that is told later is forgotten too.
pub async fn clear_history(app: &App, viewer: &Viewer) -> Result<()> {
    let mut tx = app.store.begin().await.context("begin")?;
    let now = app.clock.now();
    let version = library::next_version(&mut tx, viewer.user, now).await.context("lock the library")?;
    play::clear(&mut tx, viewer.user, now).await.context("forget the plays")?;
    let event = HistoryCleared { user_id: viewer.user, cleared_at: now, version };
    outbox::push(&mut tx, &app.clock, &event).await?;
    commit(tx, app, Topic::Library(viewer.user)).await
}
