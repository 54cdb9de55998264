//! Passkeys (`WebAuthn` credentials), and ceremonies at an authenticator that have begun.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_kit::{UserId, typed_id};
use webauthn_rs::prelude::{AuthenticationResult, Credential, Passkey as StoredCredential};

use super::secret::Secret;

/// How long a ceremony may take: as long as the browser is told to wait.
pub const CEREMONY_TTL: TimeDelta = TimeDelta::minutes(5);
/// How many passkeys a person may have.
pub const MAX_PASSKEYS: i64 = 20;
/// What the written form of a ceremony begins with.
const CEREMONY_PREFIX: &str = "plyw_";

typed_id!(
    /// A passkey of a person.
    PasskeyId,
    "psk"
);

/// A passkey, as its owner sees it.
#[derive(Clone, Debug)]
pub struct Passkey {
    /// The id of the row; the authenticator has another one.
    pub id: PasskeyId,
    /// The owner.
    pub user_id: UserId,
    /// What the owner calls it.
    pub name: String,
    /// The public key, the counter and the flags.
    pub credential: StoredCredential,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it last signed somebody in or proved them.
    pub last_used_at: Option<DateTime<Utc>>,
}

impl Passkey {
    /// Whether it is copied to other devices of the owner, by a cloud of theirs.
    pub fn is_backed_up(&self) -> bool {
        Credential::from(self.credential.clone()).backup_state
    }

    /// Takes over the counter and the flags of an assertion.
    pub fn note_use(&mut self, result: &AuthenticationResult, now: DateTime<Utc>) {
        self.credential.update_credential(result);
        self.last_used_at = Some(now);
    }
}

/// What a ceremony is for, and whose it is. One that began for one thing or person completes no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    /// A new passkey of this person, who is signed in.
    Registration(UserId),
    /// A sign-in; the passkey says whose.
    Login,
    /// A second factor or a step-up of this person.
    Assertion(UserId),
}

impl Ceremony {
    /// The stored form of what it is for.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Registration(_) => "REGISTRATION",
            Self::Login => "LOGIN",
            Self::Assertion(_) => "ASSERTION",
        }
    }

    /// Whose it is, if that is known when it begins.
    pub fn user(self) -> Option<UserId> {
        match self {
            Self::Registration(user) | Self::Assertion(user) => Some(user),
            Self::Login => None,
        }
    }
}

/// What a ceremony is completed with. The database has its hash only.
#[derive(Clone, PartialEq, Eq)]
pub struct CeremonyToken(Secret);

impl CeremonyToken {
    /// A token that nobody has had before.
    pub fn random() -> Self {
        Self(Secret::random())
    }

    /// Reads the written form.
    pub fn parse(text: &str) -> Option<Self> {
        Secret::parse(CEREMONY_PREFIX, text.trim()).map(Self)
    }

    /// The written form, for the client.
    pub fn expose(&self) -> String {
        self.0.expose(CEREMONY_PREFIX)
    }

    /// What the database knows of it.
    pub fn hash(&self) -> Vec<u8> {
        self.0.hash()
    }
}
