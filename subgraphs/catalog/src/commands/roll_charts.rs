//! Moves the charts on as time passes: a few tracks at a time, those at the top first, while plays are counted beside it.

use std::collections::{BTreeMap, HashMap};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::TrackId;
use sqlx::PgConnection;

use crate::{
    app::App,
    domain::{ChartWindow, chart::Unit},
    store::chart,
};

/// So many tracks are moved in one transaction: who counts a play of one of them waits no longer than that takes.
const BATCH: usize = 1_000;
/// Tracks whose plays are being counted meanwhile are left to a later round, of which there are so many.
const ROUNDS: usize = 3;
/// A chart that was never moved stands no earlier.
const LONG_AGO: TimeDelta = TimeDelta::days(3_650);

/// Moves each chart to the hour or day that has begun, and forgets hours and days that no chart needs any more. Of several processes
/// that do it at the same time each moves some of it.
pub async fn roll_charts(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut connection = app.store.pool.acquire().await.context("connect")?;
    let known: HashMap<String, DateTime<Utc>> = chart::standing(&mut connection).await?.into_iter().collect();
    drop(connection);
    let begun = ChartWindow::ALL.map(|window| (window, window.unit().begin(now)));
    let is_behind =
        |(window, at): &(ChartWindow, DateTime<Utc>)| known.get(window.as_str()).is_some_and(|stood| stood < at);
    // What anybody sees of the charts is right before the rest is begun with.
    for (window, at) in begun.into_iter().filter(is_behind) {
        let mut connection = app.store.pool.acquire().await.context("connect")?;
        let top = chart::top_to_move(&mut connection, window, at).await.context("find the top of a chart")?;
        drop(connection);
        move_all(app, window, &top, at).await?;
    }
    for (window, at) in begun {
        match known.get(window.as_str()) {
            Some(stood) if *stood >= at => {}
            Some(stood) => roll(app, window, *stood, at).await.context("move a chart on")?,
            // Plays may have been counted before anybody noted where the chart stands.
            None => roll(app, window, at - LONG_AGO, at).await.context("move a new chart on")?,
        }
    }
    Ok(())
}

async fn roll(app: &App, window: ChartWindow, stood: DateTime<Utc>, at: DateTime<Utc>) -> anyhow::Result<()> {
    for _ in 0..ROUNDS {
        let mut connection = app.store.pool.acquire().await.context("connect")?;
        let to = (window.spans(at), at);
        let tracks = chart::to_move(&mut connection, window, window.spans(stood), to).await.context("find tracks")?;
        drop(connection);
        if tracks.is_empty() {
            return settle(app, window, at).await;
        }
        move_all(app, window, &tracks, at).await?;
    }
    tracing::debug!(chart = window.as_str(), "tracks of a chart are busy");
    Ok(())
}

async fn move_all(app: &App, window: ChartWindow, tracks: &[TrackId], at: DateTime<Utc>) -> anyhow::Result<()> {
    for batch in tracks.chunks(BATCH) {
        let mut tx = app.store.pool.begin().await.context("begin")?;
        move_on(&mut tx, window, batch, at).await.context("move tracks on")?;
        tx.commit().await.context("commit")?;
    }
    Ok(())
}

/// Notes that a chart has been moved on to there, and forgets what it has no more use for.
async fn settle(app: &App, window: ChartWindow, at: DateTime<Utc>) -> anyhow::Result<()> {
    let mut connection = app.store.pool.acquire().await.context("connect")?;
    chart::stand_at(&mut connection, window, at).await.context("note where a chart stands")?;
    // The last of the charts of a unit that moves, and that which looks back furthest.
    let unit = match window {
        ChartWindow::Day => Unit::Hour,
        ChartWindow::AllTime => Unit::Day,
        ChartWindow::Week | ChartWindow::Month => return Ok(()),
    };
    let standing = chart::standing(&mut connection).await?;
    let least = standing.iter().filter(|(chart, _)| is_of(chart, unit)).map(|(_, at)| *at).min();
    chart::forget_before(&mut connection, unit, least.unwrap_or(at) - unit.kept()).await.context("forget old plays")
}

fn is_of(chart: &str, unit: Unit) -> bool {
    ChartWindow::ALL.into_iter().any(|window| window.as_str() == chart && window.unit() == unit)
}

/// Moves tracks of a chart on to `at`, those that stand before it.
pub(super) async fn move_on(
    tx: &mut PgConnection,
    window: ChartWindow,
    tracks: &[TrackId],
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let mut stale: BTreeMap<DateTime<Utc>, Vec<TrackId>> = BTreeMap::new();
    for (track, stands_at) in chart::lock_stale(tx, window, tracks, at).await? {
        stale.entry(stands_at).or_default().push(track);
    }
    for (stood, tracks) in stale {
        chart::roll(tx, window, &tracks, window.spans(stood), (window.spans(at), at)).await?;
    }
    Ok(())
}
