//! Events of accounts: people and their sessions.

use chrono::{DateTime, Utc};
use polyphony_kit::Role;

use crate::{DataExportId, SessionId, UserId, data_export::ExportPart, events};

/// What a token that is sealed into an event is bound to: the event's type and the address that its mail goes to. It opens for
/// nothing else, so that whoever can write to the topic cannot have it mailed to themselves.
pub fn seal_context(event_type: &str, email: &str) -> String {
    format!("{event_type}\n{email}")
}

/// What the token of a news mail that turns such mail off is sealed for: it holds the person's id.
pub const UNSUBSCRIBE_CONTEXT: &str = "unsubscribe";

events! { "accounts.v1";
    /// Somebody has made an account.
    UserRegistered keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// Where mail for them goes.
        pub email: String,
        /// The name they chose to be found by.
        pub handle: String,
        /// The name they want to be called.
        pub display_name: String,
        /// Their language, BCP 47.
        pub locale: String,
        /// The account's version.
        pub version: i64,
    }
    /// A session has ended before its time: logout, revocation, or a refresh token that was used twice.
    SessionRevoked keyed by user_id {
        /// Whose.
        pub user_id: UserId,
        /// Which.
        pub session_id: SessionId,
    }
    /// An admin gave somebody another role.
    UserRoleChanged keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// What they may do from now on.
        pub role: Role,
        /// The account's version.
        pub version: i64,
    }
    /// Somebody is asked to show that an address is theirs.
    EmailVerificationRequested keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// Where the mail goes.
        pub email: String,
        /// The name they want to be called.
        pub display_name: String,
        /// Their language, BCP 47.
        pub locale: String,
        /// What `verifyEmail` takes, good once: sealed by `kit::seal` in the context that [`seal_context`] gives.
        #[serde(default)]
        pub sealed_token: Option<String>,
        /// The token in the clear, of events from before it was sealed; not written any more.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pub token: String,
        /// When the token ceases to be good.
        pub expires_at: DateTime<Utc>,
    }
    /// Somebody wanted to make an account with an address that has one; its owner is told.
    RegistrationAttempted keyed by user_id {
        /// The owner of the address.
        pub user_id: UserId,
        /// The address, where the mail goes.
        pub email: String,
        /// The name they want to be called.
        pub display_name: String,
        /// Their language, BCP 47.
        pub locale: String,
        /// When.
        pub at: DateTime<Utc>,
    }
    /// Somebody wants to move to another address, which this asks one of the two addresses about.
    EmailChangeRequested keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// Where this mail goes: the new address, or the one that the account has.
        pub email: String,
        /// The new address, as people read it.
        pub new_email: String,
        /// Whether this mail goes to the address that the account has.
        pub is_current: bool,
        /// The name they want to be called.
        pub display_name: String,
        /// Their language, BCP 47.
        pub locale: String,
        /// What `confirmEmailChange` and `refuseEmailChange` take, sealed by `kit::seal` in the context that [`seal_context`] gives.
        pub sealed_token: String,
        /// When the token ceases to be good.
        pub expires_at: DateTime<Utc>,
    }
    /// Somebody has moved to another address, which is verified.
    UserEmailChanged keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// Where mail for them goes from now on.
        pub email: String,
        /// The name they want to be called.
        pub display_name: String,
        /// Their language, BCP 47.
        pub locale: String,
        /// The account's version.
        pub version: i64,
    }
    /// Somebody has forgotten their password.
    PasswordResetRequested keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// Where the mail goes.
        pub email: String,
        /// The name they want to be called.
        pub display_name: String,
        /// Their language, BCP 47.
        pub locale: String,
        /// What `resetPassword` takes, good once: sealed by `kit::seal` in the context that [`seal_context`] gives.
        #[serde(default)]
        pub sealed_token: Option<String>,
        /// The token in the clear, of events from before it was sealed; not written any more.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pub token: String,
        /// When the token ceases to be good.
        pub expires_at: DateTime<Utc>,
        /// The names of the providers that they sign in at, when the account has no password (yet).
        #[serde(default)]
        pub sign_in_providers: Vec<String>,
    }
    /// An admin keeps somebody out; their sessions have ended.
    UserSuspended keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// The account's version.
        pub version: i64,
    }
    /// An admin lets somebody in again.
    UserReinstated keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// The account's version.
        pub version: i64,
    }
    /// Somebody has deleted their account: what is theirs alone goes with it.
    UserDeleted keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// The account's version.
        pub version: i64,
    }
    /// Somebody has chosen how they want to be served.
    UserPreferencesChanged keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// Their language, BCP 47.
        pub locale: String,
        /// Whether explicit tracks are shown to them.
        pub explicit_content: bool,
        /// The most they want to stream: `LOW`, `NORMAL`, `HIGH` or `LOSSLESS`.
        pub streaming_quality: String,
        /// Whether they want mail that nobody needs, such as news of artists.
        pub email_notifications: bool,
        /// Whether something like it follows when their queue has ended.
        pub autoplay: bool,
        /// The account's version.
        pub version: i64,
    }
    /// Somebody has signed in on a device that was not seen before.
    SignedInOnNewDevice keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// The session that it began.
        pub session_id: SessionId,
        /// Where the mail goes.
        pub email: String,
        /// The name they want to be called.
        pub display_name: String,
        /// Their language, BCP 47.
        pub locale: String,
        /// The device's name, as the client gave it.
        pub device_name: Option<String>,
        /// The client's `User-Agent`.
        pub user_agent: Option<String>,
        /// The address it came from.
        pub ip_address: Option<String>,
        /// When.
        pub signed_in_at: DateTime<Utc>,
    }
    /// The security of an account has changed; its owner is told by mail, should it not have been them.
    SecurityNotice keyed by user_id {
        /// The account.
        pub user_id: UserId,
        /// Where the mail goes. When the address itself changes there is a notice to the old one too.
        pub email: String,
        /// The name they want to be called.
        pub display_name: String,
        /// Their language, BCP 47.
        pub locale: String,
        /// What happened, as the security log names it: `PASSWORD_CHANGED`, `API_KEY_CREATED`, … More may come, so a consumer
        /// has words for those that it does not know.
        pub kind: String,
        /// What else there is to know: the name of an API key, a provider, a role.
        #[serde(default)]
        pub detail: Option<String>,
        /// The session in which it was done.
        #[serde(default)]
        pub session_id: Option<SessionId>,
        /// The name of that session's device, as the client gave it.
        #[serde(default)]
        pub device_name: Option<String>,
        /// The client's `User-Agent`.
        #[serde(default)]
        pub user_agent: Option<String>,
        /// The address it came from.
        #[serde(default)]
        pub ip_address: Option<String>,
        /// When it happened.
        pub at: DateTime<Utc>,
    }
    /// Somebody has asked for everything that is kept about them. Each service that keeps something contributes parts.
    DataExportRequested keyed by user_id {
        /// Whose data.
        pub user_id: UserId,
        /// The export.
        pub export_id: DataExportId,
        /// When they asked.
        pub requested_at: DateTime<Utc>,
    }
    /// accounts contributes to an export: profile, sessions, keys, identities, second factors and security log, without secrets.
    AccountDataExported keyed by user_id {
        /// Whose data.
        pub user_id: UserId,
        /// The export.
        pub export_id: DataExportId,
        /// A part of it.
        pub part: ExportPart,
    }
}
