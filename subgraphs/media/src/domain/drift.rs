//! How exactly somebody in a listening session hears what plays, as their client measures it.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::UserId;

use super::refusal::{Refusal, RefusalCode};

/// A person reports no more often than this.
pub const REPORT_INTERVAL: TimeDelta = TimeDelta::seconds(5);
/// An older report says nothing any more.
pub const REPORT_LIFETIME: TimeDelta = TimeDelta::seconds(20);
/// What is further off than this is not drift.
const MAX_DRIFT_MS: f64 = 60_000.0;

/// What somebody's client has measured last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Who.
    pub user: UserId,
    /// By how much what they hear is ahead of the server's position, in milliseconds; below zero: behind.
    pub offset_ms: f64,
    /// When it was reported.
    pub at: DateTime<Utc>,
}

impl Drift {
    /// Reads a report.
    pub fn parse(user: UserId, offset_ms: f64, at: DateTime<Utc>) -> Result<Self, Refusal> {
        if !offset_ms.is_finite() || offset_ms.abs() > MAX_DRIFT_MS {
            let message = format!("offsetMs must be -{MAX_DRIFT_MS} to {MAX_DRIFT_MS}.");
            return Err(Refusal::new(RefusalCode::InvalidInput, message).at(&["offsetMs"]));
        }
        Ok(Self { user, offset_ms, at })
    }

    /// Whether it still says something.
    pub fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        now - self.at < REPORT_LIFETIME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_a_drift_is_taken() {
        let parse = |offset| Drift::parse(UserId::new(), offset, DateTime::UNIX_EPOCH);
        assert!(parse(-12.5).is_ok());
        for wrong in [f64::NAN, f64::INFINITY, 60_001.0, -60_001.0] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
