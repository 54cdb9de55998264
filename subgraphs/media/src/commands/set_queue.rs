//! Replaces what plays for somebody by a list of tracks, or by what an album or an artist has.

use polyphony_kit::Viewer;

use super::{
    CommandResult,
    choose_tracks::{Paths, Queued, Wanted, choose_tracks},
    held::{Asked, Held},
    replace_queue::{Beginning, Replacement, Start, replace_queue},
};
use crate::{app::App, domain::listening_session::Right};

/// A queue that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewQueue {
    /// The tracks.
    pub wanted: Wanted,
    /// With which to begin.
    pub start: Start,
    /// Where in it to begin.
    pub start_position_ms: i64,
    /// Whether it plays at once.
    pub play: bool,
    /// Whether it is shuffled; as it was when absent.
    pub shuffle: Option<bool>,
}

/// Replaces the queue. An empty list stops. When the track to begin with is left out, the next that can be played begins from
/// its start, the first one when none follows.
pub async fn set_queue(app: &App, viewer: &Viewer, new: NewQueue, asked: Asked) -> CommandResult<Queued> {
    let context = new.wanted.context;
    let paths = Paths { tracks: &["input", "trackIds"], context: &["input", "context"] };
    let choice = choose_tracks(app, viewer, new.wanted, paths).await?;
    let beginning = Beginning::choose(new.start, new.start_position_ms, &choice)?;
    let mut held = Held::take(app, viewer, Right::Control, asked).await?;
    let (shuffle, play, asked_at) = (new.shuffle, new.play, held.now);
    let replacement = Replacement { choice: &choice, beginning, context, shuffle, play, request: None, asked_at };
    replace_queue(app, &mut held, replacement).await?;
    Ok(Queued { player: held.keep(app).await?, skipped: choice.skipped })
}
