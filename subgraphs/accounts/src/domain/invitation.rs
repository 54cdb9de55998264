//! Who may make an account, and invitations to do so.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::InvitationId;
use polyphony_kit::{Role, UserId};

use super::{Email, Refusal, secret::Secret};

/// What the written form of a code begins with.
const PREFIX: &str = "plyi_";
/// How long an invitation may be good, in days.
const MAX_LIFE_DAYS: i32 = 365;
/// How many accounts may be made with one invitation.
const MAX_USES: i32 = 1000;
/// The longest note, in characters.
const MAX_NOTE_CHARACTERS: usize = 200;
/// How long invitations that are over are listed.
pub const INVITATION_RETENTION: TimeDelta = TimeDelta::days(90);

/// Who may make an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum RegistrationMode {
    /// Everybody.
    #[default]
    Open,
    /// Whoever was invited.
    Invite,
    /// Nobody; admins are made by the operator.
    Closed,
}

/// The code of an invitation. It never shows itself in logs, and the database has its hash only.
#[derive(Clone, PartialEq, Eq)]
pub struct InvitationCode(Secret);

/// An invitation to make an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The id.
    pub id: InvitationId,
    /// The role that the accounts get.
    pub role: Role,
    /// The only address that may be registered with it, if it is for one.
    pub email: Option<Email>,
    /// What the admin noted.
    pub note: Option<String>,
    /// How many accounts may be made with it.
    pub max_uses: i32,
    /// How many were made.
    pub uses: i32,
    /// Who made it; absent when their account is deleted.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ceases to be good.
    pub expires_at: DateTime<Utc>,
    /// When an admin took it back.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// What an admin fills in for an invitation, as it was typed.
#[derive(Clone, Debug)]
pub struct InvitationForm {
    /// The role that the accounts get.
    pub role: Role,
    /// The only address that may be registered with it.
    pub email: Option<String>,
    /// A note.
    pub note: Option<String>,
    /// How many accounts may be made with it.
    pub max_uses: i32,
    /// How long it is good, in days.
    pub expires_in_days: i32,
}

impl InvitationCode {
    /// A code that nobody has had before.
    pub fn random() -> Self {
        Self(Secret::random())
    }

    /// Reads the written form.
    pub fn parse(text: &str) -> Option<Self> {
        Secret::parse(PREFIX, text.trim()).map(Self)
    }

    /// The written form, for whoever is invited.
    pub fn expose(&self) -> String {
        self.0.expose(PREFIX)
    }

    /// What the database knows of it.
    pub fn hash(&self) -> Vec<u8> {
        self.0.hash()
    }
}

impl InvitationForm {
    /// The invitation that comes of the form; tells all that is wrong with it at once.
    pub fn parse(self, by: UserId, now: DateTime<Utc>) -> Result<Invitation, Vec<Refusal>> {
        let mut refusals = Vec::new();
        // Who may do everything is chosen by name, not by who holds a piece of text.
        if self.role == Role::Admin {
            refusals.push(Refusal::AdminInvitation);
        }
        let email = match self.email.as_deref().map(Email::choose).transpose() {
            Ok(email) => email,
            Err(refusal) => {
                refusals.push(refusal);
                None
            }
        };
        let note = self.note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
        let is_fit = |note: &String| note.chars().count() <= MAX_NOTE_CHARACTERS && !note.chars().any(char::is_control);
        if note.as_ref().is_some_and(|note| !is_fit(note)) {
            refusals.push(Refusal::InvalidNote);
        }
        if !(1..=MAX_USES).contains(&self.max_uses) {
            refusals.push(Refusal::InvalidMaxUses);
        }
        if !(1..=MAX_LIFE_DAYS).contains(&self.expires_in_days) {
            refusals.push(Refusal::InvalidExpiry);
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        Ok(Invitation {
            id: InvitationId::new(),
            role: self.role,
            email,
            note,
            max_uses: self.max_uses,
            uses: 0,
            created_by: Some(by),
            created_at: now,
            expires_at: now + TimeDelta::days(self.expires_in_days.into()),
            revoked_at: None,
        })
    }
}

impl Invitation {
    /// Whether an account can be made with it now.
    pub fn is_usable(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.expires_at && self.uses < self.max_uses
    }

    /// Whether somebody with this address may use it.
    pub fn admits(&self, email: &Email) -> bool {
        self.email.as_ref().is_none_or(|only| only == email)
    }
}

/// Whether an account may be made at all, before it is looked at who asks: what is refused here says nothing of any address.
/// `has_code` is whether an invitation was shown.
pub fn may_register(mode: RegistrationMode, has_code: bool) -> Result<(), Refusal> {
    match mode {
        RegistrationMode::Open => Ok(()),
        RegistrationMode::Invite if has_code => Ok(()),
        RegistrationMode::Invite => Err(Refusal::InvitationNeeded),
        RegistrationMode::Closed => Err(Refusal::RegistrationClosed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> InvitationForm {
        InvitationForm { role: Role::Listener, email: None, note: None, max_uses: 2, expires_in_days: 7 }
    }

    fn at(days: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(days)
    }

    #[test]
    fn an_invitation_ends_with_its_time_its_count_and_when_it_is_taken_back() {
        let fresh = form().parse(UserId::new(), at(0)).unwrap();
        assert!(fresh.is_usable(at(6)) && !fresh.is_usable(at(7)));
        assert!(Invitation { uses: 1, ..fresh.clone() }.is_usable(at(6)));
        assert!(!Invitation { uses: 2, ..fresh.clone() }.is_usable(at(6)));
        assert!(!Invitation { revoked_at: Some(at(1)), ..fresh }.is_usable(at(6)));
    }

    #[test]
    fn an_invitation_for_an_address_is_for_that_mailbox_however_it_is_written() {
        let form = InvitationForm { email: Some("Nina@MÜNCHEN.example".into()), ..form() };
        let invitation = form.parse(UserId::new(), at(0)).unwrap();
        assert!(invitation.admits(&Email::parse("nina@xn--mnchen-3ya.example").unwrap()));
        assert!(!invitation.admits(&Email::parse("miles@xn--mnchen-3ya.example").unwrap()));
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let wrong = InvitationForm {
            role: Role::Admin,
            email: Some("nobody".into()),
            note: Some("x".repeat(201)),
            max_uses: 0,
            expires_in_days: 366,
        };
        let expected = vec![
            Refusal::AdminInvitation,
            Refusal::InvalidEmail,
            Refusal::InvalidNote,
            Refusal::InvalidMaxUses,
            Refusal::InvalidExpiry,
        ];
        assert_eq!(wrong.parse(UserId::new(), at(0)), Err(expected));
    }

    #[test]
    fn a_closed_server_takes_nobody_and_one_by_invitation_who_shows_one() {
        use RegistrationMode::{Closed, Invite, Open};
        assert_eq!([may_register(Open, false), may_register(Invite, true)], [Ok(()), Ok(())]);
        assert_eq!(may_register(Invite, false), Err(Refusal::InvitationNeeded));
        assert_eq!(may_register(Closed, true), Err(Refusal::RegistrationClosed));
    }
}
