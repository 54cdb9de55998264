//! A person moves to another address: both addresses agree before anything changes.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_kit::{SessionId, UserId};

use super::{Account, Email};

/// How long the addresses have to agree.
const EMAIL_CHANGE_LIFE: TimeDelta = TimeDelta::days(3);

/// A change of address that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailChange {
    /// Whose.
    pub user_id: UserId,
    /// The address of the account when it was asked for.
    pub old_email: Email,
    /// The address that is wanted.
    pub new_email: Email,
    /// The session that asked; it stays when the change is made.
    pub session: SessionId,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When it is given up.
    pub expires_at: DateTime<Utc>,
    /// When the old address, or an admin in its place, agreed.
    pub old_confirmed_at: Option<DateTime<Utc>>,
    /// When the new address agreed.
    pub new_confirmed_at: Option<DateTime<Utc>>,
}

/// One of the two addresses of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The address that the account has.
    Old,
    /// The address that is wanted.
    New,
}

impl EmailChange {
    /// A change to this address, asked for now.
    pub fn request(account: &Account, new_email: Email, session: SessionId, now: DateTime<Utc>) -> Self {
        Self {
            user_id: account.id(),
            old_email: account.email.clone(),
            new_email,
            session,
            requested_at: now,
            expires_at: now + EMAIL_CHANGE_LIFE,
            old_confirmed_at: None,
            new_confirmed_at: None,
        }
    }

    /// Notes that one of the addresses agrees.
    pub fn confirm(&mut self, side: Side, now: DateTime<Utc>) {
        let confirmed_at = match side {
            Side::Old => &mut self.old_confirmed_at,
            Side::New => &mut self.new_confirmed_at,
        };
        confirmed_at.get_or_insert(now);
    }

    /// Whether the account may move now. An old address that nobody has shown to be theirs has no say; whether it was shown
    /// counts when the change is made, so that nobody who asked before keeps a way in.
    pub fn is_agreed(&self, account: &Account) -> bool {
        let old_agrees = self.old_confirmed_at.is_some() || !account.email_verified;
        account.email == self.old_email && old_agrees && self.new_confirmed_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(verified: bool) -> Account {
        let old = Email::parse("old@example.org").unwrap();
        let account = Account::of_identity(&old, None, 0, DateTime::UNIX_EPOCH);
        Account { email_verified: verified, ..account }
    }

    fn agreed(sides: &[Side], verified: bool) -> bool {
        let (account, now) = (account(verified), DateTime::UNIX_EPOCH);
        let new = Email::parse("new@example.org").unwrap();
        let mut change = EmailChange::request(&account, new, SessionId::new(), now);
        for side in sides {
            change.confirm(*side, now);
        }
        change.is_agreed(&account)
    }

    #[test]
    fn both_addresses_agree_unless_nobody_has_shown_that_the_old_one_is_theirs() {
        assert!(agreed(&[Side::Old, Side::New], true) && agreed(&[Side::New, Side::Old], true));
        assert!(!agreed(&[Side::New], true) && !agreed(&[Side::Old], true) && !agreed(&[], true));
        assert!(agreed(&[Side::New], false) && !agreed(&[Side::Old], false));
    }

    #[test]
    fn a_change_that_was_asked_for_before_another_one_is_void() {
        let mut change = EmailChange::request(
            &account(false),
            Email::parse("new@example.org").unwrap(),
            SessionId::new(),
            DateTime::UNIX_EPOCH,
        );
        change.confirm(Side::New, DateTime::UNIX_EPOCH);
        let moved = Account { email: Email::parse("third@example.org").unwrap(), ..account(false) };
        assert!(!change.is_agreed(&moved));
    }
}
