//! Adds tracks to what plays for somebody.

use polyphony_events::TrackId;
use polyphony_kit::{
    Viewer,
    idempotency::{Claim, Key},
};

use super::{
    CommandResult,
    held::{Asked, Held},
    set_queue::check_tracks,
};
use crate::{
    app::App,
    domain::{
        listening_session::Right,
        player::{Entry, MAX_QUEUE, Player},
        refusal::{Refusal, RefusalCode},
    },
    store::queue::{self, Spot},
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
    tracks: &[TrackId],
    position: Position,
    key: Option<Key>,
) -> CommandResult<Player> {
    let durations = check_tracks(app, viewer, tracks, &["trackIds"]).await?;
    let mut held = Held::take(app, viewer, Right::Add, Asked::default()).await?;
    if let Some(key) = &key {
        match key.claim::<()>(&mut held.tx, &app.clock).await? {
            Claim::Fresh => key.record(&mut held.tx, &app.clock, &()).await?,
            Claim::Replay(()) => return held.keep(app).await,
            Claim::Reused => return Err(reused().into()),
        }
    }
    if held.player.queue_length as usize + tracks.len() > MAX_QUEUE {
        let message = format!("A queue has at most {MAX_QUEUE} tracks.");
        return Err(Refusal::new(RefusalCode::InvalidInput, message).at(&["trackIds"]).into());
    }
    let spot = match (position, held.place().await?) {
        (Position::Next, Some(place)) => Spot::Behind(place),
        _ => Spot::End,
    };
    let items = queue::insert(&mut held.tx, held.player.id, spot, tracks, viewer.user).await?;
    if held.player.current.is_none()
        && let (Some(item), Some(track), Some(duration)) = (items.first(), tracks.first(), durations.first())
    {
        let entry = Entry { item: *item, track: *track, duration_ms: *duration };
        let now = held.now;
        held.player.begin(Some(entry), 0, now);
    }
    held.locate().await?;
    held.keep(app).await
}

fn reused() -> Refusal {
    let message = "This idempotency key came with other input before.";
    Refusal::new(RefusalCode::IdempotencyKeyReused, message).at(&["idempotencyKey"])
}
