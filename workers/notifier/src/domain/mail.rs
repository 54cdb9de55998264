//! Mails: what is sent to whom, and when it is tried again.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Letter, Person};

/// How long a mail is tried that is refused for now; then it is given up. As mail servers do (RFC 5321, section 4.5.4.1).
pub const RETRY_WINDOW: TimeDelta = TimeDelta::days(3);
/// The wait after the first refusal; it doubles with each.
const FIRST_BACKOFF: TimeDelta = TimeDelta::seconds(5);
/// The longest wait between two attempts.
const MAX_BACKOFF: TimeDelta = TimeDelta::hours(1);

/// A mail that was taken up for sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The event that it tells of.
    pub event_id: Uuid,
    /// Whose account it is about.
    pub user_id: Uuid,
    /// To whom.
    pub to: Person,
    /// What it tells.
    pub letter: Letter,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// Which attempt this is, from 1.
    pub attempt: i32,
}

impl Mail {
    /// When to try again after this attempt was refused for now; `None` when it has been tried for long enough.
    pub fn next_attempt(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let doublings = u32::try_from(self.attempt - 1).unwrap_or(0).min(16);
        let next = now + (FIRST_BACKOFF * 2_i32.pow(doublings)).min(MAX_BACKOFF);
        (next < self.created_at + RETRY_WINDOW).then_some(next)
    }

    /// Where the mail goes, as far as a log may know: the domain.
    pub fn domain(&self) -> &str {
        self.to.email.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_end_after_three_days() {
        let start = DateTime::UNIX_EPOCH;
        let mail = |attempt| Mail {
            event_id: Uuid::nil(),
            user_id: Uuid::nil(),
            to: Person { email: "ann@example.org".to_owned(), display_name: "Ann".to_owned() },
            letter: Letter::Welcome { handle: "ann".to_owned() },
            created_at: start,
            attempt,
        };
        let wait = |attempt| mail(attempt).next_attempt(start).map(|at| (at - start).num_seconds());
        assert_eq!([wait(1), wait(2), wait(10), wait(500)], [Some(5), Some(10), Some(2560), Some(3600)]);
        assert!(mail(80).next_attempt(start + TimeDelta::hours(70)).is_some());
        assert_eq!(mail(80).next_attempt(start + TimeDelta::hours(72)), None);
        assert_eq!(mail(1).domain(), "example.org");
    }
}
