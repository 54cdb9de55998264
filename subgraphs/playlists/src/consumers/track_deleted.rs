//! A track is gone: entries of playlists keep naming it and show a hole, its time counts no more, it cannot be added again, and
//! it leaves libraries.

use anyhow::Context;
use polyphony_events::catalog::TrackDeleted;
use sqlx::PgConnection;

use crate::{app::App, commands::sweep_gone::note_gone, store::track};

/// Notes that the track is gone.
pub(super) async fn apply(tx: &mut PgConnection, app: &App, event: &TrackDeleted) -> anyhow::Result<()> {
    let is_news = track::note_deleted(tx, event.track_id, event.version).await.context("note that a track is gone")?;
    if is_news { note_gone(tx, app, (event.track_id.0, event.version), None).await } else { Ok(()) }
}
