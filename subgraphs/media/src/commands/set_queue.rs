//! Replaces what plays for somebody by a list of tracks.

use polyphony_events::TrackId;
use polyphony_kit::Viewer;

use super::{
    CommandResult,
    choose_tracks::{Choice, OnUnplayable, Queued, choose_tracks},
    held::{Asked, Held},
};
use crate::{
    app::App,
    domain::{
        listening_session::Right,
        player::{Entry, PlayState},
        refusal::{Refusal, RefusalCode},
    },
    store::queue::{self, Spot},
};

/// A queue that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewQueue {
    /// The tracks, in order.
    pub tracks: Vec<TrackId>,
    /// With which to begin, from 0.
    pub start_index: usize,
    /// Where in it to begin.
    pub start_position_ms: i64,
    /// Whether it plays at once.
    pub play: bool,
    /// What is done about tracks that cannot be played.
    pub on_unplayable: OnUnplayable,
}

/// Replaces the queue. An empty one stops. When the track to begin with is left out, the next that can be played begins from
/// its start, the first one when none follows.
pub async fn set_queue(app: &App, viewer: &Viewer, new: NewQueue, asked: Asked) -> CommandResult<Queued> {
    let choice = choose_tracks(app, viewer, &new.tracks, new.on_unplayable, &["input", "trackIds"]).await?;
    let start = choose_start(&new, &choice)?;
    let mut held = Held::take(app, viewer, Right::Control, asked).await?;
    held.player.settle(held.now);
    queue::clear(&mut held.tx, held.player.id).await?;
    let items = queue::insert(&mut held.tx, held.player.id, Spot::End, &choice.ids(), viewer.user).await?;
    let entry = start.map(|start| {
        let track = choice.tracks[start.index];
        Entry { item: items[start.index], track: track.id, duration_ms: track.duration_ms }
    });
    held.player.begin(entry, start.map_or(0, |start| start.position_ms), held.now);
    held.player.state = match entry {
        None => PlayState::Stopped,
        Some(_) if new.play => PlayState::Playing,
        Some(_) => PlayState::Paused,
    };
    if held.player.shuffle {
        queue::shuffle(&mut held.tx, held.player.id, entry.map(|entry| entry.item)).await?;
    }
    held.locate().await?;
    if new.play && entry.is_some() {
        held.claim(app).await;
    }
    Ok(Queued { player: held.keep(app).await?, skipped: choice.skipped })
}

/// Where a queue begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Start {
    /// Which of the chosen tracks.
    index: usize,
    position_ms: i64,
}

fn choose_start(new: &NewQueue, choice: &Choice) -> Result<Option<Start>, Refusal> {
    let refuse = |message: &str, path| Err(Refusal::new(RefusalCode::InvalidInput, message).at(path));
    if new.tracks.is_empty() {
        return Ok(None);
    }
    if new.start_index >= new.tracks.len() {
        return refuse("startIndex is no place in the list.", &["input", "startIndex"]);
    }
    let index = choice.tracks.iter().position(|track| track.given_index >= new.start_index).unwrap_or(0);
    let track = choice.tracks[index];
    if track.given_index != new.start_index {
        return Ok(Some(Start { index, position_ms: 0 }));
    }
    if !(0..=track.duration_ms.unwrap_or(i64::MAX)).contains(&new.start_position_ms) {
        return refuse("The position is not in the track.", &["input", "startPositionMs"]);
    }
    Ok(Some(Start { index, position_ms: new.start_position_ms }))
}
