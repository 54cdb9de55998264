//! Takes entries out of the queue.

use polyphony_events::QueueItemId;
use polyphony_kit::Viewer;

use super::{
    CommandResult,
    held::{Asked, Held},
};
use crate::{
    app::App,
    domain::{
        intent::advance,
        listening_session::Right,
        player::{MAX_QUEUE, Player, RepeatMode},
        refusal::{Refusal, RefusalCode},
    },
    store::{queue, queue_changes},
};

/// Takes entries out; those that are not there any more do no harm. When the current one goes, the next begins.
pub async fn remove_queue_items(app: &App, viewer: &Viewer, items: &[QueueItemId]) -> CommandResult<Player> {
    if items.len() > MAX_QUEUE {
        let message = format!("A queue has at most {MAX_QUEUE} entries.");
        return Err(Refusal::new(RefusalCode::InvalidInput, message).at(&["itemIds"]).into());
    }
    let mut held = Held::take(app, viewer, Right::Control, Asked::default()).await?;
    let place = held.place().await?;
    let removed = queue_changes::remove(&mut held.tx, held.player.id, items).await?;
    if removed == 0 {
        return held.keep(app).await;
    }
    if held.player.current.is_some_and(|current| items.contains(&current.item)) {
        let around = queue::around(&mut held.tx, held.player.id, place).await?;
        let repeat = held.player.repeat;
        // What is gone cannot be repeated.
        held.player.repeat = if repeat == RepeatMode::One { RepeatMode::Off } else { repeat };
        held.player.settle(held.now);
        held.player = advance(&held.player, &around, held.now);
        held.player.repeat = repeat;
    }
    held.locate().await?;
    held.keep_queue(app).await
}
