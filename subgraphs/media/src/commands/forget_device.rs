//! Forgets a device. When it plays, playing pauses.

use polyphony_events::DeviceId;
use polyphony_kit::Viewer;

use super::{CommandResult, held::own};
use crate::{
    app::App,
    domain::{
        player::PlayState,
        refusal::{Refusal, RefusalCode},
    },
    store::{device, player},
};

/// Forgets a device of the viewer's.
pub async fn forget_device(app: &App, viewer: &Viewer, id: DeviceId) -> CommandResult<()> {
    let mut tx = app.store.begin().await?;
    let mut own = own(app, &mut tx, viewer.user).await?;
    if !device::remove(&mut tx, viewer.user, id).await? {
        return Err(Refusal::new(RefusalCode::NotFound, "There is no such device.").at(&["id"]).into());
    }
    let is_active = own.active_device == Some(id);
    let is_target = own.transfer.is_some_and(|transfer| transfer.to == id);
    if is_active || is_target {
        let now = app.clock.now();
        own.transfer = own.transfer.filter(|_| !is_target);
        if is_active {
            own.settle(now);
            own.active_device = None;
            own.state = if own.state == PlayState::Playing { PlayState::Paused } else { own.state };
        }
        own.version += 1;
        player::save(&mut tx, &own, now).await?;
    }
    tx.commit().await?;
    app.live.changed([own.id]);
    app.devices_changed(viewer.user);
    Ok(())
}
