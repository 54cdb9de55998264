//! The signed-in person, as only they see themselves.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::ViewerId;
use polyphony_kit::{
    Error, Result, Role, SessionId, rate_limit,
    scalar::Url,
    server::{Budget, ClientInfo},
    viewer::{require_viewer, viewer},
};

use super::{
    api_key::ApiKey,
    app,
    email_change::EmailChange,
    loader,
    oidc::LinkedIdentity,
    refusals::{AckPayload, UserError, split, split_one},
    second_factor::SecondFactors,
    security_event::{LogArguments, SecurityEvent, SecurityEventConnection, SecurityEventKind, security_log},
    session::Session,
    user::User,
};
use crate::{
    commands::{self, PreferencesChange, ProfileChange},
    domain::{self, Account, Credential},
    store::{AccountOfSession, ApiKeysOf, EmailChangeOf, IdentitiesOf, SecurityEventsOf, SessionsOf},
};

/// Everything private to the signed-in person hangs here, whichever subgraph owns it.
pub struct Viewer {
    /// The person.
    pub account: Account,
    /// The session that asks.
    session: SessionId,
    /// Whether it is one, or an API key.
    credential: Credential,
}

impl Viewer {
    /// The viewer of a session.
    pub fn signed_in(account: Account, session: SessionId) -> Self {
        Self { account, session, credential: Credential::Session }
    }

    async fn of_request(ctx: &Context<'_>) -> Result<Option<Self>> {
        let Some(viewer) = viewer(ctx) else { return Ok(None) };
        let found = loader(ctx).load_one(AccountOfSession(viewer.user, viewer.session)).await?;
        Ok(found.map(|(account, credential)| Self { account, session: viewer.session, credential }))
    }

    /// The account as the person themselves sees it. FORBIDDEN to an API key: a program that leaks shows neither where mail for
    /// its owner goes nor how the account is secured. Every field about that asks here.
    pub(super) fn own_account(&self) -> Result<&Account> {
        match self.credential {
            Credential::Session => Ok(&self.account),
            Credential::ApiKey => Err(Error::forbidden(
                "an API key does not see the address, sessions, keys and log of its owner; sign in",
            )),
        }
    }

    /// As [`Viewer::own_account`], for what is no part of enrolling a second factor: FORBIDDEN to whoever's role requires one and who
    /// has none, in the answer to signing in too, where no token says so yet.
    fn whole_account(&self, ctx: &Context<'_>) -> Result<&Account> {
        let account = self.own_account()?;
        if app(ctx).second_factor.is_missing_for(account) {
            return Err(Error::forbidden("your role requires a second factor; enrol one first"));
        }
        Ok(account)
    }
}

/// Everything private to the signed-in person hangs here, whichever subgraph owns it.
#[Object]
impl Viewer {
    /// The id of what is private to the person, `vwr_…`, unlike that of any other thing; the person's own is that of `user`.
    pub async fn id(&self) -> ID {
        ViewerId(self.account.id().0).to_string().into()
    }

    /// The person as everybody sees them.
    async fn user(&self) -> User {
        User(self.account.user.clone())
    }

    /// Where their mail goes, in lower-case. `login` takes it however it is written: composed or not, with the domain in its own
    /// script or in Punycode. FORBIDDEN to API keys.
    async fn email(&self) -> Result<String> {
        Ok(self.own_account()?.email.display())
    }

    /// Whether they have shown that the address is theirs. FORBIDDEN to API keys.
    async fn email_verified(&self) -> Result<bool> {
        Ok(self.own_account()?.email_verified)
    }

    /// The change of address that waits for its addresses to agree; null when there is none. FORBIDDEN to API keys.
    async fn pending_email_change(&self, ctx: &Context<'_>) -> Result<Option<EmailChange>> {
        let change = loader(ctx).load_one(EmailChangeOf(self.whole_account(ctx)?.id())).await?;
        Ok(change.filter(|change| app(ctx).clock.now() < change.expires_at).map(EmailChange::from))
    }

    /// What they may do.
    async fn role(&self) -> Role {
        self.account.role
    }

    /// How they like it.
    async fn preferences(&self) -> Preferences {
        self.account.preferences.clone().into()
    }

    /// Where they are signed in, at most 50, the last seen first. FORBIDDEN to API keys.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        let sessions = loader(ctx).load_one(SessionsOf(self.whole_account(ctx)?.id())).await?.unwrap_or_default();
        Ok(sessions.into_iter().map(|session| Session::new(session, self.session)).collect())
    }

    /// The keys of their programs, at most 50, the oldest first. FORBIDDEN to API keys.
    async fn api_keys(&self, ctx: &Context<'_>) -> Result<Vec<ApiKey>> {
        let keys = loader(ctx).load_one(ApiKeysOf(self.whole_account(ctx)?.id())).await?.unwrap_or_default();
        Ok(keys.into_iter().map(ApiKey::from).collect())
    }

    /// The accounts at other providers that they sign in with, the oldest first. FORBIDDEN to API keys.
    async fn identities(&self, ctx: &Context<'_>) -> Result<Vec<LinkedIdentity>> {
        let identities = loader(ctx).load_one(IdentitiesOf(self.whole_account(ctx)?.id())).await?.unwrap_or_default();
        Ok(identities.into_iter().map(LinkedIdentity::from).collect())
    }

    /// Their second factors. FORBIDDEN to API keys.
    async fn second_factors(&self, ctx: &Context<'_>) -> Result<SecondFactors> {
        let account = self.own_account()?;
        Ok(SecondFactors { user: account.id(), required: app(ctx).second_factor.requires(account.role) })
    }

    /// The last 50 entries of their security log, the last first. FORBIDDEN to API keys.
    #[graphql(deprecation = "`securityLog` has pages and a filter")]
    async fn security_events(&self, ctx: &Context<'_>) -> Result<Vec<SecurityEvent>> {
        let events = loader(ctx).load_one(SecurityEventsOf(self.whole_account(ctx)?.id())).await?.unwrap_or_default();
        Ok(events.into_iter().map(SecurityEvent::from).collect())
    }

    /// Their security log, the last entry first: what happened to the account in the last 90 days. FORBIDDEN to API keys.
    async fn security_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these kinds; all when absent.")] kinds: Option<Vec<SecurityEventKind>>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which to begin.")] after: Option<String>,
    ) -> Result<SecurityEventConnection> {
        security_log(ctx, Some(self.whole_account(ctx)?.id()), LogArguments { kinds, first, after }).await
    }

    /// How much they may still ask for.
    async fn rate_limit(&self, ctx: &Context<'_>) -> RateLimit {
        let budget = ctx.data_opt::<ClientInfo>().and_then(|client| client.budget);
        RateLimit::new(budget, app(ctx).clock.now())
    }
}

/// How much the viewer may still ask for. The answer's `RateLimit` headers tell the same.
#[derive(SimpleObject)]
pub struct RateLimit {
    /// Requests that may be made at once, when the budget is whole.
    limit: i32,
    /// Requests that are left.
    remaining: i32,
    /// When the budget is whole again.
    reset_at: DateTime<Utc>,
}

impl RateLimit {
    /// Without limits there is always everything left.
    fn new(budget: Option<Budget>, now: DateTime<Utc>) -> Self {
        let Some(budget) = budget else { return Self { limit: i32::MAX, remaining: i32::MAX, reset_at: now } };
        let count = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let reset_at = now + TimeDelta::milliseconds(budget.whole_in_ms.into());
        Self { limit: count(budget.limit), remaining: count(budget.remaining), reset_at }
    }
}

/// A quality to stream in.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::StreamingQuality")]
pub enum StreamingQuality {
    /// Up to 64 kbit/s.
    Low,
    /// Up to 128 kbit/s.
    Normal,
    /// Up to 320 kbit/s.
    High,
    /// As the source.
    Lossless,
}

/// What a person has chosen for themselves.
#[derive(SimpleObject)]
pub struct Preferences {
    /// The language of mails and messages, a BCP 47 tag.
    locale: String,
    /// Whether explicit tracks are shown.
    explicit_content: bool,
    /// The best quality to stream in.
    streaming_quality: StreamingQuality,
    /// Whether mail may be sent that they did not ask for.
    email_notifications: bool,
    /// Whether similar music goes on when the queue ends.
    autoplay: bool,
}

impl From<domain::Preferences> for Preferences {
    fn from(chosen: domain::Preferences) -> Self {
        Self {
            locale: chosen.locale.as_str().to_owned(),
            explicit_content: chosen.explicit_content,
            streaming_quality: chosen.streaming_quality.into(),
            email_notifications: chosen.email_notifications,
            autoplay: chosen.autoplay,
        }
    }
}

/// The answer of a mutation that changes what is the viewer's.
#[derive(SimpleObject)]
pub struct ViewerPayload {
    /// The viewer after the change.
    viewer: Option<Viewer>,
    /// Why nothing was changed.
    user_errors: Vec<UserError>,
}

impl ViewerPayload {
    pub(super) fn new((account, user_errors): (Option<Account>, Vec<UserError>), session: SessionId) -> Self {
        Self { viewer: account.map(|account| Viewer::signed_in(account, session)), user_errors }
    }
}

/// What everybody sees of the viewer; what is absent stays as it is.
#[derive(InputObject)]
pub struct UpdateProfileInput {
    /// 3 to 30 of `a-z 0-9 _ . -`.
    handle: Option<String>,
    /// 1 to 80 characters.
    display_name: Option<String>,
    /// At most 500 characters; null clears it.
    bio: MaybeUndefined<String>,
    /// A picture: https, without a password in it, and not on a private network; the server may allow certain hosts only. Null
    /// clears it.
    avatar_url: MaybeUndefined<Url>,
}

/// How the viewer likes it; what is absent stays as it is.
#[derive(InputObject)]
pub struct UpdatePreferencesInput {
    /// A BCP 47 tag: `en`, `pt-BR`.
    locale: Option<String>,
    /// Whether explicit tracks are shown.
    explicit_content: Option<bool>,
    /// The best quality to stream in.
    streaming_quality: Option<StreamingQuality>,
    /// Whether mail may be sent that they did not ask for.
    email_notifications: Option<bool>,
    /// Whether similar music goes on when the queue ends.
    autoplay: Option<bool>,
}

#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// The signed-in person; null when nobody is signed in.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Viewer>> {
        Viewer::of_request(ctx).await
    }

    #[graphql(entity)]
    async fn find_viewer_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Viewer>> {
        let is_own = viewer(ctx).is_some_and(|viewer| ViewerId::parse(&id) == Some(ViewerId(viewer.user.0)));
        if is_own { Viewer::of_request(ctx).await } else { Ok(None) }
    }
}

#[derive(Default)]
pub struct ViewerMutation;

#[Object]
impl ViewerMutation {
    /// Changes what everybody sees of the viewer.
    #[graphql(requires_scopes = "write")]
    async fn update_profile(&self, ctx: &Context<'_>, input: UpdateProfileInput) -> Result<ViewerPayload> {
        let viewer = require_viewer(ctx)?;
        let change = ProfileChange {
            handle: input.handle,
            display_name: input.display_name,
            bio: input.bio.into(),
            avatar_url: input.avatar_url.map_value(|url| url.0).into(),
        };
        let changed = commands::update_profile(app(ctx), viewer, change).await?;
        Ok(ViewerPayload::new(split(changed), viewer.session))
    }

    /// Changes how the viewer likes it.
    #[graphql(requires_scopes = "write")]
    async fn update_preferences(&self, ctx: &Context<'_>, input: UpdatePreferencesInput) -> Result<ViewerPayload> {
        let viewer = require_viewer(ctx)?;
        let change = PreferencesChange {
            locale: input.locale,
            explicit_content: input.explicit_content,
            streaming_quality: input.streaming_quality.map(Into::into),
            email_notifications: input.email_notifications,
            autoplay: input.autoplay,
        };
        let changed = commands::update_preferences(app(ctx), viewer, change).await?;
        Ok(ViewerPayload::new(split_one(changed), viewer.session))
    }

    /// Turns `emailNotifications` off with the token behind the link of a mail that they allow; nobody has to be signed in. The
    /// token can be used any number of times. `INVALID_TOKEN` when it is none of ours, or older than the server's sealing keys.
    #[graphql(directive = rate_limit::RateLimit::apply("token".into(), "ADDRESS".into()))]
    async fn unsubscribe(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What stands behind `token=` in the mail's link.")] token: String,
    ) -> Result<AckPayload> {
        let done = commands::unsubscribe(app(ctx), &token).await?;
        Ok(done.map_err(|refusal| UserError::from(refusal).at(&["token"])).into())
    }
}
