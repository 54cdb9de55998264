//! How often mails that anybody can ask for go to one address.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_kit::UserId;
use sha2::{Digest, Sha256};

use super::Email;

/// How long it is remembered that a mail was sent: longer than the longest wait.
pub const MAIL_BACKOFF_RETENTION: TimeDelta = TimeDelta::days(2);

const MINUTE: TimeDelta = TimeDelta::minutes(1);
const TEN_MINUTES: TimeDelta = TimeDelta::minutes(10);
const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);

/// A kind of mail that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// Asks to show that the address is theirs.
    VerifyEmail,
    /// Lets somebody choose a password who has forgotten theirs.
    ResetPassword,
    /// Asks whether an account may move to the address.
    ChangeEmail,
    /// Tells that somebody wanted to make another account with the address.
    RegistrationAttempt,
}

/// The mails of a kind that an address was sent in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailBackoff {
    /// How many.
    pub sent: i32,
    /// When the last was sent.
    pub last_sent_at: DateTime<Utc>,
}

impl MailKind {
    /// The stored form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "VERIFY_EMAIL",
            Self::ResetPassword => "RESET_PASSWORD",
            Self::ChangeEmail => "CHANGE_EMAIL",
            Self::RegistrationAttempt => "REGISTRATION_ATTEMPT",
        }
    }

    /// How long to wait after each mail of a row; the last is for all that follow.
    fn waits(self) -> &'static [TimeDelta] {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => &[MINUTE, TEN_MINUTES, HOUR, DAY],
            Self::ResetPassword => &[MINUTE, HOUR, DAY],
            Self::RegistrationAttempt => &[DAY],
        }
    }

    /// How long to wait for the next mail after so many in a row.
    pub fn wait_after(self, sent: i32) -> TimeDelta {
        let index = usize::try_from(sent - 1).unwrap_or_default();
        self.waits().get(index).or(self.waits().last()).copied().unwrap_or(DAY)
    }
}

impl MailBackoff {
    /// What an address is counted under: a hash, because it is kept when the account of the address is deleted.
    pub fn subject_of(email: &Email) -> Vec<u8> {
        Sha256::digest(email.as_str()).to_vec()
    }

    /// What a person is counted under.
    pub fn subject_of_user(user: UserId) -> Vec<u8> {
        Sha256::digest(user.to_string()).to_vec()
    }

    /// The row with another mail at its end, or when there may be one. Two days without a mail end a row.
    pub fn next(last: Option<Self>, kind: MailKind, now: DateTime<Utc>) -> Result<Self, DateTime<Utc>> {
        let sent = match last {
            Some(last) if now - last.last_sent_at < MAIL_BACKOFF_RETENTION => {
                let allowed_at = last.last_sent_at + kind.wait_after(last.sent);
                if now < allowed_at {
                    return Err(allowed_at);
                }
                last.sent.saturating_add(1)
            }
            _ => 1,
        };
        Ok(Self { sent, last_sent_at: now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The minutes at which mails are sent to an address for which one is asked every minute, for so many days.
    fn sent_minutes(kind: MailKind, days: i64) -> Vec<i64> {
        let at = |minute| DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        let mut last = None;
        (0..days * 24 * 60)
            .filter(|minute| {
                MailBackoff::next(last, kind, at(*minute)).is_ok_and(|next| last.replace(next) != Some(next))
            })
            .collect()
    }

    #[test]
    fn who_asks_every_minute_gets_fewer_and_fewer_mails() {
        assert_eq!(sent_minutes(MailKind::ResetPassword, 3), [0, 1, 61, 61 + 1440, 61 + 2 * 1440]);
        assert_eq!(sent_minutes(MailKind::VerifyEmail, 2), [0, 1, 11, 71, 71 + 1440]);
        assert_eq!(sent_minutes(MailKind::RegistrationAttempt, 3), [0, 1440, 2 * 1440]);
    }

    #[test]
    fn two_quiet_days_end_a_row() {
        let at = |days| DateTime::UNIX_EPOCH + TimeDelta::days(days);
        let last = Some(MailBackoff { sent: 7, last_sent_at: at(0) });
        assert_eq!(MailBackoff::next(last, MailKind::ResetPassword, at(1)).map(|next| next.sent), Ok(8));
        assert_eq!(MailBackoff::next(last, MailKind::ResetPassword, at(2)).map(|next| next.sent), Ok(1));
    }
}
