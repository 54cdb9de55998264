//! A person: what everybody sees, and what is theirs alone.

use chrono::{DateTime, Utc};
use polyphony_events::ids::ImageId;
use polyphony_kit::{Role, UserId};

use super::{DisplayName, Email, Handle, Owner, Preferences};

/// What everybody sees of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// The name to be found by, unique, lower-case.
    pub handle: String,
    /// The name to be called.
    pub display_name: String,
    /// A picture elsewhere, by its address.
    pub avatar_url: Option<String>,
    /// A picture that was uploaded here. Whether it is still there media knows.
    pub picture: Option<ImageId>,
    /// A few words about themselves.
    pub bio: Option<String>,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
}

/// A person with what only they and admins may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What everybody sees.
    pub user: User,
    /// Where their mail goes.
    pub email: Email,
    /// Whether they have shown that the address is theirs.
    pub email_verified: bool,
    /// The hash of their password, if they have one.
    pub password_hash: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Whether they have TOTP on or a passkey, so that a password alone signs nobody in.
    pub has_second_factor: bool,
    /// Whether an admin keeps them out.
    pub suspended: bool,
    /// How they like it.
    pub preferences: Preferences,
    /// Grows by one with every change.
    pub version: i64,
}

impl Account {
    /// What others know of the person, which is no password for them.
    pub fn as_owner(&self) -> Owner<'_> {
        Owner { email: Some(&self.email), handle: &self.user.handle, display_name: &self.user.display_name }
    }

    /// Who.
    pub fn id(&self) -> UserId {
        self.user.id
    }

    /// The account of somebody whom a provider has sent, with this verified address: they have no password. With each attempt
    /// the handle is another one.
    pub fn of_identity(email: &Email, name: Option<&str>, attempt: u32, now: DateTime<Utc>) -> Self {
        let number = if attempt == 0 { String::new() } else { attempt.to_string() };
        let handle = format!("{}{number}", Handle::like(email).as_str());
        let display_name = name.and_then(DisplayName::parse).map_or(handle.clone(), |name| name.as_str().to_owned());
        Self {
            user: User {
                id: UserId::new(),
                handle,
                display_name,
                avatar_url: None,
                picture: None,
                bio: None,
                created_at: now,
            },
            email: email.clone(),
            email_verified: true,
            password_hash: None,
            role: Role::Listener,
            has_second_factor: false,
            suspended: false,
            preferences: Preferences::default(),
            version: 1,
        }
    }

    /// The scopes of this person's session tokens: `read`, `write` and `account` always, `upload` for creators, `admin` for admins.
    /// No API key has `account`: whoever bears it is the person themselves, who may have what a program may not.
    pub fn scope(&self) -> &'static str {
        match self.role {
            Role::Listener => "read write account",
            Role::Creator => "read write account upload",
            Role::Admin => "read write account upload admin",
        }
    }
}
