//! Makes a list of tracks the queue of a player that is held.

use std::ops::DerefMut;

use chrono::{DateTime, Utc};
use polyphony_events::{PlayContext, PlayRequestId, TrackId};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{choose_tracks::Choice, held::Held};
use crate::{
    app::App,
    domain::{
        player::{Entry, PlayState},
        refusal::{Refusal, RefusalCode},
    },
    store::{
        player,
        queue_changes::{self, Addition, Spot},
    },
};

/// With which track a queue begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the first, or with any when the queue is shuffled.
    Anywhere,
    /// With that of this index in the list, from 0.
    Index(usize),
    /// With the first entry of this track.
    Track(TrackId),
}

/// Where a queue begins, as far as it is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beginning {
    /// Which of the chosen tracks; the first, or any of a shuffled queue, when absent.
    index: Option<usize>,
    position_ms: i64,
}

impl Beginning {
    /// Decides with which of the chosen tracks it begins: when that of `start` was left out, with the next one from its start, and
    /// with the first when none follows.
    pub(super) fn choose(start: Start, position_ms: i64, choice: &Choice) -> Result<Self, Refusal> {
        let refuse = |code, message: &str, path| Err(Refusal::new(code, message).at(path));
        let given_index = match start {
            Start::Anywhere => None,
            Start::Index(_) if choice.given.is_empty() => None,
            Start::Index(index) if index < choice.given.len() => Some(index),
            Start::Index(_) => {
                let message = "startIndex is no place in the list.";
                return refuse(RefusalCode::InvalidInput, message, &["input", "startIndex"]);
            }
            Start::Track(track) => match choice.given.iter().position(|given| *given == track) {
                None => {
                    let message = "The track to begin with is not in the list.";
                    return refuse(RefusalCode::NotFound, message, &["input", "startTrackId"]);
                }
                index => index,
            },
        };
        let Some(given_index) = given_index else { return Self { index: None, position_ms }.check(choice) };
        let index = choice.tracks.iter().position(|track| track.given_index >= given_index).unwrap_or(0);
        let is_there = choice.tracks[index].given_index == given_index;
        Self { index: Some(index), position_ms: if is_there { position_ms } else { 0 } }.check(choice)
    }

    fn check(self, choice: &Choice) -> Result<Self, Refusal> {
        let Some(track) = choice.tracks.get(self.index.unwrap_or(0)) else { return Ok(self) };
        if !(0..=track.duration_ms.unwrap_or(i64::MAX)).contains(&self.position_ms) {
            let message = "The position is not in the track.";
            return Err(Refusal::new(RefusalCode::InvalidInput, message).at(&["input", "startPositionMs"]));
        }
        Ok(self)
    }
}

/// What takes the place of a queue.
pub(super) struct Replacement<'a> {
    pub(super) choice: &'a Choice,
    pub(super) beginning: Beginning,
    pub(super) context: Option<PlayContext>,
    /// Whether it is shuffled; as it was when absent.
    pub(super) shuffle: Option<bool>,
    /// Whether it plays at once.
    pub(super) play: bool,
    /// The request of another subgraph that it answers.
    pub(super) request: Option<PlayRequestId>,
    /// When it was asked for: what was asked for before comes too late from now on.
    pub(super) asked_at: DateTime<Utc>,
}

/// Replaces the queue. An empty one stops.
pub(super) async fn replace_queue<C: DerefMut<Target = PgConnection> + Send>(
    app: &App,
    held: &mut Held<C>,
    new: Replacement<'_>,
) -> Result<(), sqlx::Error> {
    let now = held.now;
    held.player.settle(now);
    held.player.shuffle = new.shuffle.unwrap_or(held.player.shuffle);
    held.player.request = new.request;
    queue_changes::clear(&mut held.tx, held.player.id).await?;
    let tracks = new.choice.ids();
    let addition = Addition { tracks: &tracks, added_by: held.user, context: new.context };
    let items = queue_changes::insert(&mut held.tx, held.player.id, Spot::End, addition).await?;
    player::set_queue_time(&mut held.tx, held.player.id, new.asked_at).await?;
    let index = new.beginning.index.unwrap_or_else(|| if held.player.shuffle { any(tracks.len()) } else { 0 });
    let entry = new.choice.tracks.get(index).map(|track| Entry {
        item: items[index],
        track: track.id,
        duration_ms: track.duration_ms,
        context: new.context,
    });
    let position_ms = if new.beginning.index == Some(index) || index == 0 { new.beginning.position_ms } else { 0 };
    held.player.begin(entry, position_ms, now);
    held.player.state = match entry {
        None => PlayState::Stopped,
        Some(_) if new.play => PlayState::Playing,
        Some(_) => PlayState::Paused,
    };
    if held.player.shuffle {
        queue_changes::shuffle(&mut held.tx, held.player.id, entry.map(|entry| entry.item)).await?;
    }
    held.locate().await?;
    if new.play && entry.is_some() {
        held.claim(app).await;
    }
    Ok(())
}

/// Any index of a list of this length.
fn any(length: usize) -> usize {
    // The remainder is as good as even: a list has at most 10,000 entries, of 2^122 values.
    (Uuid::new_v4().as_u128() % length.max(1) as u128) as usize
}
