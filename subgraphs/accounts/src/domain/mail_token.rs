//! Tokens that are sent by mail: whoever has one reads the mail of the address that it was sent to.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_kit::UserId;

use super::{Email, secret::Secret};

/// What the written form begins with.
const PREFIX: &str = "plym_";
/// So many tokens of a person and purpose are good at once: the newest.
pub const MAX_VALID_TOKENS: i64 = 3;

/// A token that is sent by mail. It never shows itself in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct MailToken(Secret);

/// What a token that is sent by mail is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Shows that the address is theirs.
    VerifyEmail,
    /// Lets somebody choose a password who has forgotten theirs.
    ResetPassword,
}

/// What the database knows of a token that was sent by mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentToken {
    /// To whom.
    pub user_id: UserId,
    /// To which address.
    pub email: Email,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it ceases to be good.
    pub expires_at: DateTime<Utc>,
}

impl MailToken {
    /// A token that nobody has had before.
    pub fn random() -> Self {
        Self(Secret::random())
    }

    /// Reads the written form.
    pub fn parse(text: &str) -> Option<Self> {
        Secret::parse(PREFIX, text.trim()).map(Self)
    }

    /// The written form, for the mail.
    pub fn expose(&self) -> String {
        self.0.expose(PREFIX)
    }

    /// What the database knows of the token.
    pub fn hash(&self) -> Vec<u8> {
        self.0.hash()
    }
}

impl Purpose {
    /// The stored form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "VERIFY_EMAIL",
            Self::ResetPassword => "RESET_PASSWORD",
        }
    }

    /// How long a token is good at least.
    pub fn life(self) -> TimeDelta {
        match self {
            Self::VerifyEmail => TimeDelta::days(3),
            Self::ResetPassword => TimeDelta::hours(1),
        }
    }
}
