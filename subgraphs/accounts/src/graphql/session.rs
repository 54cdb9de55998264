//! Where the viewer is signed in, and signing out.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use polyphony_kit::{Result, SessionId, viewer::require_viewer};

use super::{
    app, loader,
    refusals::{AckPayload, UserError},
    security_event::SecurityEvent,
};
use crate::{
    commands::{self, ApiKeys, Reach},
    domain::{self, Refusal},
    store::SecurityEventsIn,
};

/// The viewer signed in on one device.
pub struct Session {
    session: domain::Session,
    current: bool,
}

impl Session {
    /// A session, as seen from the session `current`.
    pub fn new(session: domain::Session, current: SessionId) -> Self {
        Self { current: session.id == current, session }
    }
}

/// The viewer signed in on one device.
#[Object]
impl Session {
    /// The id, `ses_…`.
    async fn id(&self) -> ID {
        self.session.id.to_string().into()
    }

    /// What the client calls its device.
    async fn device_name(&self) -> Option<&str> {
        self.session.device_name.as_deref()
    }

    /// The client's user agent when it was last seen.
    async fn user_agent(&self) -> Option<&str> {
        self.session.user_agent.as_deref()
    }

    /// The client's address when it was last seen.
    async fn ip_address(&self) -> Option<&str> {
        self.session.ip_address.as_deref()
    }

    /// When the viewer signed in.
    async fn created_at(&self) -> DateTime<Utc> {
        self.session.created_at
    }

    /// When the client last asked for tokens; it does every ten minutes while it is in use.
    async fn last_seen_at(&self) -> DateTime<Utc> {
        self.session.last_seen_at
    }

    /// The last 50 entries of the security log about this session, the last first.
    async fn security_events(&self, ctx: &Context<'_>) -> Result<Vec<SecurityEvent>> {
        let events = loader(ctx).load_one(SecurityEventsIn(self.session.id)).await?.unwrap_or_default();
        Ok(events.into_iter().map(Into::into).collect())
    }

    /// Whether it is the session that asks.
    async fn current(&self) -> bool {
        self.current
    }
}

#[derive(Default)]
pub struct SessionMutation;

#[Object]
impl SessionMutation {
    /// Signs the viewer out.
    #[graphql(requires_scopes = "write")]
    async fn logout(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(false)", desc = "On all devices, not this one only.")] everywhere: Option<bool>,
        #[graphql(
            default_with = "Some(false)",
            desc = "Also revokes all API keys of the viewer: programs that use one answer 401 from then on. Keys stay by default, \
                    since they are no devices; say true when somebody else may have been in the account."
        )]
        revoke_api_keys: Option<bool>,
    ) -> Result<AckPayload> {
        let reach = if everywhere == Some(true) { Reach::Everywhere } else { Reach::ThisDevice };
        let api_keys = ApiKeys::revoked_if(revoke_api_keys == Some(true));
        commands::log_out(app(ctx), require_viewer(ctx)?, reach, api_keys).await?;
        Ok(Ok(()).into())
    }

    /// Signs the viewer out on another device.
    #[graphql(requires_scopes = "write")]
    async fn revoke_session(&self, ctx: &Context<'_>, session_id: ID) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        let revoked = match SessionId::parse(&session_id) {
            Some(session) => commands::revoke_session(app(ctx), viewer, session).await?,
            None => Err(Refusal::SessionNotFound),
        };
        Ok(revoked.map_err(UserError::from).into())
    }
}
