//! Private sessions.

use async_graphql::{Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_kit::{Result, viewer::require_viewer};

use super::{
    app,
    errors::{UserError, outcome},
    external::Viewer,
};
use crate::{
    commands::set_private_session::{Private, set_private_session},
    domain::private_session,
};

/// A time in which what the person plays goes into no history, no count and no recommendation.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct PrivateSession {
    /// When it was turned on.
    started_at: DateTime<Utc>,
    /// When it ends by itself, six hours after it was turned on last.
    ends_at: DateTime<Utc>,
}

impl From<private_session::PrivateSession> for PrivateSession {
    fn from(session: private_session::PrivateSession) -> Self {
        let private_session::PrivateSession { started_at, ends_at } = session;
        Self { started_at, ends_at }
    }
}

/// The answer of `setPrivateSession`.
#[derive(SimpleObject)]
struct PrivateSessionPayload {
    /// The viewer, with the `privateSession` that goes on from now.
    viewer: Option<Viewer>,
    /// Why it was not done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct PrivateSessionMutation;

#[Object]
impl PrivateSessionMutation {
    /// Turns the viewer's private session on, for six hours from now, or off. Plays of that time, also those that are reported later and
    /// those of a listening session, go into no history, no count, no chart and no recommendation; what was liked or saved is kept
    /// as ever. Every device sees it by `PlaybackState.privateUntil`.
    async fn set_private_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whether it is on from now.")] enabled: bool,
    ) -> Result<PrivateSessionPayload> {
        let viewer = require_viewer(ctx)?;
        let wanted = if enabled { Private::On } else { Private::Off };
        Ok(match outcome(set_private_session(app(ctx), viewer, wanted).await)? {
            Ok(_) => PrivateSessionPayload { viewer: Some(Viewer::of(viewer.user)), user_errors: Vec::new() },
            Err(error) => PrivateSessionPayload { viewer: None, user_errors: vec![error] },
        })
    }
}
