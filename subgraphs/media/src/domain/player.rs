//! What plays: the state that every device shows. It is anchored, so that the position now is computed and never sent.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{
    DeviceId, ListeningSessionId, PlayContext, PlayRequestId, PlayerId, QueueItemId, TrackId, UserId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::play::Tally;

/// The most tracks that a queue may have.
pub const MAX_QUEUE: usize = 10_000;
/// How long the target of a transfer has to acknowledge it.
pub const TRANSFER_PATIENCE: TimeDelta = TimeDelta::seconds(5);

/// Whether it plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlayState {
    /// The position moves.
    Playing,
    /// The position stands, to go on from.
    Paused,
    /// Nothing was begun, or the queue has ended.
    Stopped,
}

/// What follows the end of a track, or of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RepeatMode {
    /// The queue ends.
    Off,
    /// The same track again.
    One,
    /// The queue begins again.
    All,
}

/// An entry of the queue with what playing it needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Which entry.
    pub item: QueueItemId,
    /// Which track.
    pub track: TrackId,
    /// How long it is, once anybody has told us.
    pub duration_ms: Option<i64>,
    /// What it came from, when the client said so.
    #[serde(default)]
    pub context: Option<PlayContext>,
}

/// What stands around the current entry in the order of play; entries that cannot be played are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// The first of the queue.
    pub first: Option<Entry>,
    /// The one before the current.
    pub previous: Option<Entry>,
    /// The one behind the current.
    pub next: Option<Entry>,
    /// The last of the queue.
    pub last: Option<Entry>,
}

/// A hand-over to another device that waits for it to say that it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Tells this transfer from another to the same device.
    pub id: Uuid,
    /// The device that is to play.
    pub to: DeviceId,
    /// Whether it plays then; as before when absent.
    pub play: Option<bool>,
    /// The version of the frame that told the device.
    pub version: i64,
    /// When it is given up.
    pub until: DateTime<Utc>,
}

/// The whole state of a player; a frame is one of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Player {
    /// Whose it is: a person's has the person's id, a listening session's the session's.
    pub id: PlayerId,
    /// The session that it is of, if it is no person's.
    pub session: Option<ListeningSessionId>,
    /// Grows by one with every change.
    pub version: i64,
    /// Whether it plays.
    pub state: PlayState,
    /// What plays, or would.
    pub current: Option<Entry>,
    /// Where the current entry stands in the queue, from 0.
    pub queue_index: Option<i64>,
    /// How many entries the queue has.
    pub queue_length: i64,
    /// The position at the time `anchor_at`.
    pub anchor_position_ms: i64,
    /// When the position was that.
    pub anchor_at: DateTime<Utc>,
    /// What follows the end.
    pub repeat: RepeatMode,
    /// Whether the queue is shuffled.
    pub shuffle: bool,
    /// How loud the active device is.
    pub volume_percent: i32,
    /// The device that plays.
    pub active_device: Option<DeviceId>,
    /// The device whose command made this state.
    pub changed_by: Option<DeviceId>,
    /// A hand-over that is under way.
    pub transfer: Option<Transfer>,
    /// How much of the current entry was heard.
    pub tally: Option<Tally>,
    /// The player of the session that the person listens in; theirs rests meanwhile.
    pub following: Option<PlayerId>,
    /// The request of another subgraph that made the queue, if no command did.
    #[serde(default)]
    pub request: Option<PlayRequestId>,
    /// Until when what its person plays counts nowhere.
    #[serde(default)]
    pub private_until: Option<DateTime<Utc>>,
}

impl Player {
    /// The player of a person or session that has not played anything.
    pub fn new(id: PlayerId, session: Option<ListeningSessionId>, now: DateTime<Utc>) -> Self {
        Self {
            id,
            session,
            version: 0,
            state: PlayState::Stopped,
            current: None,
            queue_index: None,
            queue_length: 0,
            anchor_position_ms: 0,
            anchor_at: now,
            repeat: RepeatMode::Off,
            shuffle: false,
            volume_percent: 100,
            active_device: None,
            changed_by: None,
            transfer: None,
            tally: None,
            following: None,
            request: None,
            private_until: None,
        }
    }

    /// The player of a person.
    pub fn id_of(user: UserId) -> PlayerId {
        PlayerId(user.0)
    }

    /// Whether it is the person's own.
    pub fn is_of(&self, user: UserId) -> bool {
        self.session.is_none() && self.id.0 == user.0
    }

    /// Where it is at `now`.
    pub fn position_at(&self, now: DateTime<Utc>) -> i64 {
        if self.state != PlayState::Playing {
            return self.anchor_position_ms;
        }
        let position = self.anchor_position_ms + (now - self.anchor_at).num_milliseconds().max(0);
        let duration = self.current.and_then(|current| current.duration_ms).unwrap_or(i64::MAX);
        position.min(duration.max(self.anchor_position_ms))
    }

    /// When the current entry ends, if it plays and its length is known.
    pub fn ends_at(&self) -> Option<DateTime<Utc>> {
        let duration = self.current.filter(|_| self.state == PlayState::Playing)?.duration_ms?;
        Some(self.anchor_at + TimeDelta::milliseconds((duration - self.anchor_position_ms).max(0)))
    }

    /// When the current entry has been heard for long enough to count, if it plays and has not counted.
    pub fn counts_at(&self) -> Option<DateTime<Utc>> {
        let current = self.current.filter(|_| self.state == PlayState::Playing)?;
        let missing = self.tally?.missing_ms(current.duration_ms)?;
        Some(self.anchor_at + TimeDelta::milliseconds(missing))
    }

    /// When something happens by itself.
    pub fn due_at(&self) -> Option<DateTime<Utc>> {
        let transfer = self.transfer.map(|transfer| transfer.until);
        [self.ends_at(), self.counts_at(), transfer, self.private_until].into_iter().flatten().min()
    }

    /// Ends the private session of its person when its time is over.
    pub fn end_private_session(&mut self, now: DateTime<Utc>) {
        self.private_until = self.private_until.filter(|until| *until > now);
    }

    /// Moves the anchor to `now`, and keeps what was heard until then.
    pub fn settle(&mut self, now: DateTime<Utc>) {
        let position = self.position_at(now);
        if self.state == PlayState::Playing
            && let Some(tally) = &mut self.tally
        {
            tally.listened_ms += position - self.anchor_position_ms;
        }
        self.anchor_position_ms = position;
        self.anchor_at = self.anchor_at.max(now);
    }

    /// Begins an entry anew, as a play of its own.
    pub fn begin(&mut self, entry: Option<Entry>, position_ms: i64, now: DateTime<Utc>) {
        self.current = entry;
        self.anchor_position_ms = position_ms;
        self.anchor_at = now;
        self.tally = entry.map(|_| Tally::beginning(now));
        if entry.is_none() {
            self.state = PlayState::Stopped;
            self.queue_index = None;
        }
    }

    /// Makes a device the one that plays.
    pub fn activate(&mut self, device: DeviceId, volume_percent: i32) {
        self.active_device = Some(device);
        self.volume_percent = volume_percent;
    }

    /// Rests, because its person listens in a session.
    pub fn follow(&mut self, session: PlayerId, now: DateTime<Utc>) {
        self.settle(now);
        if self.state == PlayState::Playing {
            self.state = PlayState::Paused;
        }
        self.transfer = None;
        self.changed_by = None;
        self.following = Some(session);
        self.version += 1;
    }

    /// Counts again: its person has left the session.
    pub fn unfollow(&mut self, now: DateTime<Utc>) {
        self.settle(now);
        self.changed_by = None;
        self.following = None;
        self.version += 1;
    }

    /// As the device `viewer` sees it: the target of a transfer finds itself active, and acknowledges; until it has, all
    /// others see the source play on.
    #[must_use]
    pub fn seen_by(mut self, viewer: Option<DeviceId>) -> Self {
        if let Some(transfer) = self.transfer.filter(|transfer| viewer == Some(transfer.to)) {
            self.active_device = Some(transfer.to);
            self.state = self.state_after(&transfer);
        }
        self
    }

    /// Whether it plays after a transfer.
    pub fn state_after(&self, transfer: &Transfer) -> PlayState {
        match transfer.play {
            Some(true) if self.current.is_some() => PlayState::Playing,
            Some(false) if self.state == PlayState::Playing => PlayState::Paused,
            _ => self.state,
        }
    }

    /// Whether it shows the same, whatever was counted meanwhile.
    pub fn shows_as(&self, other: &Self) -> bool {
        let bare = |player: &Self| Self { tally: None, version: 0, changed_by: None, ..player.clone() };
        let play = |player: &Self| player.tally.map(|tally| tally.id);
        bare(self) == bare(other) && play(self) == play(other)
    }
}
