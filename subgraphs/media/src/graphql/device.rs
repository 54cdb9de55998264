//! Devices that play.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_events::{DeviceId, UserId};
use polyphony_kit::{Result, viewer::require_viewer};

use super::{
    app,
    errors::{AckPayload, UserError, nothing, outcome},
    load,
};
use crate::{
    commands::{forget_device::forget_device, register_device::register_device},
    domain::{
        device::{self, NewDevice},
        refusal::{Refusal, RefusalCode},
    },
    live::{DeviceView, Who},
};

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "device::DeviceKind")]
pub enum DeviceKind {
    /// A browser.
    Web,
    /// A phone.
    Phone,
    /// A tablet.
    Tablet,
    /// A computer.
    Desktop,
    /// A loudspeaker.
    Speaker,
    /// A television.
    Tv,
    /// Anything else.
    Other,
}

/// A device that plays.
#[derive(Clone, Debug)]
pub struct Device {
    of: device::Device,
    is_active: bool,
    is_online: Option<bool>,
}

/// A device of a person that plays, or says what plays.
#[Object]
impl Device {
    /// The id of the device.
    async fn id(&self) -> ID {
        self.of.id.to_string().into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.of.name
    }

    /// What it is.
    async fn kind(&self) -> DeviceKind {
        self.of.kind.into()
    }

    /// Whether it is there: it listens to `playbackChanged`.
    async fn online(&self, ctx: &Context<'_>) -> bool {
        if let Some(is_online) = self.is_online {
            return is_online;
        }
        let who = Who::Device(self.of.id);
        !app(ctx).live.presence().online(&[who]).await.is_empty()
    }

    /// When it registered last, or began to listen.
    async fn last_seen_at(&self) -> DateTime<Utc> {
        self.of.last_seen_at
    }

    /// Whether it is the one that plays.
    async fn active(&self) -> bool {
        self.is_active
    }

    /// How loud it is, 0 to 100.
    async fn volume_percent(&self) -> i32 {
        self.of.volume_percent
    }
}

impl From<DeviceView> for Device {
    fn from(view: DeviceView) -> Self {
        Self { of: view.device, is_active: view.is_active, is_online: Some(view.is_online) }
    }
}

impl Device {
    /// The device of this id, if the viewer may see it; `active` is the one that plays.
    pub(super) async fn find(
        ctx: &Context<'_>,
        id: Option<DeviceId>,
        active: Option<DeviceId>,
    ) -> Result<Option<Self>> {
        let Some(id) = id else { return Ok(None) };
        let found = load(ctx).load_one(id).await?;
        Ok(found.map(|device| Self { of: device, is_active: active == Some(id), is_online: None }))
    }

    /// All devices of a person.
    pub(super) async fn all_of(ctx: &Context<'_>, user: UserId) -> Result<Vec<Self>> {
        let app = app(ctx);
        let devices = app.store.devices_of(user).await?;
        let active = app.store.own_player(user).await?.and_then(|own| own.active_device);
        let who: Vec<_> = devices.iter().map(|device| Who::Device(device.id)).collect();
        let online = app.live.presence().online(&who).await;
        let device = |device: device::Device| Self {
            is_active: active == Some(device.id),
            is_online: Some(online.contains(&Who::Device(device.id))),
            of: device,
        };
        Ok(devices.into_iter().map(device).collect())
    }
}

/// Reads the id of a device; one that is malformed names no device.
pub(super) fn parse(id: Option<&ID>, path: &'static [&'static str]) -> Result<Option<DeviceId>, Refusal> {
    let unknown = || Refusal::new(RefusalCode::NotFound, "There is no such device.").at(path);
    id.map(|id| DeviceId::parse(id).ok_or_else(unknown)).transpose()
}

/// What a device says of itself.
#[derive(InputObject)]
struct DeviceInput {
    /// What its installation has made up to be known by, 1 to 200 characters.
    installation_id: String,
    /// Its name, 1 to 100 characters.
    name: String,
    /// What it is.
    kind: DeviceKind,
}

/// The answer of `registerDevice`.
#[derive(SimpleObject)]
struct DevicePayload {
    /// The device.
    device: Option<Device>,
    /// Why it was not done.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct DeviceMutation;

#[Object]
impl DeviceMutation {
    /// Makes a device known, or known again by its installation. Of more than 50 devices the one unseen for longest is
    /// forgotten.
    async fn register_device(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device.")] input: DeviceInput,
    ) -> Result<DevicePayload> {
        let (app, viewer) = (app(ctx), require_viewer(ctx)?);
        let registered = match NewDevice::parse(&input.installation_id, &input.name, input.kind.into()) {
            Ok(new) => outcome(register_device(app, viewer, &new).await)?,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match registered {
            Ok(device) => {
                let active = app.store.own_player(viewer.user).await?.and_then(|own| own.active_device);
                let is_active = active == Some(device.id);
                DevicePayload {
                    device: Some(Device { of: device, is_active, is_online: None }),
                    user_errors: Vec::new(),
                }
            }
            Err(error) => DevicePayload { device: None, user_errors: vec![error] },
        })
    }

    /// Forgets a device of the viewer's. When it plays, playing pauses.
    async fn forget_device(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device's id.")] id: ID,
    ) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        Ok(match DeviceId::parse(&id) {
            Some(id) => outcome(forget_device(app(ctx), viewer, id).await)?.into(),
            None => Err(nothing("device", "id")).into(),
        })
    }
}
