//! Plays: what was heard for 30 seconds, or for half of a shorter track, counts, once.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{PlayContext, TrackId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::refusal::{Refusal, RefusalCode};

/// What is heard for this long counts.
const ENOUGH_MS: i64 = 30_000;
/// A play that was reported later than this after it began does not count any more.
pub const REPORTED_WITHIN: TimeDelta = TimeDelta::days(60);
/// How far a client's clock may be ahead.
const CLOCK_ERROR: TimeDelta = TimeDelta::minutes(5);

/// How much of a track was heard in one play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The play's id.
    pub id: Uuid,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// What was heard until the anchor.
    pub listened_ms: i64,
    /// Whether it has counted.
    pub counted: bool,
}

impl Tally {
    /// A play that begins.
    pub fn beginning(now: DateTime<Utc>) -> Self {
        Self { id: Uuid::now_v7(), started_at: now, listened_ms: 0, counted: false }
    }

    /// How much is missing until it counts; none when it has counted.
    pub fn missing_ms(&self, duration_ms: Option<i64>) -> Option<i64> {
        (!self.counted).then(|| (enough_ms(duration_ms) - self.listened_ms).max(0))
    }
}

/// How long a track of this length must be heard for a play to count.
pub fn enough_ms(duration_ms: Option<i64>) -> i64 {
    duration_ms.map_or(ENOUGH_MS, |duration| (duration / 2).clamp(1, ENOUGH_MS))
}

/// A play that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Play {
    /// Tells plays of one person apart.
    pub id: String,
    /// What was heard.
    pub track: TrackId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// For how long it was heard.
    pub played_ms: i64,
    /// What it was played from, when the client said so.
    pub context: Option<PlayContext>,
}

impl Play {
    /// Whether a play that a client reports can be believed.
    pub fn check(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        let refuse = |message: &str, path| Err(Refusal::new(RefusalCode::InvalidInput, message).at(path));
        if !(1..=100).contains(&self.id.chars().count()) {
            return refuse("playId must have 1 to 100 characters.", &["input", "playId"]);
        }
        if self.played_ms < 0 {
            return refuse("playedMs cannot be below zero.", &["input", "playedMs"]);
        }
        if self.started_at > now + CLOCK_ERROR {
            return refuse("The play begins in the future.", &["input", "startedAt"]);
        }
        if self.started_at < now - REPORTED_WITHIN {
            return refuse("The play is too long ago to count.", &["input", "startedAt"]);
        }
        let since = now + CLOCK_ERROR - self.started_at;
        if TimeDelta::milliseconds(self.played_ms) > since {
            return refuse("More was heard than there was time for.", &["input", "playedMs"]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_seconds_count_and_half_of_what_is_shorter() {
        assert_eq!(enough_ms(Some(240_000)), 30_000);
        assert_eq!(enough_ms(Some(20_000)), 10_000);
        assert_eq!(enough_ms(Some(0)), 1);
        assert_eq!(enough_ms(None), 30_000);
    }

    #[test]
    fn a_play_of_the_future_or_of_more_than_there_was_time_for_is_refused() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1000);
        let play = |days: i64, played_ms| Play {
            id: "p".to_owned(),
            track: TrackId::new(),
            started_at: now - TimeDelta::days(days),
            played_ms,
            context: None,
        };
        assert!(play(1, 30_000).check(now).is_ok());
        for wrong in [play(-1, 1), play(61, 1), play(0, 600_000), play(1, -1)] {
            assert_eq!(wrong.check(now).map_err(|refusal| refusal.code), Err(RefusalCode::InvalidInput));
        }
    }
}
