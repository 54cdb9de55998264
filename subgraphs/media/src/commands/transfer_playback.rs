//! Hands what plays over to another device, in two steps: the target is told and acknowledges, then the source stops. A
//! target that does not answer changes nothing.

use polyphony_events::DeviceId;
use polyphony_kit::Viewer;
use uuid::Uuid;

use super::{
    CommandResult,
    held::{Asked, Held},
};
use crate::{
    app::App,
    domain::{
        intent::{Intent, apply},
        listening_session::Right,
        player::{Around, Player, TRANSFER_PATIENCE, Transfer},
        refusal::{Refusal, RefusalCode},
    },
    live::{Watch, Who},
    store::{device, player},
};

/// Hands over to a device; answers when it has acknowledged. Of two transfers at once the later one counts.
pub async fn transfer_playback(app: &App, viewer: &Viewer, to: DeviceId, play: Option<bool>) -> CommandResult<Player> {
    // Watched before anything is held: the hub needs a connection of its own.
    let own = app.store.ensure_player(viewer.user, app.clock.now()).await?;
    let watch = app.live.watch(own).await?;
    let mut held = Held::take(app, viewer, Right::Control, Asked { device: Some(to), base_version: None })
        .await
        .map_err(|error| error.at(&["toDeviceId"]))?;
    if held.session.is_some() {
        let message = "In a listening session everybody plays on their own device.";
        return Err(Refusal::new(RefusalCode::Conflict, message).into());
    }
    if held.player.active_device == Some(to) {
        held.player.transfer = None;
        return set_playing(app, held, play).await;
    }
    if app.live.presence().online(&[Who::Device(to)]).await.is_empty() {
        return Err(unreachable("The device is not there.").into());
    }
    let id = Uuid::now_v7();
    let (until, version) = (held.now + TRANSFER_PATIENCE, held.player.version + 1);
    held.player.transfer = Some(Transfer { id, to, play, version, until });
    let begun = held.keep(app).await?;
    wait(watch, &begun, id).await;
    settle(app, &begun, id, to).await
}

async fn set_playing(app: &App, mut held: Held, play: Option<bool>) -> CommandResult<Player> {
    if let Some(play) = play {
        let intent = if play { Intent::Play } else { Intent::Pause };
        held.player = apply(&held.player, intent, &Around::default(), held.now)?;
    }
    held.keep(app).await
}

/// Waits until the transfer is over, one way or another, or nobody may wait longer.
async fn wait(mut watch: Watch, begun: &Player, id: Uuid) {
    let over = async {
        loop {
            // The frame of the transfer itself may still be on its way, and may be skipped for a newer one.
            let newest = watch.newest().filter(|frame| frame.player.version >= begun.version);
            if newest.is_some_and(|frame| frame.player.transfer.is_none_or(|transfer| transfer.id != id)) {
                return;
            }
            watch.changed().await;
        }
    };
    let patience = TRANSFER_PATIENCE.to_std().unwrap_or_default();
    tokio::time::timeout(patience, over).await.ok();
}

/// Gives the transfer up, if it is still under way, and tells what became of it.
async fn settle(app: &App, begun: &Player, id: Uuid, to: DeviceId) -> CommandResult<Player> {
    let mut tx = app.store.begin().await?;
    let gone = || anyhow::anyhow!("the player {} is gone", begun.id);
    let mut player = player::lock(&mut tx, begun.id).await?.ok_or_else(gone)?;
    if player.transfer.is_some_and(|transfer| transfer.id == id) {
        player.transfer = None;
        player.version += 1;
        player::save(&mut tx, &player, app.clock.now()).await?;
        tx.commit().await?;
        app.live.changed([player.id]);
        return Err(unreachable("The device does not answer.").into());
    }
    if player.active_device == Some(to) {
        return Ok(player);
    }
    // Who took the place of this one may have been answered already.
    let is_given_up = player.transfer.is_none() && player.active_device == begun.active_device;
    Err(if is_given_up { unreachable("The device does not answer.") } else { superseded() }.into())
}

fn unreachable(message: &str) -> Refusal {
    Refusal::new(RefusalCode::DeviceUnreachable, message).at(&["toDeviceId"])
}

fn superseded() -> Refusal {
    Refusal::new(RefusalCode::Conflict, "Another transfer took the place of this one.")
}

/// The target says that it is there: it plays from now on. Again changes nothing.
pub async fn acknowledge_transfer(app: &App, viewer: &Viewer, device: DeviceId, version: i64) -> CommandResult<()> {
    let asked = Asked { device: Some(device), base_version: None };
    let mut held = Held::take(app, viewer, Right::Control, asked).await?;
    let (now, seen) = (held.now, held.player.version);
    let transfer = held.player.transfer.filter(|transfer| transfer.to == device);
    match transfer.filter(|transfer| (transfer.version..=seen).contains(&version)) {
        Some(transfer) => {
            let volume = device::find(&mut held.tx, viewer.user, device).await?.map(|device| device.volume_percent);
            held.player.settle(now);
            held.player.state = held.player.state_after(&transfer);
            held.player.anchor_at = now;
            held.player.transfer = None;
            held.player.activate(device, volume.unwrap_or(100));
            held.keep(app).await?;
        }
        None if held.player.active_device == Some(device) => {}
        None => {
            let message = "No transfer to this device is under way.";
            return Err(Refusal::new(RefusalCode::Conflict, message).at(&["version"]).into());
        }
    }
    Ok(())
}
