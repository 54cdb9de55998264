//! The security log: the viewer's part of it, and all of it for admins.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use polyphony_kit::{Result, Role, UserId, page::Page, viewer::require_viewer};

use super::{app, loader, user::User};
use crate::{
    domain,
    store::{LogFilter, UserById},
};

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
    /// An invitation was used to make the account.
    InvitationUsed,
    /// An admin made an invitation.
    InvitationCreated,
    /// An admin took an invitation back.
    InvitationRevoked,
    /// They asked to move to another address.
    EmailChangeRequested,
    /// An admin agreed to that in the place of the old address.
    EmailChangeApproved,
    /// They, or one of the addresses, gave that up.
    EmailChangeCancelled,
    /// The account moved to another address.
    EmailChanged,
    /// An account at a provider was unlinked.
    IdentityUnlinked,
    /// Somebody signed in proved again who they are, before a dangerous change.
    SteppedUp,
    /// Somebody gave a wrong second factor, knowing the password.
    SecondFactorFailed,
    /// One-time codes were turned on.
    TotpEnabled,
    /// One-time codes were turned off.
    TotpDisabled,
    /// A recovery code stood in for a second factor.
    RecoveryCodeUsed,
    /// New recovery codes replaced the old ones.
    RecoveryCodesRegenerated,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was deleted.
    PasskeyRemoved,
    /// A passkey was refused whose counter did not grow: there may be a copy of it.
    PasskeyCloned,
    /// An admin took all second factors off the account.
    SecondFactorReset,
    /// They asked for everything that is kept about them.
    DataExportRequested,
    /// The account was deleted.
    AccountDeleted,
}

/// An entry of the security log. Entries are kept for 90 days and cannot be changed.
#[derive(Clone)]
pub struct SecurityEvent(domain::LoggedEvent);

impl From<domain::LoggedEvent> for SecurityEvent {
    fn from(entry: domain::LoggedEvent) -> Self {
        Self(entry)
    }
}

/// An entry of the security log. Entries are kept for 90 days and cannot be changed.
#[Object]
impl SecurityEvent {
    /// What happened.
    async fn kind(&self) -> SecurityEventKind {
        self.0.event.kind.into()
    }

    /// When it happened; of several failures, the first.
    async fn at(&self) -> DateTime<Utc> {
        self.0.event.at
    }

    /// How often it happened. Failures of one hour from one network are one entry, so that guesses do not wash away what else
    /// there is; everything else is an entry of its own, with 1 here.
    async fn count(&self) -> i32 {
        i32::try_from(self.0.count).unwrap_or(i32::MAX)
    }

    /// When it last happened: `at` where `count` is 1.
    async fn last_at(&self) -> DateTime<Utc> {
        self.0.last_at
    }

    /// In which session, `ses_…`; of an API key, its id in that form. Null for what was done without being signed in.
    async fn session_id(&self) -> Option<ID> {
        self.0.event.session.map(|id| id.to_string().into())
    }

    /// The client's address; of several failures, that of the first. Null when it is not known.
    async fn ip_address(&self) -> Option<&str> {
        self.0.event.ip_address.as_deref()
    }

    /// The client's user agent; of several failures, that of the first. Null when it is not known.
    async fn user_agent(&self) -> Option<&str> {
        self.0.event.user_agent.as_deref()
    }

    /// What else there is to know: the name of an API key, the new role.
    async fn detail(&self) -> Option<&str> {
        self.0.event.detail.as_deref()
    }

    /// Whose account it is about; null when the address that was tried has no account, or when the account was deleted.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        find(ctx, self.0.event.user).await
    }

    /// Who did it, where that is an admin; null when it was the person themselves, somebody unknown, or the operator.
    async fn actor(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        find(ctx, self.0.event.actor).await
    }
}

async fn find(ctx: &Context<'_>, id: Option<UserId>) -> Result<Option<User>> {
    let Some(id) = id else { return Ok(None) };
    Ok(loader(ctx).load_one(UserById(id)).await?.map(User))
}

polyphony_kit::connection!(
    /// A page of the security log, the last entry first.
    SecurityEventConnection,
    SecurityEventEdge,
    SecurityEvent
);

/// Which entries, and which page of them.
pub(super) struct LogArguments {
    /// Of which kinds; all when absent.
    pub(super) kinds: Option<Vec<SecurityEventKind>>,
    /// How many.
    pub(super) first: Option<i32>,
    /// The cursor of the entry before the page.
    pub(super) after: Option<String>,
}

/// A page of the log of a person, or of everybody's.
pub(super) async fn security_log(
    ctx: &Context<'_>,
    user: Option<UserId>,
    arguments: LogArguments,
) -> Result<SecurityEventConnection> {
    let page = Page::parse(arguments.first, arguments.after, 20)?;
    let kinds = arguments.kinds.map(|kinds| kinds.into_iter().map(Into::into).collect());
    let (entries, total) = app(ctx).store.security_log(&LogFilter { user, kinds }, &page).await?;
    Ok(SecurityEventConnection::new(page.cut(entries, domain::LoggedEvent::position), total, SecurityEvent))
}

#[derive(Default)]
pub struct SecurityEventQuery;

#[Object]
impl SecurityEventQuery {
    /// The security log of a person, or of everybody and of addresses without an account, the last entry first. For admins; an
    /// API key with the scope `admin` may read it too, so that it can be collected elsewhere. Null for a malformed `userId`.
    #[graphql(requires_scopes = "admin")]
    async fn security_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what is about this person, also after their account was deleted.")] user_id: Option<ID>,
        #[graphql(desc = "Only these kinds; all when absent.")] kinds: Option<Vec<SecurityEventKind>>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which to begin.")] after: Option<String>,
    ) -> Result<Option<SecurityEventConnection>> {
        require_viewer(ctx)?.require(Role::Admin)?;
        let user = match user_id.as_deref().map(|id| UserId::parse(id)) {
            Some(None) => return Ok(None),
            user => user.flatten(),
        };
        security_log(ctx, user, LogArguments { kinds, first, after }).await.map(Some)
    }
}
