//! A mail server that is away: a circuit breaker, so that an outage costs no mail an attempt.

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::Mutex;

/// The wait before the server is tried again; it doubles with each failure.
const FIRST_BACKOFF: TimeDelta = TimeDelta::seconds(5);
/// The longest wait: how late mail leaves at most when the server is back.
const MAX_BACKOFF: TimeDelta = TimeDelta::minutes(5);

/// Whether the mail server is away, as this process knows.
#[derive(Debug, Default)]
pub struct Outage(Mutex<Option<Backoff>>);

#[derive(Clone, Copy, Debug)]
struct Backoff {
    retry_at: DateTime<Utc>,
    wait: TimeDelta,
}

impl Outage {
    /// How many of `batch` mails may be tried now: all while the server is there, none while it is away, and one, to see whether
    /// it is back, when that is due.
    pub fn allows(&self, batch: i64, now: DateTime<Utc>) -> i64 {
        match *self.0.lock() {
            None => batch,
            Some(backoff) if backoff.retry_at <= now => 1,
            Some(_) => 0,
        }
    }

    /// When the server is tried again; `None` while it is not known to be away.
    pub fn retry_at(&self) -> Option<DateTime<Utc>> {
        self.0.lock().map(|backoff| backoff.retry_at)
    }

    /// The server was away (again).
    pub fn begin(&self, now: DateTime<Utc>) {
        let mut backoff = self.0.lock();
        let wait = backoff.map_or(FIRST_BACKOFF, |backoff| (backoff.wait * 2).min(MAX_BACKOFF));
        *backoff = Some(Backoff { retry_at: now + wait, wait });
    }

    /// The server is there.
    pub fn end(&self) {
        *self.0.lock() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_away_is_tried_with_one_mail_ever_more_rarely() {
        let (outage, mut now) = (Outage::default(), DateTime::UNIX_EPOCH);
        assert_eq!(outage.allows(10, now), 10);
        for seconds in [5, 10, 20, 40, 80, 160, 300, 300] {
            outage.begin(now);
            assert_eq!(outage.allows(10, now + TimeDelta::seconds(seconds - 1)), 0);
            now += TimeDelta::seconds(seconds);
            assert_eq!(outage.allows(10, now), 1);
        }
        outage.end();
        assert_eq!(outage.allows(10, now), 10);
    }
}
