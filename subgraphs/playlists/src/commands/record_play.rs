//! Keeping a play in the history of the one who listened.

use anyhow::Context;
use polyphony_events::media::TrackPlayed;
use polyphony_kit::Clock;
use sqlx::PgConnection;

use crate::store::{library, play};

/// Keeps a play, once, however often and in whatever order plays are told.
pub async fn record_play(tx: &mut PgConnection, clock: &Clock, played: &TrackPlayed) -> anyhow::Result<()> {
    library::lock(&mut *tx, played.user_id).await.context("lock the library")?;
    if play::insert(&mut *tx, played).await.context("write a play")? {
        play::count(&mut *tx, played).await.context("count a play")?;
        library::next_version(tx, played.user_id, clock.now()).await.context("give the library its next version")?;
    }
    Ok(())
}
