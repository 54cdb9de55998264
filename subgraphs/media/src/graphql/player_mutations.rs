//! Mutations of what plays.

use async_graphql::{Context, ID, InputObject, Object};
use polyphony_events::{DeviceId, QueueItemId};
use polyphony_kit::{Result, viewer::require_viewer};

use super::{
    app,
    device::parse,
    errors::{AckPayload, nothing, outcome},
    player::{PlaybackPayload, RepeatMode},
};
use crate::{
    commands::{
        CommandResult,
        control_playback::{Control, control_playback},
        held::Asked,
        set_playback_options::{Options, set_playback_options},
        transfer_playback::{acknowledge_transfer, transfer_playback},
    },
    domain::{
        player::Player,
        refusal::{Refusal, RefusalCode},
    },
};

/// How it should play; what is absent stays as it is.
#[derive(InputObject)]
struct PlaybackOptionsInput {
    /// What follows the end.
    repeat: Option<RepeatMode>,
    /// Whether the queue is shuffled.
    shuffle: Option<bool>,
    /// How loud, 0 to 100: the named device, else the one that plays.
    volume_percent: Option<i32>,
    /// The device that asks.
    device_id: Option<ID>,
}

#[derive(Default)]
pub(super) struct PlayerMutation;

async fn control(
    ctx: &Context<'_>,
    control: Control,
    device: Option<ID>,
    base_version: Option<i32>,
) -> Result<PlaybackPayload> {
    let (app, viewer) = (app(ctx), require_viewer(ctx)?);
    let result = match parse(device.as_ref(), &["deviceId"]) {
        Ok(device) => {
            let asked = Asked { device, base_version: base_version.map(i64::from) };
            control_playback(app, viewer, control, asked).await
        }
        Err(refusal) => Err(refusal.into()),
    };
    PlaybackPayload::of(app, viewer, result).await
}

#[Object]
impl PlayerMutation {
    /// Goes on playing. When no device plays, the one that asks does.
    async fn play(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device that asks.")] device_id: Option<ID>,
        #[graphql(desc = "Refused with STALE_VERSION when this is not the current version.")] base_version: Option<i32>,
    ) -> Result<PlaybackPayload> {
        control(ctx, Control::Play, device_id, base_version).await
    }

    /// Pauses.
    async fn pause(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device that asks.")] device_id: Option<ID>,
        #[graphql(desc = "Refused with STALE_VERSION when this is not the current version.")] base_version: Option<i32>,
    ) -> Result<PlaybackPayload> {
        control(ctx, Control::Pause, device_id, base_version).await
    }

    /// Goes to a position in the track.
    async fn seek(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where to, 0 to the track's duration.")] position_ms: i32,
        #[graphql(desc = "The device that asks.")] device_id: Option<ID>,
        #[graphql(desc = "Refused with STALE_VERSION when this is not the current version.")] base_version: Option<i32>,
    ) -> Result<PlaybackPayload> {
        control(ctx, Control::Seek(i64::from(position_ms)), device_id, base_version).await
    }

    /// Plays an entry of the queue from its beginning.
    async fn skip_to(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The entry's id.")] item_id: ID,
        #[graphql(desc = "The device that asks.")] device_id: Option<ID>,
        #[graphql(desc = "Refused with STALE_VERSION when this is not the current version.")] base_version: Option<i32>,
    ) -> Result<PlaybackPayload> {
        match QueueItemId::parse(&item_id) {
            Some(item) => control(ctx, Control::SkipTo(item), device_id, base_version).await,
            None => refused(ctx, no_entry(&["itemId"])).await,
        }
    }

    /// Goes to what follows. At the end of the queue it stops at its beginning, unless it repeats or goes on by itself.
    async fn skip_next(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device that asks.")] device_id: Option<ID>,
        #[graphql(desc = "Refused with STALE_VERSION when this is not the current version.")] base_version: Option<i32>,
    ) -> Result<PlaybackPayload> {
        control(ctx, Control::SkipNext, device_id, base_version).await
    }

    /// Begins the track again, or in its first three seconds goes to the one before.
    async fn skip_previous(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device that asks.")] device_id: Option<ID>,
        #[graphql(desc = "Refused with STALE_VERSION when this is not the current version.")] base_version: Option<i32>,
    ) -> Result<PlaybackPayload> {
        control(ctx, Control::SkipPrevious, device_id, base_version).await
    }

    /// Changes repeat, shuffle and volume.
    async fn set_playback_options(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How it should play.")] input: PlaybackOptionsInput,
    ) -> Result<PlaybackPayload> {
        let (app, viewer) = (app(ctx), require_viewer(ctx)?);
        let result = match parse(input.device_id.as_ref(), &["input", "deviceId"]) {
            Ok(device) => {
                let options = Options {
                    repeat: input.repeat.map(Into::into),
                    shuffle: input.shuffle,
                    volume_percent: input.volume_percent,
                };
                set_playback_options(app, viewer, options, Asked { device, base_version: None }).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        PlaybackPayload::of(app, viewer, result).await
    }

    /// Hands what plays over to another device. Answers once the target device has acknowledged; until then the source
    /// plays on, and it does so when the target is not there (`DEVICE_UNREACHABLE`).
    async fn transfer_playback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device that is to play.")] to_device_id: ID,
        #[graphql(desc = "Whether it plays then; as before when absent.")] play: Option<bool>,
    ) -> Result<PlaybackPayload> {
        let (app, viewer) = (app(ctx), require_viewer(ctx)?);
        let result = match DeviceId::parse(&to_device_id) {
            Some(device) => transfer_playback(app, viewer, device, play).await,
            None => Err(Refusal::new(RefusalCode::NotFound, "There is no such device.").at(&["toDeviceId"]).into()),
        };
        PlaybackPayload::of(app, viewer, result).await
    }

    /// Says that this device is ready to play what is transferred to it. Calling it again changes nothing.
    async fn acknowledge_transfer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The device that is to play.")] device_id: ID,
        #[graphql(desc = "The version of a frame that showed it as the active device.")] version: i32,
    ) -> Result<AckPayload> {
        let viewer = require_viewer(ctx)?;
        Ok(match DeviceId::parse(&device_id) {
            Some(device) => {
                let done = acknowledge_transfer(app(ctx), viewer, device, i64::from(version)).await;
                outcome(done)?.into()
            }
            None => Err(nothing("device", "deviceId")).into(),
        })
    }
}

/// A command that is refused before it begins.
pub(super) async fn refused(ctx: &Context<'_>, refusal: Refusal) -> Result<PlaybackPayload> {
    let result: CommandResult<Player> = Err(refusal.into());
    PlaybackPayload::of(app(ctx), require_viewer(ctx)?, result).await
}

/// The refusal of an entry that is not there.
pub(super) fn no_entry(path: &'static [&'static str]) -> Refusal {
    Refusal::new(RefusalCode::NotFound, "There is no such entry in the queue.").at(path)
}
