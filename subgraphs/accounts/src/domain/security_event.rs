//! What the security log tells.

use chrono::{DateTime, Utc};
use polyphony_kit::{SessionId, UserId};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Client, network_of};

/// Failures of an hour are at most so many entries for each person, whatever networks they come from.
const MAX_GROUPS: u8 = 32;

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
    /// An invitation was used to make the account.
    InvitationUsed "INVITATION_USED",
    /// An admin made an invitation.
    InvitationCreated "INVITATION_CREATED",
    /// An admin took an invitation back.
    InvitationRevoked "INVITATION_REVOKED",
    /// They asked to move to another address.
    EmailChangeRequested "EMAIL_CHANGE_REQUESTED",
    /// An admin agreed to that in the place of the old address.
    EmailChangeApproved "EMAIL_CHANGE_APPROVED",
    /// They, or one of the addresses, gave that up.
    EmailChangeCancelled "EMAIL_CHANGE_CANCELLED",
    /// The account moved to another address.
    EmailChanged "EMAIL_CHANGED",
    /// An account at a provider was unlinked.
    IdentityUnlinked "IDENTITY_UNLINKED",
    /// Somebody signed in proved again who they are, before a dangerous change.
    SteppedUp "STEPPED_UP",
    /// Somebody gave a wrong second factor, knowing the password.
    SecondFactorFailed "SECOND_FACTOR_FAILED",
    /// One-time codes were turned on.
    TotpEnabled "TOTP_ENABLED",
    /// One-time codes were turned off.
    TotpDisabled "TOTP_DISABLED",
    /// A recovery code stood in for a second factor.
    RecoveryCodeUsed "RECOVERY_CODE_USED",
    /// New recovery codes replaced the old ones.
    RecoveryCodesRegenerated "RECOVERY_CODES_REGENERATED",
    /// A passkey was added.
    PasskeyAdded "PASSKEY_ADDED",
    /// A passkey was deleted.
    PasskeyRemoved "PASSKEY_REMOVED",
    /// A passkey was refused whose counter did not grow: there may be a copy of it.
    PasskeyCloned "PASSKEY_CLONED",
    /// An admin took all second factors off the account.
    SecondFactorReset "SECOND_FACTOR_RESET",
    /// They asked for everything that is kept about them.
    DataExportRequested "DATA_EXPORT_REQUESTED",
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
    /// Who did it, where that is an admin.
    pub actor: Option<UserId>,
    /// When.
    pub at: DateTime<Utc>,
}

impl SecurityEvent {
    /// Something that happened to this person, now.
    pub fn new(user: impl Into<Option<UserId>>, kind: SecurityEventKind, at: DateTime<Utc>) -> Self {
        let user = user.into();
        Self { user, kind, session: None, ip_address: None, user_agent: None, detail: None, actor: None, at }
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

    /// The same, done by this admin.
    #[must_use]
    pub fn done_by(self, admin: UserId) -> Self {
        Self { actor: Some(admin), ..self }
    }

    /// What the entry has in common with others that it is counted with; `None` for an entry of its own. Failures are what
    /// anybody can cause, as often as they like: those of an hour that come from one network are one entry, and of all networks
    /// together there are only so many.
    pub fn group(&self) -> Option<Vec<u8>> {
        if !self.kind.is_failure() {
            return None;
        }
        let network = network_of(self.ip_address.as_deref().unwrap_or_default());
        let bucket = Sha256::digest(network)[0] % MAX_GROUPS;
        let user = self.user.map(|id| id.to_string()).unwrap_or_default();
        let detail = self.detail.as_deref().unwrap_or_default();
        let hour = self.at.timestamp().div_euclid(3600);
        let kind = self.kind.as_str();
        Some(Sha256::digest(format!("{kind}\n{user}\n{hour}\n{bucket}\n{detail}")).to_vec())
    }
}

/// An entry as it stands in the log.
#[derive(Clone, Debug)]
pub struct LoggedEvent {
    /// Tells entries of the same moment apart.
    pub id: Uuid,
    /// What happened; of several failures, the first.
    pub event: SecurityEvent,
    /// How often.
    pub count: i64,
    /// When last.
    pub last_at: DateTime<Utc>,
}

impl LoggedEvent {
    /// Where the entry stands.
    pub fn position(&self) -> (DateTime<Utc>, Uuid) {
        (self.event.at, self.id)
    }
}

impl SecurityEventKind {
    /// Whether it is something that did not succeed, so that whoever likes can cause it.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::SignInFailed | Self::SecondFactorFailed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(address: &str, second: i64) -> SecurityEvent {
        let at = DateTime::from_timestamp(1_800_000_000 + second, 0).expect("a point in time");
        let client = Client { ip_address: Some(address.to_owned()), ..Client::default() };
        SecurityEvent::new(None, SecurityEventKind::SignInFailed, at).by(&client)
    }

    #[test]
    fn failures_of_an_hour_from_one_network_are_one_entry() {
        let group = failure("203.0.113.7", 0).group();
        assert!(group.is_some());
        assert_eq!(failure("203.0.113.8", 3599).group(), group);
        assert_ne!(failure("203.0.113.7", 3600).group(), group);
        assert_ne!(failure("198.51.100.7", 0).group(), group);
        assert_ne!(SecurityEvent { user: Some(UserId::new()), ..failure("203.0.113.7", 0) }.group(), group);
    }

    #[test]
    fn a_thousand_networks_are_few_entries() {
        let groups: std::collections::HashSet<_> =
            (0..1000).map(|n| failure(&format!("10.{}.{}.1", n / 250, n % 250), 0).group()).collect();
        assert!(groups.len() <= usize::from(MAX_GROUPS), "{}", groups.len());
    }

    #[test]
    fn what_succeeds_is_an_entry_of_its_own() {
        let signed_in = SecurityEvent { kind: SecurityEventKind::SignedIn, ..failure("203.0.113.7", 0) };
        assert_eq!(signed_in.group(), None);
    }
}
