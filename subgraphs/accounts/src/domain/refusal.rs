//! Why accounts refuses something that a user can put right.

use super::{MAX_KEY_DAYS, Weakness};

/// A refusal; its text is for the user.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The address cannot be one.
    #[error("that is not an e-mail address")]
    InvalidEmail,
    /// The handle breaks its rule.
    #[error("a handle has 3 to 30 letters a-z, digits, dots, hyphens and underscores")]
    InvalidHandle,
    /// The display name breaks its rule.
    #[error("a display name has 1 to 80 characters on one line")]
    InvalidDisplayName,
    /// The bio breaks its rule.
    #[error("a bio has at most 500 characters")]
    InvalidBio,
    /// The picture may not be shown to others.
    #[error("a picture has an https address, without a password, on a host that this server allows")]
    InvalidAvatar,
    /// The device name breaks its rule.
    #[error("a device name has at most 80 characters on one line")]
    InvalidDeviceName,
    /// The language tag is malformed.
    #[error("a locale is a language tag like en or pt-BR")]
    InvalidLocale,
    /// The password is too easy to guess, or too long.
    #[error(transparent)]
    WeakPassword(Weakness),
    /// Somebody else has this address.
    #[error("this e-mail address has an account already")]
    EmailTaken,
    /// Somebody else has this handle.
    #[error("this handle is taken")]
    HandleTaken,
    /// Unknown address or wrong password; which of them is not said.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    /// The token is none of ours, or too old, or its session is over.
    #[error("the token is not valid any more")]
    InvalidToken,
    /// A refresh token came a second time; its session has been ended.
    #[error("the token was used before, so its session has been ended")]
    TokenReused,
    /// An admin keeps this person out.
    #[error("this account is suspended")]
    AccountSuspended,
    /// There is no such person.
    #[error("there is no such user")]
    UserNotFound,
    /// There is no such session of the viewer.
    #[error("there is no such session")]
    SessionNotFound,
    /// The name of an API key breaks its rule.
    #[error("the name of an API key has 1 to 80 characters on one line")]
    InvalidKeyName,
    /// A key is good for a while, but not for ever.
    #[error("an API key is good for 1 to {MAX_KEY_DAYS} days")]
    InvalidKeyLife,
    /// There is no such scope.
    #[error("the scopes are read, write, upload and admin")]
    UnknownScope,
    /// The role of the person does not have the scope.
    #[error("your role does not have this scope")]
    ScopeNotAllowed,
    /// A person has only so many keys.
    #[error("you have 50 API keys; revoke one first")]
    TooManyKeys,
    /// There is no such key of the viewer.
    #[error("there is no such API key")]
    KeyNotFound,
    /// There is no such provider.
    #[error("there is no such provider")]
    UnknownProvider,
    /// The provider may not send people back there.
    #[error("this address is not one that the provider may send people back to")]
    InvalidRedirect,
    /// The provider does not say that the address is theirs.
    #[error("the provider has not verified your e-mail address")]
    UnverifiedIdentity,
    /// Somebody must be able to administer.
    #[error("this is the last admin")]
    LastAdmin,
}
