//! The players that somebody watches through this process. Changes of all of them are read together; each is kept for its
//! watchers with the few frames before it, so that a watcher who is quick sees every frame and one who is slow the newest.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use parking_lot::Mutex;
use polyphony_events::PlayerId;
use polyphony_kit::Error;
use tokio::sync::{Notify, OnceCell, watch};
use tokio_util::sync::CancellationToken;

use super::in_time;
use crate::{
    domain::{
        listening_session::{ListeningSession, Participant},
        player::Player,
    },
    store::Store,
};

/// Frames that a watcher may be behind and still see each.
const RECENT: usize = 32;
/// Players whose versions are compared in one statement.
const BATCH: usize = 1000;
/// How often to look at all players, should news be lost on the way.
const LOOK: Duration = Duration::from_secs(5);
/// The same while Redis is away.
const LOOK_ALONE: Duration = Duration::from_millis(500);
/// How long a subscription waits for its first frame.
const PATIENCE: Duration = Duration::from_secs(10);

/// A state of a player, shared by all who are shown it.
#[derive(Debug)]
pub struct Frame {
    /// The state.
    pub player: Player,
    room: OnceCell<Option<Arc<Room>>>,
}

/// A listening session with who is in it.
#[derive(Clone, Debug)]
pub struct Room {
    /// The session.
    pub session: ListeningSession,
    /// Who takes part, the longest present first.
    pub participants: Vec<Participant>,
}

impl Frame {
    /// A frame of this state.
    pub fn new(player: Player) -> Self {
        Self { player, room: OnceCell::new() }
    }

    /// The session that it is of; read once for all who are shown the frame.
    pub async fn room(&self, store: &Store) -> Result<Option<Arc<Room>>, sqlx::Error> {
        let read = || async {
            let Some(id) = self.player.session else { return Ok(None) };
            let Some(session) = store.session(id).await? else { return Ok(None) };
            let participants = store.participants(id).await?;
            Ok::<_, sqlx::Error>(Some(Arc::new(Room { session, participants })))
        };
        self.room.get_or_try_init(read).await.cloned()
    }
}

/// The newest frames of a player, the newest last.
type Recent = VecDeque<Arc<Frame>>;

/// A player that is watched.
#[derive(Debug)]
struct Channel(watch::Sender<Recent>);

/// Watches a player. It is kept up to date as long as one of these is there.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Which player.
    pub player: PlayerId,
    _channel: Arc<Channel>,
    recent: watch::Receiver<Recent>,
}

impl Watch {
    /// The newest state.
    pub fn newest(&mut self) -> Option<Arc<Frame>> {
        self.recent.borrow_and_update().back().cloned()
    }

    /// The frames behind `version`, when none is missing between; else the newest alone.
    pub fn behind(&mut self, version: i64) -> Vec<Arc<Frame>> {
        let recent = self.recent.borrow_and_update();
        let is_whole = recent.front().is_some_and(|oldest| oldest.player.version <= version + 1);
        let newer = recent.iter().filter(|frame| is_whole && frame.player.version > version).cloned();
        let newer: Vec<_> = newer.collect();
        if newer.is_empty() && !is_whole { recent.back().cloned().into_iter().collect() } else { newer }
    }

    /// Waits until there is something new.
    pub async fn changed(&mut self) {
        // The sender lives in the channel that we hold.
        self.recent.changed().await.ok();
    }
}

pub(super) struct Hub {
    store: Store,
    watched: Mutex<HashMap<PlayerId, Weak<Channel>>>,
    /// Players to look at; a set, however often each has changed.
    dirty: Mutex<HashSet<PlayerId>>,
    is_dirty: Notify,
    /// Whether other processes can tell us of changes.
    pub(super) is_connected: AtomicBool,
}

impl Hub {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            watched: Mutex::default(),
            dirty: Mutex::default(),
            is_dirty: Notify::new(),
            is_connected: AtomicBool::new(false),
        }
    }

    /// Looks at a player soon, if it is watched.
    pub(super) fn look_at(&self, player: PlayerId) {
        if self.watched.lock().contains_key(&player) {
            self.dirty.lock().insert(player);
            self.is_dirty.notify_one();
        }
    }

    /// Looks at all players soon.
    pub(super) fn look_at_all(&self) {
        let mut watched = self.watched.lock();
        watched.retain(|_, channel| channel.strong_count() > 0);
        self.dirty.lock().extend(watched.keys());
        drop(watched);
        self.is_dirty.notify_one();
    }

    pub(super) async fn watch(&self, player: PlayerId) -> polyphony_kit::Result<Watch> {
        let channel = self.channel(player);
        let mut recent = channel.0.subscribe();
        self.look_at(player);
        let first = tokio::time::timeout(PATIENCE, recent.wait_for(|recent| !recent.is_empty()));
        if first.await.is_ok() {
            return Ok(Watch { player, _channel: channel, recent });
        }
        Err(Error::unavailable("playback cannot be read at the moment, try again"))
    }

    fn channel(&self, player: PlayerId) -> Arc<Channel> {
        let mut watched = self.watched.lock();
        if let Some(channel) = watched.get(&player).and_then(Weak::upgrade) {
            return channel;
        }
        let channel = Arc::new(Channel(watch::Sender::new(Recent::new())));
        watched.insert(player, Arc::downgrade(&channel));
        channel
    }

    pub(super) async fn run(&self, stop: &CancellationToken) {
        let mut look = tokio::time::Instant::now() + LOOK_ALONE;
        while !stop.is_cancelled() {
            tokio::select! {
                () = self.is_dirty.notified() => {}
                () = tokio::time::sleep_until(look) => {
                    self.look_at_all();
                    let is_connected = self.is_connected.load(Ordering::Relaxed);
                    look = tokio::time::Instant::now() + if is_connected { LOOK } else { LOOK_ALONE };
                }
                () = stop.cancelled() => return,
            }
            let players: Vec<_> = std::mem::take(&mut *self.dirty.lock()).into_iter().collect();
            for batch in players.chunks(BATCH) {
                if let Err(error) = in_time(self.read(batch)).await {
                    tracing::warn!(error = format!("{error:#}"), "live playback could not look");
                    self.dirty.lock().extend(batch);
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    self.is_dirty.notify_one();
                }
            }
        }
    }

    /// Reads what has changed of these players, in one statement as long as no frame was missed.
    async fn read(&self, players: &[PlayerId]) -> Result<(), sqlx::Error> {
        let channels: HashMap<_, _> = {
            let watched = self.watched.lock();
            players.iter().filter_map(|id| Some((*id, watched.get(id)?.upgrade()?))).collect()
        };
        let known: Vec<_> = channels.iter().map(|(id, channel)| (*id, channel.version())).collect();
        for player in self.store.changed_players(&known).await? {
            let Some(channel) = channels.get(&player.id) else { continue };
            let version = channel.version();
            let missed = player.version - version - 1;
            if version >= 0 && (1..RECENT as i64).contains(&missed) {
                let frames = self.store.frames_after(player.id, version, RECENT as i64).await?;
                channel.push(frames);
                // They were read later, so they may be newer than the player.
                if channel.version() >= player.version {
                    continue;
                }
            }
            channel.push([player]);
        }
        Ok(())
    }
}

impl Channel {
    /// The newest version, -1 when nothing was read yet.
    fn version(&self) -> i64 {
        self.0.borrow().back().map_or(-1, |frame| frame.player.version)
    }

    /// Adds frames that follow; a frame that does not follow the one before begins anew.
    fn push(&self, frames: impl IntoIterator<Item = Player>) {
        self.0.send_modify(|recent| {
            for player in frames {
                if recent.back().is_some_and(|last| last.player.version + 1 != player.version) {
                    recent.clear();
                }
                recent.push_back(Arc::new(Frame::new(player)));
                if recent.len() > RECENT {
                    recent.pop_front();
                }
            }
        });
    }
}
