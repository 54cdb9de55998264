//! Charts: what is played most.

use async_graphql::{Context, Enum, Object, SimpleObject};
use polyphony_kit::{Error, Result, viewer::viewer};

use super::{app, loaders, track::Track};
use crate::{domain, store::track::TrackById};

/// How long a chart looks back.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::ChartWindow")]
pub enum ChartWindow {
    /// The last 24 hours.
    Day,
    /// The last 7 days.
    Week,
    /// The last 30 days.
    Month,
    /// Everything; the rank before is that of a week ago.
    AllTime,
}

/// A place in a chart.
#[derive(SimpleObject)]
pub struct ChartEntry {
    /// The rank, 1 the most played.
    rank: i32,
    /// The rank in the window before; null when the track was not among the first 500.
    previous_rank: Option<i32>,
    /// How often the track was played within the window.
    play_count: i32,
    /// The track.
    track: Track,
}

#[derive(Default)]
pub struct ChartQuery;

#[Object]
impl ChartQuery {
    /// The published tracks that were played most within a window; without explicit ones for whoever wants none, whose ranks are
    /// those among what is left.
    async fn charts(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(ChartWindow::Week)", desc = "How long it looks back.")] window: Option<
            ChartWindow,
        >,
        #[graphql(desc = "How many, 1 to 100; 50 when absent.")] first: Option<i32>,
    ) -> Result<Option<Vec<ChartEntry>>> {
        let first = how_many(first, 50)?;
        let user = viewer(ctx).map(|viewer| viewer.user);
        let ranked = app(ctx).store.chart(window.unwrap_or(ChartWindow::Week).into(), first, user).await?;
        let mut tracks = loaders(ctx).load_many(ranked.iter().map(|ranked| TrackById(ranked.track))).await?;
        let number = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
        let entries = ranked.into_iter().filter_map(|ranked| {
            let track = Track(tracks.remove(&TrackById(ranked.track))?);
            let (rank, play_count) = (number(ranked.rank), number(ranked.plays));
            Some(ChartEntry { rank, previous_rank: ranked.previous_rank.map(number), play_count, track })
        });
        Ok(Some(entries.collect()))
    }
}

/// Reads how many of a list that has no pages are asked for.
pub(super) fn how_many(first: Option<i32>, default: i32) -> Result<i64> {
    let first = first.unwrap_or(default);
    if !(1..=100).contains(&first) {
        return Err(Error::bad_input("first must be 1 to 100"));
    }
    Ok(i64::from(first))
}
