//! A live view of a person's devices.

use async_graphql::{Context, Subscription};
use futures::{Stream, stream};
use polyphony_kit::{Result, viewer::require_viewer};

use super::{app, device::Device};
use crate::live::{DeviceFollower, devices_signal};

#[derive(Default)]
pub(super) struct DeviceChangesSubscription;

#[Subscription]
impl DeviceChangesSubscription {
    /// The devices of the viewer, at most 50, those seen last first: at once as they are, then again whenever one comes online
    /// or goes offline, is made known, renamed or forgotten, becomes the one that plays, or is set louder or softer.
    ///
    /// Each frame is the whole list, so there is no cursor: who comes back gets the newest. A device that vanishes without a
    /// word is offline within 20 seconds. Watching marks no device online; `playbackChanged` does.
    async fn devices_changed(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Vec<Device>> + use<>> {
        let (app, user) = (app(ctx), require_viewer(ctx)?.user);
        let changed = app.signals.listen(&devices_signal(user));
        app.store.ensure_player(user, app.clock.now()).await?;
        let follower = DeviceFollower::new(&app.live, &app.store, user, changed).await?;
        Ok(stream::unfold(follower, |mut follower| async {
            let devices = follower.next().await.into_iter().map(Device::from).collect();
            Some((devices, follower))
        }))
    }
}
