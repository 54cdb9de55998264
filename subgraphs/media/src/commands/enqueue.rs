//! Adds tracks to what plays for somebody.

use polyphony_kit::{
    Viewer,
    idempotency::{Claim, Key},
};

use super::{
    CommandResult,
    choose_tracks::{Paths, Queued, Wanted, choose_tracks},
    held::{Asked, Held},
};
use crate::{
    app::App,
    domain::{
        listening_session::Right,
        player::{Entry, MAX_QUEUE},
        refusal::{Refusal, RefusalCode},
    },
    store::queue_changes::{self, Addition, Spot},
};

/// Where tracks are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Behind what plays.
    Next,
    /// Behind everything.
    Last,
}

/// Adds tracks. With an idempotency key the same call adds them once.
pub async fn enqueue(
    app: &App,
    viewer: &Viewer,
    wanted: Wanted,
    position: Position,
    key: Option<Key>,
) -> CommandResult<Queued> {
    let context = wanted.context;
    let choice = choose_tracks(app, viewer, wanted, Paths { tracks: &["trackIds"], context: &["context"] }).await?;
    let skipped = choice.skipped.clone();
    let mut held = Held::take(app, viewer, Right::Add, Asked::default()).await?;
    if let Some(key) = &key {
        match key.claim::<()>(&mut held.tx, &app.clock).await? {
            Claim::Fresh => key.record(&mut held.tx, &app.clock, &()).await?,
            Claim::Replay(()) => return Ok(Queued { player: held.keep(app).await?, skipped }),
            Claim::Reused => return Err(reused().into()),
        }
    }
    if held.player.queue_length as usize + choice.tracks.len() > MAX_QUEUE {
        let message = format!("A queue has at most {MAX_QUEUE} tracks.");
        return Err(Refusal::new(RefusalCode::InvalidInput, message).at(&["trackIds"]).into());
    }
    let spot = match (position, held.place().await?) {
        (Position::Next, Some(place)) => Spot::Behind(place),
        _ => Spot::End,
    };
    let tracks = choice.ids();
    let addition = Addition { tracks: &tracks, added_by: viewer.user, context };
    let items = queue_changes::insert(&mut held.tx, held.player.id, spot, addition).await?;
    if held.player.current.is_none()
        && let (Some(item), Some(track)) = (items.first(), choice.tracks.first())
    {
        let entry = Entry { item: *item, track: track.id, duration_ms: track.duration_ms, context };
        let now = held.now;
        held.player.begin(Some(entry), 0, now);
    }
    held.locate().await?;
    Ok(Queued { player: held.keep(app).await?, skipped })
}

fn reused() -> Refusal {
    let message = "This idempotency key came with other input before.";
    Refusal::new(RefusalCode::IdempotencyKeyReused, message).at(&["idempotencyKey"])
}
