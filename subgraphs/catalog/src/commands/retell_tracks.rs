//! Tells again of tracks that were told of before events said all that they say now.

use anyhow::Context;

use super::announce;
use crate::{app::App, store::telling};

/// So many in one transaction: few enough for those who hear to have room for what is new.
const BATCH: i64 = 1_000;

/// Tells a batch; gives how many there were. Nothing once all are told.
pub async fn retell_tracks(app: &App) -> anyhow::Result<usize> {
    let mut tx = app.store.begin().await.context("begin")?;
    let tracks = telling::take(&mut tx, BATCH).await.context("find tracks to tell again")?;
    announce::tracks_changed(&mut tx, &app.clock, &tracks).await?;
    tx.commit().await.context("commit what was told again")?;
    Ok(tracks.len())
}
