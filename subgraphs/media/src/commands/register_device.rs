//! Makes a device known, or known again.

use polyphony_kit::{Viewer, db};

use super::CommandResult;
use crate::{
    app::App,
    domain::device::{Device, NewDevice},
    store::device,
};

/// Keeps a device by the id of its installation. It is there when it listens.
pub async fn register_device(app: &App, viewer: &Viewer, new: &NewDevice) -> CommandResult<Device> {
    let mut tx = app.store.begin().await?;
    db::lock(&mut tx, &format!("devices of {}", viewer.user)).await?;
    let device = device::upsert(&mut tx, viewer.user, new, app.clock.now()).await?;
    device::trim(&mut tx, viewer.user, Some(device.id)).await?;
    tx.commit().await?;
    app.devices_changed(viewer.user);
    Ok(device)
}
