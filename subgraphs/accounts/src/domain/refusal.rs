//! Why accounts refuses something that a user can put right.

use chrono::{DateTime, Utc};

use super::{MAX_KEY_DAYS, Weakness};

/// A refusal; its text is for the user.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The address cannot be one.
    #[error("that is not an e-mail address")]
    InvalidEmail,
    /// Not every mail server delivers to the address.
    #[error("an e-mail address may have letters beyond a-z behind the @ only: mail servers do not deliver to others")]
    UndeliverableEmail,
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
    /// What was given is no id of a picture.
    #[error("there is no such picture")]
    ImageNotFound,
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
    /// The address is the one that the account has.
    #[error("that is the address of the account already")]
    SameEmail,
    /// No change of address was asked for, or it is over.
    #[error("there is no change of address to agree to")]
    NoEmailChange,
    /// Nobody may make an account here.
    #[error("nobody can register at this server")]
    RegistrationClosed,
    /// Accounts are made by invitation here.
    #[error("this server takes new people by invitation: register with the code of yours")]
    InvitationNeeded,
    /// The invitation is none of ours, or used up, too old, taken back, or for another address.
    #[error("the invitation is not valid (any more), or is for another e-mail address")]
    InvalidInvitation,
    /// There is no such invitation.
    #[error("there is no such invitation")]
    InvitationNotFound,
    /// Nobody becomes an admin by invitation.
    #[error("an invitation is for LISTENER or CREATOR; make somebody an admin with setUserRole")]
    AdminInvitation,
    /// The note of an invitation breaks its rule.
    #[error("a note has at most 200 characters on one line")]
    InvalidNote,
    /// The count of an invitation breaks its rule.
    #[error("an invitation is for 1 to 1000 accounts")]
    InvalidMaxUses,
    /// The life of an invitation breaks its rule.
    #[error("an invitation is good for 1 to 365 days")]
    InvalidExpiry,
    /// Somebody else has this handle.
    #[error("this handle is taken")]
    HandleTaken,
    /// Unknown address or wrong password; which of them is not said.
    #[error("the e-mail address or the password is wrong")]
    InvalidCredentials,
    /// Enough mails of this kind were sent to the address.
    #[error("a mail was sent already, the next can be asked for at {0}")]
    MailTooSoon(DateTime<Utc>),
    /// An export was asked for lately.
    #[error("your data was exported a moment ago, the next export can be asked for at {0}")]
    ExportTooSoon(DateTime<Utc>),
    /// The idempotency key came with another mutation or input before.
    #[error("this idempotency key was used for something else")]
    KeyReused,
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
    /// The operator lets only some of the provider's people in.
    #[error("your account at the provider is not among those that may sign in here")]
    IdentityNotAdmitted,
    /// The address has an account, which a provider's word does not open.
    #[error("this e-mail address has an account already; sign in to it and link the provider there")]
    IdentityNotLinked,
    /// The account at the provider signs in somebody else.
    #[error("this account at the provider is linked with another account here")]
    IdentityTaken,
    /// There is no such identity of the viewer.
    #[error("there is no such linked account")]
    IdentityNotFound,
    /// Without it nobody could sign in to the account.
    #[error("this is the only way to sign in to your account; set a password first")]
    LastWayIn,
    /// The session has not proved lately who is behind it.
    #[error("prove first that it is you, with stepUp")]
    StepUpRequired,
    /// A password is not enough for whoever has a second factor.
    #[error("your account has a second factor: prove yourself with it")]
    SecondFactorRequired,
    /// Exactly one way to prove oneself must be given.
    #[error("give exactly one of password, totpCode, recoveryCode and passkey")]
    OneProofOnly,
    /// The one-time code is not one of now, or was used.
    #[error("the code is wrong or was used before")]
    InvalidCode,
    /// So many codes were wrong that none is looked at for a while.
    #[error("too many codes were wrong; wait a quarter of an hour, or use a passkey or a recovery code")]
    TooManyCodes,
    /// The assertion or attestation is none that we asked for.
    #[error("the passkey was not accepted")]
    InvalidPasskey,
    /// The name of a passkey breaks its rule.
    #[error("the name of a passkey has 1 to 80 characters on one line")]
    InvalidPasskeyName,
    /// There is no such passkey of the viewer.
    #[error("there is no such passkey")]
    PasskeyNotFound,
    /// A person has only so many passkeys.
    #[error("you have 20 passkeys; delete one first")]
    TooManyPasskeys,
    /// One-time codes are not on, or none is waiting to be confirmed.
    #[error("one-time codes are not on; begin with beginTotp")]
    TotpNotFound,
    /// There are recovery codes beside second factors only.
    #[error("you have no second factor that could be recovered")]
    NoSecondFactor,
    /// The role asks for a second factor, so the last one stays.
    #[error("your role requires a second factor; add another one first")]
    LastSecondFactor,
    /// Somebody must be able to administer.
    #[error("this is the last admin")]
    LastAdmin,
}
