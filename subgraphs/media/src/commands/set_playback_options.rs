//! Repeat, shuffle and volume.

use polyphony_kit::Viewer;

use super::{
    CommandResult,
    held::{Asked, Held},
};
use crate::{
    app::App,
    domain::{
        listening_session::Right,
        player::{Player, RepeatMode},
        refusal::{Refusal, RefusalCode},
    },
    store::{device, queue_changes},
};

/// What somebody wants to be other than it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What follows the end.
    pub repeat: Option<RepeatMode>,
    /// Whether the queue is shuffled.
    pub shuffle: Option<bool>,
    /// How loud the device is: the one that is named, else the one that plays.
    pub volume_percent: Option<i32>,
}

/// Changes how it plays. Volume belongs to a device, so everybody in a session sets their own.
pub async fn set_playback_options(app: &App, viewer: &Viewer, options: Options, asked: Asked) -> CommandResult<Player> {
    if options.volume_percent.is_some_and(|volume| !(0..=100).contains(&volume)) {
        let refusal = Refusal::new(RefusalCode::InvalidInput, "The volume must be 0 to 100.");
        return Err(refusal.at(&["input", "volumePercent"]).into());
    }
    let is_only_volume = options.repeat.is_none() && options.shuffle.is_none();
    let right = if is_only_volume { Right::Add } else { Right::Control };
    let mut held = Held::take(app, viewer, right, asked).await?;
    if let Some(volume) = options.volume_percent {
        set_volume(&mut held, volume).await?;
    }
    if let Some(repeat) = options.repeat {
        held.player.repeat = repeat;
    }
    match options.shuffle {
        Some(true) if !held.player.shuffle => {
            let current = held.player.current.map(|current| current.item);
            queue_changes::shuffle(&mut held.tx, held.player.id, current).await?;
            held.player.shuffle = true;
            held.locate().await?;
        }
        Some(false) if held.player.shuffle => {
            queue_changes::unshuffle(&mut held.tx, held.player.id).await?;
            held.player.shuffle = false;
            held.locate().await?;
        }
        _ => {}
    }
    let player = held.keep(app).await?;
    if options.volume_percent.is_some() {
        app.devices_changed(viewer.user);
    }
    Ok(player)
}

async fn set_volume(held: &mut Held, volume: i32) -> CommandResult<()> {
    let device = held.device.as_ref().map(|device| device.id).or(held.player.active_device);
    if let Some(device) = device {
        device::set_volume(&mut held.tx, device, volume).await?;
    }
    if held.session.is_none() && (device.is_none() || device == held.player.active_device) {
        held.player.volume_percent = volume;
    }
    Ok(())
}
