//! What nobody asks for and still must be done: charts move on, search learns how popular things are, what nobody needs any
//! more goes.

use std::time::Duration;

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    commands::{forget_person::disown_departed, record_play, retell_tracks::retell_tracks, roll_charts::roll_charts},
    domain::edit::UNDOABLE_FOR,
    search::SearchIndex,
    store::{edit, play, search, share},
};

/// How often.
const EVERY: Duration = Duration::from_secs(20);
/// How many things search is told of at once.
const BATCH: i64 = 1_000;

/// Does it until `stop`; the database may go and come back.
pub async fn run(app: App, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = once(&app).await {
            tracing::warn!(error = format!("{error:#}"), "upkeep pauses");
        }
        tokio::select! { () = tokio::time::sleep(EVERY) => {} () = stop.cancelled() => {} }
    }
}

/// Does it once. Several processes may do it at the same time.
pub async fn once(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    roll_charts(app).await?;
    let mut connection = app.store.pool.acquire().await.context("connect")?;
    play::forget_before(&mut connection, now - record_play::REMEMBERED).await.context("forget old plays")?;
    drop(connection);
    edit::prune(&app.store.pool, now - UNDOABLE_FOR).await.context("forget changes that nobody can take back")?;
    share::prune(&app.store.pool, now).await.context("remove links that have expired")?;
    if matches!(app.search, SearchIndex::Postgres(_)) {
        search::forget_mirror(&app.store.pool, BATCH).await.context("note that nothing is mirrored")?;
    }
    while refresh_popularity(app).await? == BATCH as u64 {}
    while disown_departed(app).await? > 0 {}
    // One batch a round: what a large library has to tell is not to stand in the way of what happens meanwhile.
    retell_tracks(app).await?;
    Ok(())
}

async fn refresh_popularity(app: &App) -> anyhow::Result<u64> {
    let mut tx = app.store.pool.begin().await.context("begin")?;
    let count = play::refresh_popularity(&mut tx, BATCH).await.context("tell search what is popular")?;
    tx.commit().await.context("commit what is popular")?;
    Ok(count)
}
