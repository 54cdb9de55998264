//! What the security log tells.

use chrono::{DateTime, Utc};
use polyphony_kit::{SessionId, UserId};

use super::Client;

/// How long an entry is kept.
pub const SECURITY_EVENT_LIFE: chrono::TimeDelta = chrono::TimeDelta::days(91);

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $text:literal),+ $(,)?) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum SecurityEventKind { $($(#[$doc])* $kind),+ }

        impl SecurityEventKind {
            /// The stored form.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $text),+ }
            }

            /// Reads the stored form.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$kind),)+ _ => None }
            }
        }
    };
}

kinds! {
    /// The account was made.
    SignedUp "SIGNED_UP",
    /// Somebody signed in.
    SignedIn "SIGNED_IN",
    /// Somebody gave a wrong password, or was kept out.
    SignInFailed "SIGN_IN_FAILED",
    /// A session was ended.
    SessionEnded "SESSION_ENDED",
    /// A refresh token was used twice, so its session was ended.
    TokenReused "TOKEN_REUSED",
    /// The password was changed.
    PasswordChanged "PASSWORD_CHANGED",
    /// A mail to choose a new password was asked for.
    PasswordResetRequested "PASSWORD_RESET_REQUESTED",
    /// A new password was chosen with the token of that mail.
    PasswordReset "PASSWORD_RESET",
    /// The address was shown to be theirs.
    EmailVerified "EMAIL_VERIFIED",
    /// An admin gave them another role.
    RoleChanged "ROLE_CHANGED",
    /// An admin keeps them out.
    Suspended "SUSPENDED",
    /// An admin let them in again.
    Reinstated "REINSTATED",
    /// They made an API key.
    ApiKeyCreated "API_KEY_CREATED",
    /// They took an API key back.
    ApiKeyRevoked "API_KEY_REVOKED",
    /// An API key was used, the first time in an hour.
    ApiKeyUsed "API_KEY_USED",
    /// An account at a provider was linked, to sign in with.
    IdentityLinked "IDENTITY_LINKED",
    /// The account was deleted.
    AccountDeleted "ACCOUNT_DELETED",
}

/// An entry of the security log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityEvent {
    /// Whose; absent when the address that somebody tried has no account.
    pub user: Option<UserId>,
    /// What happened.
    pub kind: SecurityEventKind,
    /// In which session.
    pub session: Option<SessionId>,
    /// The client's address.
    pub ip_address: Option<String>,
    /// The client's user agent.
    pub user_agent: Option<String>,
    /// What else there is to know.
    pub detail: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl SecurityEvent {
    /// Something that happened to this person, now.
    pub fn new(user: impl Into<Option<UserId>>, kind: SecurityEventKind, at: DateTime<Utc>) -> Self {
        let user = user.into();
        Self { user, kind, session: None, ip_address: None, user_agent: None, detail: None, at }
    }

    /// The same, in this session.
    #[must_use]
    pub fn in_session(self, session: SessionId) -> Self {
        Self { session: Some(session), ..self }
    }

    /// The same, done by this client.
    #[must_use]
    pub fn by(self, client: &Client) -> Self {
        Self { ip_address: client.ip_address.clone(), user_agent: client.user_agent.clone(), ..self }
    }

    /// The same, with something else to know.
    #[must_use]
    pub fn with_detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }
}
