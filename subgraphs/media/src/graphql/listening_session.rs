//! People who listen together.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_events::ListeningSessionId;
use polyphony_kit::{Result, cursor, rate_limit::RateLimit, scalar::Url, viewer::require_viewer};

use super::{
    app,
    errors::{AckPayload, UserError, nothing, outcome},
    external::User,
    load,
    player::PlaybackState,
};
use crate::{
    commands::{
        CommandResult, end_listening_session::end_listening_session, join_listening_session,
        leave_listening_session::leave_listening_session, start_listening_session::start_listening_session,
    },
    domain::{listening_session, player::Player},
    live::Room,
    store::{listening_session::ParticipantsOf, player::PlayerOf},
};

/// People listening to the same thing at the same time.
#[derive(Clone, Debug)]
pub struct ListeningSession {
    session: listening_session::ListeningSession,
    room: Option<Arc<Room>>,
    player: Option<Player>,
}

impl ListeningSession {
    /// A session that the viewer may see.
    pub(super) fn of(session: listening_session::ListeningSession) -> Self {
        Self { session, room: None, player: None }
    }

    /// A session as a frame shows it.
    pub(super) fn at(room: Arc<Room>, player: Player) -> Self {
        Self { session: room.session.clone(), room: Some(room), player: Some(player) }
    }

    async fn player(&self, ctx: &Context<'_>) -> Result<Player> {
        if let Some(player) = &self.player {
            return Ok(player.clone());
        }
        let player = load(ctx).load_one(PlayerOf(self.session.id)).await?;
        Ok(player.ok_or_else(|| anyhow::anyhow!("the player of the session {} is gone", self.session.id))?)
    }
}

/// People listening to the same thing at the same time, each on their own device.
#[Object]
impl ListeningSession {
    /// The id of the session.
    async fn id(&self) -> ID {
        self.session.id.to_string().into()
    }

    /// The code to join it with. Case, hyphens and spaces do not matter.
    async fn code(&self) -> String {
        self.session.code.shown()
    }

    /// A link that joins it, fit for a QR code.
    async fn join_url(&self, ctx: &Context<'_>) -> Url {
        Url(app(ctx).settings.join_url(&self.session.code))
    }

    /// Who leads it.
    async fn host(&self) -> Option<User> {
        Some(User(self.session.host))
    }

    /// Whether guests may do everything; else they may only add to the queue.
    async fn guests_may_control(&self) -> bool {
        self.session.guests_may_control
    }

    /// Who takes part, the longest present first; at most 500.
    async fn participants(&self, ctx: &Context<'_>) -> Result<Vec<Participant>> {
        let found = match &self.room {
            Some(room) => room.participants.clone(),
            None => load(ctx).load_one(ParticipantsOf(self.session.id)).await?.unwrap_or_default(),
        };
        // Redis is asked once for all, and only when somebody wants to know.
        let drifts = if ctx.look_ahead().field("driftMs").exists() {
            app(ctx).live.drifts().of(self.session.id).await
        } else {
            HashMap::new()
        };
        let drift_of = |user| drifts.get(user).map(|drift| drift.offset_ms);
        Ok(found.iter().map(|found| Participant::new(found, drift_of(&found.user))).collect())
    }

    /// What plays.
    async fn playback(&self, ctx: &Context<'_>) -> Result<PlaybackState> {
        Ok(PlaybackState(self.player(ctx).await?))
    }

    /// Give it as `after` to `listeningSessionChanged` to go on behind this frame.
    async fn cursor(&self, ctx: &Context<'_>) -> Result<String> {
        let player = self.player(ctx).await?;
        Ok(cursor::encode(&(player.id, player.version)))
    }

    /// When it began.
    async fn started_at(&self) -> DateTime<Utc> {
        self.session.started_at
    }

    /// When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.session.ended_at
    }
}

/// Somebody in a listening session.
#[derive(Clone, Debug, SimpleObject)]
struct Participant {
    /// Who.
    user: Option<User>,
    /// Since when.
    joined_at: DateTime<Utc>,
    /// Whether a device of theirs listens.
    online: bool,
    /// By how much what they hear is ahead of what plays, in milliseconds, as their own client has reported it (`reportSync`) in the last
    /// 20 seconds; below zero: behind. Null when it reports nothing. `listeningSessionDrifts` tells it live.
    drift_ms: Option<f64>,
}

impl Participant {
    fn new(participant: &listening_session::Participant, drift_ms: Option<f64>) -> Self {
        let listening_session::Participant { user, joined_at, online } = *participant;
        Self { user: Some(User(user)), joined_at, online, drift_ms }
    }
}

/// The answer of a mutation of a listening session.
#[derive(SimpleObject)]
struct ListeningSessionPayload {
    /// The session as it stands now.
    session: Option<ListeningSession>,
    /// Why it was not done.
    user_errors: Vec<UserError>,
}

impl ListeningSessionPayload {
    fn of(result: CommandResult<listening_session::ListeningSession>) -> Result<Self> {
        Ok(match outcome(result)? {
            Ok(session) => Self { session: Some(ListeningSession::of(session)), user_errors: Vec::new() },
            Err(error) => Self { session: None, user_errors: vec![error] },
        })
    }
}

#[derive(Default)]
pub(super) struct ListeningSessionQuery;

#[Object]
impl ListeningSessionQuery {
    /// The session with this code, for whoever knows it. Trying many codes is rate limited.
    #[graphql(directive = RateLimit::apply("join".into(), "CALLER".into()))]
    async fn listening_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code.")] code: String,
    ) -> Result<Option<ListeningSession>> {
        let found = join_listening_session::find_by_code(app(ctx), require_viewer(ctx)?, &code).await?;
        Ok(found.map(ListeningSession::of))
    }

    /// A session by its key, for those who take part.
    #[graphql(entity)]
    async fn find_listening_session_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<ListeningSession>> {
        let Some(id) = ListeningSessionId::parse(&id) else { return Ok(None) };
        Ok(load(ctx).load_one(id).await?.map(ListeningSession::of))
    }
}

#[derive(Default)]
pub(super) struct ListeningSessionMutation;

#[Object]
impl ListeningSessionMutation {
    /// Begins a session that goes on with what plays for the viewer, who is its host. While somebody is in a session, all
    /// commands and `playback` are of the session's playback.
    async fn start_listening_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(true)", desc = "Whether guests may do everything; else they may only add.")]
        guests_may_control: Option<bool>,
    ) -> Result<ListeningSessionPayload> {
        let viewer = require_viewer(ctx)?;
        let may_control = guests_may_control.unwrap_or(true);
        ListeningSessionPayload::of(start_listening_session(app(ctx), viewer, may_control).await)
    }

    /// Joins a session; one takes part in one at a time. Calling it again changes nothing.
    #[graphql(directive = RateLimit::apply("join".into(), "CALLER".into()))]
    async fn join_listening_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code.")] code: String,
    ) -> Result<ListeningSessionPayload> {
        let viewer = require_viewer(ctx)?;
        ListeningSessionPayload::of(join_listening_session::join_listening_session(app(ctx), viewer, &code).await)
    }

    /// Leaves a session. When the host leaves, who has been there for longest becomes the host.
    async fn leave_listening_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session's id.")] id: ID,
    ) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        Ok(match ListeningSessionId::parse(&id) {
            Some(id) => {
                let done = leave_listening_session(app(ctx), viewer.user, id).await;
                outcome(done)?.into()
            }
            None => Err(nothing("session", "id")).into(),
        })
    }

    /// Ends a session for everybody; its host may.
    async fn end_listening_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The session's id.")] id: ID,
    ) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        Ok(match ListeningSessionId::parse(&id) {
            Some(id) => {
                let done = end_listening_session(app(ctx), viewer, id).await;
                outcome(done)?.into()
            }
            None => Err(nothing("session", "id")).into(),
        })
    }
}
