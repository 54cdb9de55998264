//! Play, pause, seek and skip.

use polyphony_events::QueueItemId;
use polyphony_kit::Viewer;

use super::{
    CommandResult,
    advance_player::extend,
    held::{Asked, Held},
};
use crate::{
    app::App,
    domain::{
        intent::{Intent, apply},
        listening_session::Right,
        player::Player,
        refusal::{Refusal, RefusalCode},
    },
    store::queue,
};

/// What somebody wants, as they say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Play,
    /// Stay where it is.
    Pause,
    /// Go to this position.
    Seek(i64),
    /// Play this entry of the queue.
    SkipTo(QueueItemId),
    /// Go to what follows.
    SkipNext,
    /// Begin again, or go to what was before.
    SkipPrevious,
}

/// Does what somebody wants with what plays for them.
pub async fn control_playback(app: &App, viewer: &Viewer, control: Control, asked: Asked) -> CommandResult<Player> {
    let mut held = Held::take(app, viewer, Right::Control, asked).await?;
    let intent = match control {
        Control::Play => Intent::Play,
        Control::Pause => Intent::Pause,
        Control::Seek(position) => Intent::Seek(position),
        Control::SkipTo(item) => {
            let unknown =
                || Refusal::new(RefusalCode::NotFound, "There is no such entry in the queue.").at(&["itemId"]);
            let entry = queue::entry(&mut held.tx, held.player.id, item).await?;
            Intent::SkipTo(entry.ok_or_else(unknown)?)
        }
        Control::SkipNext => {
            extend(&mut held.tx, &held.player).await?;
            Intent::SkipNext
        }
        Control::SkipPrevious => Intent::SkipPrevious,
    };
    let place = held.place().await?;
    let around = queue::around(&mut held.tx, held.player.id, place).await?;
    let current = held.player.current;
    held.player = apply(&held.player, intent, &around, held.now)?;
    if held.player.current != current || control == Control::SkipNext {
        held.locate().await?;
    }
    if matches!(control, Control::Play | Control::SkipTo(_)) {
        held.claim(app).await;
    }
    held.keep(app).await
}
