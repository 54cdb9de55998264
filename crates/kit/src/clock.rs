//! The clock that rules are given, so that tests decide what time it is.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;

/// Tells the time: the system's, or one that a test sets and moves.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<Mutex<DateTime<Utc>>>>);

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `now` until it is moved; clones share it.
    pub fn standing_at(now: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(Mutex::new(now))))
    }

    /// The time now, in UTC, to the microsecond (what PostgreSQL keeps).
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        let now = self.0.as_ref().map_or_else(Utc::now, |at| *at.lock());
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Milliseconds since the Unix epoch, for machines.
    pub fn now_ms(&self) -> f64 {
        self.now().timestamp_micros() as f64 / 1000.0
    }

    /// Moves a standing clock; the system's clock stays as it is.
    pub fn advance(&self, by: TimeDelta) {
        if let Some(at) = &self.0 {
            *at.lock() += by;
        }
    }
}
