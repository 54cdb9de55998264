//! Chooses from the tracks that somebody wants in a queue those that can be played.

use std::collections::{HashMap, HashSet};

use polyphony_events::{PlayContext, TrackId};
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

/// What is done about a track that cannot be played. Explicit ones are always left out for whoever wants none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnplayable {
    /// The whole command is refused.
    #[default]
    Refuse,
    /// The track is left out. The command is refused only when no track is left.
    Skip,
}

/// Tracks that somebody wants in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The tracks, in order; those of the context when absent.
    pub tracks: Option<Vec<TrackId>>,
    /// What they come from.
    pub context: Option<PlayContext>,
    /// What is done about tracks that cannot be played. Of a context whose tracks we look up ourselves they are left out.
    pub on_unplayable: OnUnplayable,
}

/// A track that was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Which.
    pub track: TrackId,
    /// `NotFound`, `NotPlayable` or `ExplicitContent`.
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
    /// All of the list, those too that cannot be played.
    pub(super) given: Vec<TrackId>,
    pub(super) tracks: Vec<ChosenTrack>,
    pub(super) skipped: Vec<Skipped>,
}

impl Choice {
    pub(super) fn ids(&self) -> Vec<TrackId> {
        self.tracks.iter().map(|track| track.id).collect()
    }
}

/// Where refusals point to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paths {
    pub(super) tracks: &'static [&'static str],
    pub(super) context: &'static [&'static str],
}

/// Chooses from at most [`MAX_QUEUE`] tracks, in one statement, after one that looks them up when only the context is given.
pub(super) async fn choose_tracks(app: &App, viewer: &Viewer, wanted: Wanted, paths: Paths) -> CommandResult<Choice> {
    let (tracks, on_unplayable, path) = match wanted.tracks {
        Some(tracks) => (tracks, wanted.on_unplayable, paths.tracks),
        None => (look_up(app, viewer, wanted.context, paths).await?, OnUnplayable::Skip, paths.context),
    };
    if tracks.len() > MAX_QUEUE {
        let message = format!("A queue has at most {MAX_QUEUE} tracks.");
        return Err(Refusal::new(RefusalCode::InvalidInput, message).at(path).into());
    }
    let mut distinct = tracks.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let known = app.store.playability(viewer, &distinct).await?;
    Ok(choose(tracks, &known, on_unplayable).map_err(|refusal| refusal.at(path))?)
}

/// The tracks of an album or an artist. What else there is to play only its owner knows, or the client.
async fn look_up(
    app: &App,
    viewer: &Viewer,
    context: Option<PlayContext>,
    paths: Paths,
) -> CommandResult<Vec<TrackId>> {
    let tracks = match context {
        Some(PlayContext::Album(album)) => app.store.tracks_of_album(viewer.user, album).await?,
        Some(PlayContext::Artist(artist)) => app.store.tracks_of_artist(viewer.user, artist).await?,
        Some(_) => {
            let message =
                "Without trackIds only an album or an artist can be played here; see playPlaylist and playLikedTracks.";
            return Err(Refusal::new(RefusalCode::InvalidInput, message).at(paths.context).into());
        }
        None => {
            let message = "There must be trackIds or a context.";
            return Err(Refusal::new(RefusalCode::InvalidInput, message).at(paths.tracks).into());
        }
    };
    if tracks.is_empty() {
        return Err(Refusal::new(RefusalCode::NotFound, "There is nothing to play there.").at(paths.context).into());
    }
    Ok(tracks)
}

fn choose(
    tracks: Vec<TrackId>,
    known: &HashMap<TrackId, Playability>,
    on_unplayable: OnUnplayable,
) -> Result<Choice, Refusal> {
    let mut choice = Choice::default();
    let mut seen = HashSet::new();
    for (given_index, &id) in tracks.iter().enumerate() {
        let reason = match known.get(&id) {
            // Whoever wants nothing explicit asks for the rest, whatever a client makes of their lists.
            Some(facts) if facts.is_hidden => {
                if seen.insert(id) {
                    choice.skipped.push(Skipped { track: id, reason: RefusalCode::ExplicitContent });
                }
                continue;
            }
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
        let all_explicit = choice.skipped.iter().all(|skipped| skipped.reason == RefusalCode::ExplicitContent);
        return Err(if all_explicit {
            Refusal::new(RefusalCode::ExplicitContent, "The tracks are explicit, and you want none that are.")
        } else {
            Refusal::new(RefusalCode::NotPlayable, "None of the tracks can be played.")
        });
    }
    choice.given = tracks;
    Ok(choice)
}

fn refusal(track: TrackId, reason: RefusalCode) -> Refusal {
    let message = match reason {
        RefusalCode::NotFound => format!("There is no track {track}."),
        _ => format!("The track {track} cannot be played."),
    };
    Refusal::new(reason, message)
}
