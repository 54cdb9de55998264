//! Counts a play.

use chrono::TimeDelta;
use polyphony_events::media::TrackPlayed;
use polyphony_kit::Clock;
use sqlx::PgConnection;

use super::{connect::connect_taste, roll_charts::roll_charts};
use crate::store::{
    chart::{self, Counts},
    person, play,
    taste::{self, Heard},
};

/// A play that is told again after longer than this would count again; media tells none that is older than a week.
pub const REMEMBERED: TimeDelta = TimeDelta::days(90);

/// Counts a play, once however often it is told: at the track, in the charts, and as a sign of the person's taste.
pub async fn record_play(tx: &mut PgConnection, clock: &Clock, event: &TrackPlayed) -> anyhow::Result<()> {
    let (now, user, track) = (clock.now(), event.user_id, event.track_id);
    let heard_at = event.started_at.min(now);
    // The play of somebody who has left counts; whose it was is nobody's business any more.
    let is_known = !person::has_departed(tx, user).await?;
    if is_known && !play::note(tx, user, &event.play_id, now).await? {
        return Ok(());
    }
    let standing = roll_charts(tx, now).await?;
    if !play::count(tx, track).await? {
        tracing::debug!(track.id = %track, "a play of a track that is gone");
        return Ok(());
    }
    let mut counts = Counts::default();
    for (window, stands_at) in standing {
        let (spans, begin) = (window.spans(stands_at), window.unit().begin(heard_at));
        counts.charts.push(window.as_str().to_owned());
        counts.plays.push(i64::from(spans.is_current(begin)));
        counts.previous_plays.push(i64::from(spans.is_previous(begin)));
    }
    chart::add(tx, track, heard_at, &counts).await?;
    if is_known && taste::hear(tx, Heard { user, track, at: heard_at }).await? {
        connect_taste(tx, user, track, now).await?;
    }
    Ok(())
}
