//! Counts plays.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{TrackId, UserId, media::TrackPlayed};
use polyphony_kit::Clock;
use sqlx::PgConnection;

use super::{connect::connect_tastes, roll_charts::move_on};
use crate::{
    domain::{ChartWindow, chart::Unit},
    store::{
        chart::{self, Added, Bucket},
        person,
        play::{self, PlayKey},
        taste::{self, Heard},
    },
};

/// A play that is told again after longer than this would count again; media tells none that is older than a week.
pub const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// A play that counts.
struct Counted {
    user: UserId,
    /// Whether the person is still there.
    is_known: bool,
    track: TrackId,
    heard_at: DateTime<Utc>,
}

/// Counts plays, each once however often it is told: at the tracks, in the charts, and as signs of people's taste. However many they
/// are, they take as many statements.
pub async fn record_plays(tx: &mut PgConnection, clock: &Clock, events: &[TrackPlayed]) -> anyhow::Result<()> {
    let now = clock.now();
    let mut counted = new_plays(tx, events, now).await?;
    let mut plays: BTreeMap<TrackId, i64> = BTreeMap::new();
    for play in &counted {
        *plays.entry(play.track).or_default() += 1;
    }
    let tracks: Vec<_> = plays.into_iter().collect();
    let there: HashSet<_> = play::count(tx, &tracks).await?.into_iter().collect();
    counted.retain(|play| there.contains(&play.track));
    if counted.is_empty() {
        tracing::debug!(plays = events.len(), "plays that are known, or of tracks that are gone");
        return Ok(());
    }
    chart::add_buckets(tx, &buckets(&counted)).await?;
    for window in ChartWindow::ALL {
        add_to_chart(tx, window, &counted, now).await?;
    }
    let heard = counted.iter().filter(|play| play.is_known);
    let heard: Vec<_> = heard.map(|play| Heard { user: play.user, track: play.track, at: play.heard_at }).collect();
    let met = taste::hear(tx, &heard).await?;
    connect_tastes(tx, &met, now).await
}

/// Those of the plays that were not counted before, each once.
async fn new_plays(
    tx: &mut PgConnection,
    events: &[TrackPlayed],
    now: DateTime<Utc>,
) -> Result<Vec<Counted>, sqlx::Error> {
    let users: BTreeSet<UserId> = events.iter().map(|event| event.user_id).collect();
    let departed = person::departed(tx, &users.into_iter().collect::<Vec<_>>()).await?;
    // The play of somebody who has left counts; whose it was is nobody's business any more.
    let is_known = |event: &TrackPlayed| !departed.contains(&event.user_id);
    let known = events.iter().filter(|event| is_known(event));
    let keys: BTreeSet<_> = known.map(|event| PlayKey { user: event.user_id, play: &event.play_id }).collect();
    let noted = play::note(tx, &keys.into_iter().collect::<Vec<_>>(), now).await?;
    let mut fresh: HashSet<(UserId, String)> = noted.into_iter().collect();
    let counts = |event: &&TrackPlayed| !is_known(event) || fresh.remove(&(event.user_id, event.play_id.clone()));
    let counted = events.iter().filter(counts).map(|event| Counted {
        user: event.user_id,
        is_known: is_known(event),
        track: event.track_id,
        heard_at: event.started_at.min(now),
    });
    Ok(counted.collect())
}

fn buckets(counted: &[Counted]) -> Vec<Bucket> {
    let mut buckets: HashMap<(TrackId, Unit, DateTime<Utc>), i64> = HashMap::new();
    for play in counted {
        for unit in Unit::ALL {
            *buckets.entry((play.track, unit, unit.begin(play.heard_at))).or_default() += 1;
        }
    }
    buckets.into_iter().map(|((track, unit, begin), plays)| Bucket { track, unit, begin, plays }).collect()
}

/// Adds plays to a chart, whose tracks are moved on to now before.
async fn add_to_chart(
    tx: &mut PgConnection,
    window: ChartWindow,
    counted: &[Counted],
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let at = window.unit().begin(now);
    let spans = window.spans(at);
    let mut sums: BTreeMap<TrackId, (i64, i64)> = BTreeMap::new();
    for play in counted {
        let begin = window.unit().begin(play.heard_at);
        let (plays, previous) = sums.entry(play.track).or_default();
        *plays += i64::from(spans.is_current(begin));
        *previous += i64::from(spans.is_previous(begin));
    }
    let tracks: Vec<_> = sums.keys().copied().collect();
    move_on(tx, window, &tracks, at).await?;
    let added = sums.into_iter().map(|(track, (plays, previous_plays))| Added { track, plays, previous_plays });
    Ok(chart::add(tx, window, &added.collect::<Vec<_>>(), at).await?)
}
