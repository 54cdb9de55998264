//! Follows what plays for somebody, frame by frame: first what they missed, then every change.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use polyphony_events::PlayerId;
use polyphony_kit::Result;

use super::{Frame, Live, Watch, in_time};
use crate::store::Store;

/// Missed frames that are read at once.
const CHUNK: i64 = 100;

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the state as it is.
    Now,
    /// Behind this version of this player.
    Behind(PlayerId, i64),
}

/// Follows a player, and while its person listens in a session the session's.
pub struct Follower {
    live: Live,
    store: Store,
    own: Watch,
    session: Option<Watch>,
    /// What was shown last.
    shown: Option<(PlayerId, i64)>,
    /// Frames to show next.
    waiting: VecDeque<Arc<Frame>>,
    /// Whether more frames than those waiting were missed.
    is_behind: bool,
}

impl Follower {
    /// Follows the player of this id, which must be there.
    pub async fn new(live: &Live, store: &Store, player: PlayerId, start: Start) -> Result<Self> {
        let own = live.watch(player).await?;
        let (live, store) = (live.clone(), store.clone());
        let mut follower =
            Self { live, store, own, session: None, shown: None, waiting: VecDeque::new(), is_behind: false };
        follower.choose().await?;
        if let Start::Behind(id, version) = start
            && id == follower.watch().player
        {
            follower.resume(id, version).await?;
        }
        Ok(follower)
    }

    /// The next frame. It waits for one as long as it takes.
    pub async fn next(&mut self) -> Arc<Frame> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                self.shown = Some((frame.player.id, frame.player.version));
                return frame;
            }
            let looked = if self.is_behind { self.read_missed().await } else { self.look().await };
            if let Err(error) = looked {
                tracing::warn!(?error, "a live view could not look");
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }

    /// Shows what was missed, if all of it is kept; the state as it is if not.
    async fn resume(&mut self, id: PlayerId, version: i64) -> Result<()> {
        let newest = self.watch().newest().map(|frame| frame.player.version);
        let missed = in_time(self.store.frames_after(id, version, CHUNK)).await?;
        let is_whole = missed.first().map_or(newest == Some(version), |first| first.version == version + 1);
        if is_whole {
            self.shown = Some((id, version));
            self.is_behind = missed.len() as i64 == CHUNK;
            self.waiting = missed.into_iter().map(|player| Arc::new(Frame::new(player))).collect();
        }
        Ok(())
    }

    async fn read_missed(&mut self) -> Result<()> {
        let Some((id, version)) = self.shown else { return Ok(()) };
        let missed = in_time(self.store.frames_after(id, version, CHUNK)).await?;
        self.is_behind = missed.len() as i64 == CHUNK;
        self.waiting = missed.into_iter().map(|player| Arc::new(Frame::new(player))).collect();
        Ok(())
    }

    /// Takes what is new of the player that counts, or waits.
    async fn look(&mut self) -> Result<()> {
        self.choose().await?;
        let shown = self.shown;
        let watch = self.watch();
        let newer = match shown.filter(|(id, _)| *id == watch.player) {
            Some((_, version)) => watch.behind(version),
            None => watch.newest().into_iter().collect(),
        };
        if newer.is_empty() {
            let Self { own, session, .. } = self;
            match session {
                Some(session) => tokio::select! { () = own.changed() => {} () = session.changed() => {} },
                None => own.changed().await,
            }
        }
        self.waiting = newer.into();
        Ok(())
    }

    /// Decides whose frames to show.
    async fn choose(&mut self) -> Result<()> {
        let following = self.own.newest().and_then(|frame| frame.player.following);
        if following != self.session.as_ref().map(|session| session.player) {
            self.session = match following {
                Some(id) => Some(self.live.watch(id).await?),
                None => None,
            };
        }
        Ok(())
    }

    fn watch(&mut self) -> &mut Watch {
        self.session.as_mut().unwrap_or(&mut self.own)
    }
}
