//! Moves the charts on as time passes. What anybody sees of them moves at once, the rest when it is due, a few tracks at a time
//! while plays are counted beside it: an hour or a day that begins costs as much in a large library as in a small one.

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
const BATCH: usize = 250;
/// So many tracks are looked for at once, and so many of those that nobody sees are moved in a round of the upkeep.
const MOST_FOUND: i64 = 10_000;
/// The head of a chart is looked at so often in a round: what moves makes room for others.
const LOOKS: usize = 40;
/// A chart that was never moved stands no earlier.
const LONG_AGO: TimeDelta = TimeDelta::days(3_650);

/// Moves the head of each chart to the hour or day that has begun, and of the rest what is due; forgets hours and days that no chart
/// needs any more. Of several processes that do it at the same time each moves some of it.
pub async fn roll_charts(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let begun = ChartWindow::ALL.map(|window| (window, window.unit().begin(now)));
    // What anybody sees of the charts is right before the rest is begun with.
    for (window, at) in begun {
        move_head(app, window, at).await.context("move the head of a chart on")?;
    }
    let mut connection = app.store.pool.acquire().await.context("connect")?;
    let known: HashMap<String, DateTime<Utc>> = chart::standing(&mut connection).await?.into_iter().collect();
    drop(connection);
    for (window, at) in begun {
        // Plays may have been counted before anybody noted where the chart stands.
        let stood = known.get(window.as_str()).copied().unwrap_or(at - LONG_AGO);
        let due = stood + window.unit().patience();
        if due <= at {
            move_rest(app, window, (due, at)).await.context("move the rest of a chart on")?;
        }
    }
    Ok(())
}

/// Moves what is seen of a chart, and what may be seen once that has moved, until it stands still.
async fn move_head(app: &App, window: ChartWindow, at: DateTime<Utc>) -> anyhow::Result<()> {
    for _ in 0..LOOKS {
        let mut connection = app.store.pool.acquire().await.context("connect")?;
        let mut tracks = chart::head_to_move(&mut connection, window, at).await.context("find the head")?;
        if tracks.is_empty() {
            tracks = chart::rising_to_move(&mut connection, window, at, MOST_FOUND).await.context("find what rises")?;
        }
        drop(connection);
        // Whoever counts a play of a track moves it, so that those which are busy are not waited for.
        if move_all(app, window, &tracks, at).await? == 0 {
            break;
        }
    }
    Ok(())
}

/// Moves some of the tracks that stand before `due`; notes where the chart stands when there are no more.
async fn move_rest(app: &App, window: ChartWindow, (due, at): (DateTime<Utc>, DateTime<Utc>)) -> anyhow::Result<()> {
    let mut connection = app.store.pool.acquire().await.context("connect")?;
    let tracks = chart::behind(&mut connection, window, due, MOST_FOUND).await.context("find tracks")?;
    drop(connection);
    move_all(app, window, &tracks, at).await?;
    if (tracks.len() as i64) < MOST_FOUND { settle(app, window, at).await } else { Ok(()) }
}

/// Moves tracks of a chart on; gives how many nobody else had moved or held.
async fn move_all(app: &App, window: ChartWindow, tracks: &[TrackId], at: DateTime<Utc>) -> anyhow::Result<usize> {
    let mut moved = 0;
    for batch in tracks.chunks(BATCH) {
        let mut tx = app.store.pool.begin().await.context("begin")?;
        moved += move_on(&mut tx, window, batch, at).await.context("move tracks on")?;
        tx.commit().await.context("commit")?;
    }
    Ok(moved)
}

/// Notes where a chart stands, and forgets what it has no more use for.
async fn settle(app: &App, window: ChartWindow, at: DateTime<Utc>) -> anyhow::Result<()> {
    let mut connection = app.store.pool.acquire().await.context("connect")?;
    let stands_at = chart::furthest_behind(&mut connection, window).await.context("look where a chart stands")?;
    let stands_at = stands_at.map_or(at, |stands_at| stands_at.min(at));
    chart::stand_at(&mut connection, window, stands_at).await.context("note where a chart stands")?;
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

/// Moves tracks of a chart on to `at`, those that stand before it; gives how many.
pub(super) async fn move_on(
    tx: &mut PgConnection,
    window: ChartWindow,
    tracks: &[TrackId],
    at: DateTime<Utc>,
) -> Result<usize, sqlx::Error> {
    let mut moved = 0;
    let mut stale: BTreeMap<DateTime<Utc>, Vec<TrackId>> = BTreeMap::new();
    for (track, stands_at) in chart::lock_stale(tx, window, tracks, at).await? {
        stale.entry(stands_at).or_default().push(track);
    }
    for (stood, tracks) in stale {
        moved += tracks.len();
        chart::roll(tx, window, &tracks, window.spans(stood), (window.spans(at), at)).await?;
    }
    Ok(moved)
}
