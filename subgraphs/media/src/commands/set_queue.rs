//! Replaces what plays for somebody by a list of tracks.

use polyphony_events::TrackId;
use polyphony_kit::Viewer;

use super::{
    CommandResult,
    held::{Asked, Held},
};
use crate::{
    app::App,
    domain::{
        listening_session::Right,
        player::{Entry, MAX_QUEUE, PlayState, Player},
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
}

/// Replaces the queue. An empty one stops.
pub async fn set_queue(app: &App, viewer: &Viewer, new: NewQueue, asked: Asked) -> CommandResult<Player> {
    let durations = check_tracks(app, viewer, &new.tracks, &["input", "trackIds"]).await?;
    let start = check_start(&new, &durations)?;
    let mut held = Held::take(app, viewer, Right::Control, asked).await?;
    held.player.settle(held.now);
    queue::clear(&mut held.tx, held.player.id).await?;
    let items = queue::insert(&mut held.tx, held.player.id, Spot::End, &new.tracks, viewer.user).await?;
    let entry = start.map(|(track, duration_ms)| Entry { item: items[new.start_index], track, duration_ms });
    held.player.begin(entry, new.start_position_ms, held.now);
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
    held.keep(app).await
}

type Duration = Option<i64>;

fn check_start(new: &NewQueue, durations: &[Duration]) -> Result<Option<(TrackId, Duration)>, Refusal> {
    let refuse = |message: &str, path| Err(Refusal::new(RefusalCode::InvalidInput, message).at(path));
    if new.tracks.is_empty() {
        return Ok(None);
    }
    let (Some(track), Some(duration)) = (new.tracks.get(new.start_index), durations.get(new.start_index)) else {
        return refuse("startIndex is no place in the list.", &["input", "startIndex"]);
    };
    if !(0..=duration.unwrap_or(i64::MAX)).contains(&new.start_position_ms) {
        return refuse("The position is not in the track.", &["input", "startPositionMs"]);
    }
    Ok(Some((*track, *duration)))
}

/// Whether the viewer may play all of the tracks; gives how long each is.
pub(super) async fn check_tracks(
    app: &App,
    viewer: &Viewer,
    tracks: &[TrackId],
    path: &'static [&'static str],
) -> CommandResult<Vec<Duration>> {
    if tracks.len() > MAX_QUEUE {
        let message = format!("A queue has at most {MAX_QUEUE} tracks.");
        return Err(Refusal::new(RefusalCode::InvalidInput, message).at(path).into());
    }
    let mut distinct = tracks.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let known = app.store.playability(viewer, &distinct).await?;
    let mut durations = Vec::with_capacity(tracks.len());
    for track in tracks {
        let Some(facts) = known.get(track) else {
            return Err(Refusal::new(RefusalCode::NotFound, format!("There is no track {track}.")).at(path).into());
        };
        if !facts.playable {
            let message = format!("The track {track} cannot be played.");
            return Err(Refusal::new(RefusalCode::NotPlayable, message).at(path).into());
        }
        durations.push(facts.duration_ms);
    }
    Ok(durations)
}
