//! Listening sessions: who may do what, and the code that leads in.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{ListeningSessionId, PlayerId, UserId};
use uuid::Uuid;

use super::refusal::{Refusal, RefusalCode};

/// The most people in a session.
pub const MAX_PARTICIPANTS: i64 = 500;
/// A session without anybody ends after this.
pub const EMPTY_PATIENCE: TimeDelta = TimeDelta::minutes(10);
/// What plays for nobody pauses after this.
pub const UNHEARD_PATIENCE: TimeDelta = TimeDelta::minutes(1);
/// Wrong codes that a person may try in [`GUESSING_WINDOW`].
pub const MAX_GUESSES: i32 = 10;
/// See [`MAX_GUESSES`].
pub const GUESSING_WINDOW: TimeDelta = TimeDelta::minutes(1);

/// Digits and letters without those that are taken for others.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 9 characters of 5 bits: 45 bits.
const CODE_LENGTH: usize = 9;

/// What is shown and typed to find a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// A code that nobody can guess.
    pub fn fresh() -> Self {
        // The lower 62 bits are random.
        let bits = Uuid::new_v4().as_u128();
        let letters = (0..CODE_LENGTH).map(|place| char::from(ALPHABET[(bits >> (place * 5)) as usize & 31]));
        Self(letters.collect())
    }

    /// Reads what a person typed: case, hyphens and spaces do not matter, and `O`, `I` and `L` are taken for what they look
    /// like.
    pub fn parse(text: &str) -> Option<Self> {
        let mut code = String::with_capacity(CODE_LENGTH);
        for letter in text.chars().filter(|letter| !matches!(letter, '-' | ' ')) {
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                letter => letter,
            };
            let is_known = u8::try_from(letter).is_ok_and(|letter| ALPHABET.contains(&letter));
            if !is_known || code.len() == CODE_LENGTH {
                return None;
            }
            code.push(letter);
        }
        (code.len() == CODE_LENGTH).then_some(Self(code))
    }

    /// As it is kept.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it is shown: `7QK-2MD-X9F`.
    pub fn shown(&self) -> String {
        format!("{}-{}-{}", &self.0[..3], &self.0[3..6], &self.0[6..])
    }
}

/// People who listen to the same thing at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListeningSession {
    /// Which.
    pub id: ListeningSessionId,
    /// How it is found.
    pub code: Code,
    /// Who leads.
    pub host: UserId,
    /// Whether guests may do more than add.
    pub guests_may_control: bool,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Somebody in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub user: UserId,
    /// Since when.
    pub joined_at: DateTime<Utc>,
    /// Whether a device of theirs listens.
    pub online: bool,
}

/// What somebody wants to do with a player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Put something behind or next.
    Add,
    /// Anything else.
    Control,
}

impl ListeningSession {
    /// The player of the session.
    pub fn player(&self) -> PlayerId {
        PlayerId(self.id.0)
    }

    /// Whether somebody who takes part may do it.
    pub fn check(&self, user: UserId, right: Right) -> Result<(), Refusal> {
        let may = right == Right::Add || self.guests_may_control || self.host == user;
        may.then_some(()).ok_or_else(|| Refusal::new(RefusalCode::NotAllowed, "Only the host controls this session."))
    }

    /// Whether it goes on.
    pub fn check_open(&self) -> Result<(), Refusal> {
        let open = self.ended_at.is_none().then_some(());
        open.ok_or_else(|| Refusal::new(RefusalCode::SessionEnded, "The session has ended."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = Code::fresh();
        assert_eq!(Code::parse(&code.shown().to_lowercase()), Some(code.clone()));
        assert_eq!(Code::parse(code.as_str()), Some(code));
        assert_eq!(Code::parse("oil-oil-oil"), Code::parse("011011011"));
        for wrong in ["", "123", "0123456789", "UUUUUUUUU", "ÄÖÜÄÖÜÄÖÜ"] {
            assert_eq!(Code::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_place_of_a_code_takes_every_letter() {
        let codes: Vec<_> = (0..2000).map(|_| Code::fresh()).collect();
        for place in 0..CODE_LENGTH {
            let letters: std::collections::HashSet<_> =
                codes.iter().map(|code| code.as_str().as_bytes()[place]).collect();
            assert_eq!(letters.len(), 32, "place {place}");
        }
    }
}
