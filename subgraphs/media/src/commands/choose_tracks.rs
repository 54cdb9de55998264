//! Chooses from the tracks that somebody wants in a queue those that can be played.

use std::collections::{HashMap, HashSet};

use polyphony_events::TrackId;
use polyphony_kit::Viewer;

use super::CommandResult;
use crate::{
    app::App,
    domain::{
        player::{MAX_QUEUE, Player},
        refusal::{Refusal, RefusalCode},
    },
    store::play::Playability,
};

/// What is done about a track that cannot be played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnplayable {
    /// The whole command is refused.
    #[default]
    Refuse,
    /// The track is left out. The command is refused only when no track is left.
    Skip,
}

/// A track that was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Which.
    pub track: TrackId,
    /// `NotFound` or `NotPlayable`.
    pub reason: RefusalCode,
}

/// What became of a command that filled a queue.
#[derive(Clone, Debug)]
pub struct Queued {
    /// What plays now.
    pub player: Player,
    /// What was left out, each track once.
    pub skipped: Vec<Skipped>,
}

/// A track that can be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChosenTrack {
    pub(super) id: TrackId,
    /// How long it is, if that is known.
    pub(super) duration_ms: Option<i64>,
    /// Where it stands in the list that was given, from 0.
    pub(super) given_index: usize,
}

/// The tracks that can be played, in the order in which they were given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) tracks: Vec<ChosenTrack>,
    pub(super) skipped: Vec<Skipped>,
}

impl Choice {
    pub(super) fn ids(&self) -> Vec<TrackId> {
        self.tracks.iter().map(|track| track.id).collect()
    }
}

/// Chooses from at most [`MAX_QUEUE`] tracks, in one statement; a refusal points at `path`.
pub(super) async fn choose_tracks(
    app: &App,
    viewer: &Viewer,
    tracks: &[TrackId],
    on_unplayable: OnUnplayable,
    path: &'static [&'static str],
) -> CommandResult<Choice> {
    if tracks.len() > MAX_QUEUE {
        let message = format!("A queue has at most {MAX_QUEUE} tracks.");
        return Err(Refusal::new(RefusalCode::InvalidInput, message).at(path).into());
    }
    let mut distinct = tracks.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let known = app.store.playability(viewer, &distinct).await?;
    Ok(choose(tracks, &known, on_unplayable).map_err(|refusal| refusal.at(path))?)
}

fn choose(
    tracks: &[TrackId],
    known: &HashMap<TrackId, Playability>,
    on_unplayable: OnUnplayable,
) -> Result<Choice, Refusal> {
    let mut choice = Choice::default();
    let mut seen = HashSet::new();
    for (given_index, &id) in tracks.iter().enumerate() {
        let reason = match known.get(&id) {
            Some(facts) if facts.playable => {
                choice.tracks.push(ChosenTrack { id, duration_ms: facts.duration_ms, given_index });
                continue;
            }
            Some(_) => RefusalCode::NotPlayable,
            None => RefusalCode::NotFound,
        };
        match on_unplayable {
            OnUnplayable::Refuse => return Err(refusal(id, reason)),
            OnUnplayable::Skip if seen.insert(id) => choice.skipped.push(Skipped { track: id, reason }),
            OnUnplayable::Skip => {}
        }
    }
    if choice.tracks.is_empty() && !tracks.is_empty() {
        return Err(Refusal::new(RefusalCode::NotPlayable, "None of the tracks can be played."));
    }
    Ok(choice)
}

fn refusal(track: TrackId, reason: RefusalCode) -> Refusal {
    let message = match reason {
        RefusalCode::NotFound => format!("There is no track {track}."),
        _ => format!("The track {track} cannot be played."),
    };
    Refusal::new(reason, message)
}
