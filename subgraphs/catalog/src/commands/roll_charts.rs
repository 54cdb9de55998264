//! Moves the charts on as time passes.

use std::collections::HashMap;

use anyhow::Context;
use chrono::{DateTime, Utc};
use polyphony_kit::db;
use sqlx::PgConnection;

use crate::{
    domain::{ChartWindow, chart::Unit},
    store::chart,
};

/// Moves each chart to the hour or day that has begun, and gives where they stand. Whoever writes to the charts does this
/// first, and holds them until the transaction ends.
pub async fn roll_charts(
    tx: &mut PgConnection,
    now: DateTime<Utc>,
) -> anyhow::Result<Vec<(ChartWindow, DateTime<Utc>)>> {
    db::lock(tx, "charts").await.context("wait in line for the charts")?;
    let known: HashMap<String, DateTime<Utc>> = chart::standing(tx).await?.into_iter().collect();
    let mut standing = Vec::with_capacity(ChartWindow::ALL.len());
    let mut has_moved = false;
    for window in ChartWindow::ALL {
        let begun = window.unit().begin(now);
        let stood = known.get(window.as_str()).copied();
        // Another process's clock may be ahead; charts never go back.
        let stands_at = stood.map_or(begun, |stood| stood.max(begun));
        standing.push((window, stands_at));
        if stood == Some(stands_at) {
            continue;
        }
        if let Some(stood) = stood {
            chart::roll(tx, window, window.spans(stood), window.spans(stands_at)).await.context("move a chart on")?;
        }
        chart::stand_at(tx, window, stands_at).await?;
        has_moved = true;
    }
    if has_moved {
        for unit in Unit::ALL {
            chart::forget_before(tx, unit, now - unit.kept()).await?;
        }
    }
    Ok(standing)
}
