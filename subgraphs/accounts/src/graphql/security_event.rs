//! The viewer's part of the security log.

use async_graphql::{Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};

use crate::domain;

/// What happened to an account.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::SecurityEventKind")]
pub enum SecurityEventKind {
    /// The account was made.
    SignedUp,
    /// Somebody signed in.
    SignedIn,
    /// Somebody gave a wrong password, or was kept out.
    SignInFailed,
    /// A session was ended.
    SessionEnded,
    /// A refresh token was used twice, so its session was ended.
    TokenReused,
    /// The password was changed.
    PasswordChanged,
    /// A mail to choose a new password was asked for.
    PasswordResetRequested,
    /// A new password was chosen with the token of that mail.
    PasswordReset,
    /// The address was shown to be theirs.
    EmailVerified,
    /// An admin gave them another role.
    RoleChanged,
    /// An admin keeps them out.
    Suspended,
    /// An admin let them in again.
    Reinstated,
    /// They made an API key.
    ApiKeyCreated,
    /// They took an API key back.
    ApiKeyRevoked,
    /// An API key was used, the first time in an hour.
    ApiKeyUsed,
    /// An account at a provider was linked, to sign in with.
    IdentityLinked,
    /// The account was deleted.
    AccountDeleted,
}

/// An entry of the security log. Entries are kept for 90 days and cannot be changed.
#[derive(Clone, SimpleObject)]
pub struct SecurityEvent {
    /// What happened.
    kind: SecurityEventKind,
    /// When.
    at: DateTime<Utc>,
    /// In which session.
    session_id: Option<ID>,
    /// The client's address.
    ip_address: Option<String>,
    /// The client's user agent.
    user_agent: Option<String>,
    /// What else there is to know: the name of an API key, the new role.
    detail: Option<String>,
}

impl From<domain::SecurityEvent> for SecurityEvent {
    fn from(event: domain::SecurityEvent) -> Self {
        Self {
            kind: event.kind.into(),
            at: event.at,
            session_id: event.session.map(|id| id.to_string().into()),
            ip_address: event.ip_address,
            user_agent: event.user_agent,
            detail: event.detail,
        }
    }
}
