//! Private sessions: while one is on, what its person plays is told to nobody.

use chrono::{DateTime, TimeDelta, Utc};

/// A private session that nobody ends is over after this.
const LASTS: TimeDelta = TimeDelta::hours(6);

/// A time in which the plays of a person go into no history, no count and no recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivateSession {
    /// When it was turned on.
    pub started_at: DateTime<Utc>,
    /// When it is over, unless it is turned off before.
    pub ends_at: DateTime<Utc>,
}

impl PrivateSession {
    /// One that begins now.
    pub fn beginning(now: DateTime<Utc>) -> Self {
        Self { started_at: now, ends_at: now + LASTS }
    }
}
