//! What plays.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_events::PlayerId;
use polyphony_kit::{Result, Viewer, connection, cursor, page::Window, viewer::require_viewer};

use super::{
    app,
    device::Device,
    errors::{UserError, UserErrorCode, outcome},
    external::{Track, User},
    job::milliseconds,
    listening_session::ListeningSession,
    load,
    play_context::PlayContext,
};
use crate::{
    app::App,
    commands::{
        CommandResult,
        choose_tracks::{Queued, Skipped},
    },
    domain::player::{self, Player},
    store::queue::{self, QueuePage},
};

/// Whether it plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "player::PlayState")]
pub enum PlayState {
    /// The position moves.
    Playing,
    /// The position stands, to go on from.
    Paused,
    /// Nothing was begun, or the queue has ended.
    Stopped,
}

/// What follows the end of a track, or of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "player::RepeatMode")]
pub enum RepeatMode {
    /// The queue ends.
    Off,
    /// The same track again.
    One,
    /// The queue begins again.
    All,
}

/// What is playing.
#[derive(Clone, Debug)]
pub struct PlaybackState(pub Player);

/// What is playing. While PLAYING, the position now is anchorPositionMs + (serverNow - anchorServerTime) * rate.
/// A frame is a full state, never a delta: applying the newest version is always right.
#[Object]
impl PlaybackState {
    /// The id of what plays: the viewer's own, or that of a listening session.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// Grows by one with every change.
    async fn version(&self) -> i32 {
        milliseconds(self.0.version)
    }

    /// Give it as `after` to a subscription to go on behind this frame.
    async fn cursor(&self) -> String {
        cursor::encode(&(self.0.id, self.0.version))
    }

    /// Whether it plays.
    async fn state(&self) -> PlayState {
        self.0.state.into()
    }

    /// The track that plays, or would.
    async fn track(&self) -> Option<Track> {
        self.0.current.map(|current| Track::new(current.track))
    }

    /// What the track that plays came from; null when the client that put it there did not say, and for what autoplay added.
    async fn context(&self) -> Option<PlayContext> {
        self.0.current.and_then(|current| current.context).map(PlayContext)
    }

    /// The request of `playPlaylist` or `playLikedTracks` that made the queue; null when `setQueue` did. Whoever asked knows by it that
    /// theirs has arrived.
    async fn play_request_id(&self) -> Option<ID> {
        self.0.request.map(|id| id.to_string().into())
    }

    /// Until when the viewer's plays count nowhere (`setPrivateSession`); null when they count.
    async fn private_until(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        if self.0.session.is_none() {
            return Ok(self.0.private_until);
        }
        // A session's state is the same for all; whose plays count is not.
        let (app, user) = (app(ctx), require_viewer(ctx)?.user);
        Ok(app.store.private_session(user, app.clock.now()).await?.map(|session| session.ends_at))
    }

    /// Where it stands in the queue, from 0.
    async fn queue_index(&self) -> Option<i32> {
        self.0.queue_index.map(milliseconds)
    }

    /// The position at the anchor's time.
    async fn anchor_position_ms(&self) -> i32 {
        milliseconds(self.0.anchor_position_ms)
    }

    /// When the position was that, in milliseconds since the Unix epoch by the server's clock (see `serverTime`).
    async fn anchor_server_time(&self) -> f64 {
        self.0.anchor_at.timestamp_micros() as f64 / 1000.0
    }

    /// How fast the position moves while it plays; 1 is as recorded.
    async fn rate(&self) -> f64 {
        1.0
    }

    /// How long the track is.
    async fn duration_ms(&self) -> Option<i32> {
        self.0.current.and_then(|current| current.duration_ms).map(milliseconds)
    }

    /// What follows the end.
    async fn repeat(&self) -> RepeatMode {
        self.0.repeat.into()
    }

    /// Whether the queue is shuffled. The order before comes back when it is turned off.
    async fn shuffle(&self) -> bool {
        self.0.shuffle
    }

    /// How loud the active device is, 0 to 100.
    async fn volume_percent(&self) -> i32 {
        self.0.volume_percent
    }

    /// The device that plays; none in a listening session, where everybody plays on their own. The target of a transfer
    /// finds itself here, and acknowledges it; until then all others see the device that still plays.
    async fn active_device(&self, ctx: &Context<'_>) -> Result<Option<Device>> {
        Device::find(ctx, self.0.active_device, self.0.active_device).await
    }

    /// The device to which playing is being transferred, until it has acknowledged.
    async fn transferring_to(&self, ctx: &Context<'_>) -> Result<Option<Device>> {
        Device::find(ctx, self.0.transfer.map(|transfer| transfer.to), self.0.active_device).await
    }

    /// The device whose command made this state.
    async fn changed_by(&self, ctx: &Context<'_>) -> Result<Option<Device>> {
        Device::find(ctx, self.0.changed_by, self.0.active_device).await
    }

    /// The play that goes on, as `reportPlay` knows it: a play that is told both ways counts once.
    async fn play_id(&self) -> Option<String> {
        self.0.tally.map(|tally| tally.id.to_string())
    }

    /// The listening session that it is of.
    async fn listening_session(&self, ctx: &Context<'_>) -> Result<Option<ListeningSession>> {
        let Some(id) = self.0.session else { return Ok(None) };
        Ok(load(ctx).load_one(id).await?.map(ListeningSession::of))
    }

    /// The queue as it is now, in the order in which it is played.
    async fn queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(100)", desc = "How many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the entry before.")] after: Option<String>,
        #[graphql(
            desc = "How many entries to skip from the top, instead of `after`: `queueIndex` begins the page at what plays."
        )]
        offset: Option<i32>,
    ) -> Result<QueueConnection> {
        let key = QueuePage { player: self.0.id, window: Window::parse(first, after, offset, 100)? };
        let items = load(ctx).load_one(key.clone()).await?.unwrap_or_default();
        let page = key.window.cut(items, |item| (item.place, item.id));
        Ok(QueueConnection::new(page, self.0.queue_length, QueueItem))
    }
}

/// An entry of a queue.
#[derive(Clone, Debug)]
pub struct QueueItem(queue::QueueItem);

/// An entry of a queue. The same track may stand in it more than once; entries are told apart by their own id.
#[Object]
impl QueueItem {
    /// The id of the entry.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// What it plays.
    async fn track(&self) -> Option<Track> {
        Some(Track::new(self.0.track))
    }

    /// Who added it.
    async fn added_by(&self) -> Option<User> {
        Some(User(self.0.added_by))
    }

    /// What it came from; null when the client that added it did not say, and for what autoplay added.
    async fn context(&self) -> Option<PlayContext> {
        self.0.context.map(PlayContext)
    }
}

connection!(
    /// A queue.
    QueueConnection,
    QueueEdge,
    QueueItem
);

/// A track that was left out of the queue because it cannot be played.
#[derive(SimpleObject)]
pub(super) struct SkippedTrack {
    /// The id as it was given.
    track_id: ID,
    /// Why: `NOT_FOUND` when there is no such track or the viewer may not see it, `NOT_PLAYABLE` when there is nothing to play
    /// (yet, or any more), `EXPLICIT_CONTENT` when the viewer has chosen to be shown nothing explicit.
    reason: UserErrorCode,
}

impl From<Skipped> for SkippedTrack {
    fn from(skipped: Skipped) -> Self {
        Self { track_id: skipped.track.to_string().into(), reason: skipped.reason.into() }
    }
}

/// On a refused command `playback` is the current state, so that a client adopts it instead of retrying.
#[derive(SimpleObject)]
pub(super) struct PlaybackPayload {
    /// What plays now.
    playback: Option<PlaybackState>,
    /// What a command with `skipUnplayable` left out of the queue, each track once, in the order in which they were given.
    skipped: Vec<SkippedTrack>,
    /// Why it was not done.
    user_errors: Vec<UserError>,
}

impl PlaybackPayload {
    /// What became of a command.
    pub(super) async fn of(app: &App, viewer: &Viewer, result: CommandResult<Player>) -> Result<Self> {
        Self::of_queued(app, viewer, result.map(|player| Queued { player, skipped: Vec::new() })).await
    }

    /// What became of a command that filled the queue.
    pub(super) async fn of_queued(app: &App, viewer: &Viewer, result: CommandResult<Queued>) -> Result<Self> {
        match outcome(result)? {
            Ok(Queued { player, skipped }) => {
                let skipped = skipped.into_iter().map(SkippedTrack::from).collect();
                Ok(Self { playback: Some(PlaybackState(player)), skipped, user_errors: Vec::new() })
            }
            Err(error) => {
                let playback = Some(current(app, viewer).await?);
                Ok(Self { playback, skipped: Vec::new(), user_errors: vec![error] })
            }
        }
    }
}

/// What plays for somebody.
pub(super) async fn current(app: &App, viewer: &Viewer) -> Result<PlaybackState> {
    let player = app.store.player_for(viewer.user).await?;
    let nothing = || Player::new(Player::id_of(viewer.user), None, app.clock.now());
    Ok(PlaybackState(player.unwrap_or_else(nothing)))
}

#[derive(Default)]
pub(super) struct PlayerQuery;

#[Object]
impl PlayerQuery {
    /// What plays, by its key: the viewer's own, or that of a session that they are in.
    #[graphql(entity)]
    async fn find_playback_state_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<PlaybackState>> {
        let Some(id) = PlayerId::parse(&id) else { return Ok(None) };
        let found = load(ctx).load_one(id).await?;
        Ok(found.map(PlaybackState))
    }
}
