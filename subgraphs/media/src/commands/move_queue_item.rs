//! Moves an entry of the queue.

use polyphony_events::QueueItemId;
use polyphony_kit::Viewer;

use super::{
    CommandResult,
    held::{Asked, Held},
};
use crate::{
    app::App,
    domain::{
        listening_session::Right,
        player::Player,
        refusal::{Refusal, RefusalCode},
    },
    store::{queue, queue_changes},
};

/// Moves an entry behind another, or to the top. While the queue is shuffled the order behind it stays as it is.
pub async fn move_queue_item(
    app: &App,
    viewer: &Viewer,
    item: QueueItemId,
    after: Option<QueueItemId>,
) -> CommandResult<Player> {
    let mut held = Held::take(app, viewer, Right::Control, Asked::default()).await?;
    let unknown = |path| Refusal::new(RefusalCode::NotFound, "There is no such entry in the queue.").at(path);
    let player = held.player.id;
    queue::place(&mut held.tx, player, item).await?.ok_or_else(|| unknown(&["itemId"]))?;
    if after == Some(item) {
        return held.keep(app).await;
    }
    let behind = match after {
        None => None,
        Some(after) => {
            let place = queue::place(&mut held.tx, player, after).await?;
            Some(place.ok_or_else(|| unknown(&["afterItemId"]))?)
        }
    };
    queue_changes::shift(&mut held.tx, player, item, behind).await?;
    held.locate().await?;
    held.keep_queue(app).await
}
