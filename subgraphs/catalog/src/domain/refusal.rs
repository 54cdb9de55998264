//! Why a command is refused: what a person can put right.

use super::text::InvalidText;

/// A refusal of a command. It becomes an entry of `userErrors`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such thing, or not for this person.
    NotFound(&'static str),
    /// The thing is somebody else's.
    NotAllowed(&'static str),
    /// A part of the input is not acceptable: where, and why.
    Invalid(&'static str, String),
    /// Something else has it already.
    Conflict(&'static str, &'static str),
    /// There is no room for more: where, and of what.
    TooMany(&'static str, &'static str),
    /// It has changed since the version that the edit is of: the version that it has now.
    Stale(i64),
    /// The idempotency key came before, with other input.
    KeyReused,
    /// It is published already.
    AlreadyPublished(&'static str),
    /// Other things need it.
    HasDependents(&'static str),
}

impl From<InvalidText> for Refusal {
    fn from(invalid: InvalidText) -> Self {
        Self::Invalid(invalid.field, invalid.reason)
    }
}
