//! Asking for playlists and liked tracks to be played.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use polyphony_events::{DeviceId, PlaylistItemId, TrackId};
use polyphony_kit::{Result, viewer::require_viewer};

use crate::{
    commands::{Playing, Requested, play_liked_tracks, play_playlist},
    domain::Refusal,
    graphql::{
        app,
        errors::{UserError, settle},
        ids,
    },
};

/// Which playlist to play, and how.
#[derive(InputObject)]
pub struct PlayPlaylistInput {
    /// The playlist.
    pub playlist_id: ID,
    /// The entry to begin with. Without this and `startTrackId` it begins with the first, or shuffled with any.
    pub start_item_id: Option<ID>,
    /// The track to begin with, where it stands first; not needed beside `startItemId`.
    pub start_track_id: Option<ID>,
    /// Whether to shuffle; as it was before when absent.
    pub shuffle: Option<bool>,
    /// The device that asks; it plays when no other does.
    pub device_id: Option<ID>,
}

/// How to play liked tracks.
#[derive(InputObject)]
pub struct PlayLikedTracksInput {
    /// The track to begin with.
    pub start_track_id: Option<ID>,
    /// Whether to shuffle; as it was before when absent.
    pub shuffle: Option<bool>,
    /// The device that asks; it plays when no other does.
    pub device_id: Option<ID>,
}

/// A request to play something, or why there is none.
#[derive(SimpleObject)]
pub struct PlayRequestPayload {
    /// The request. `PlaybackState.playRequestId` of the queue that is made of it, within a second or so, is the same.
    pub request_id: Option<ID>,
    /// How many tracks it is about; those that cannot be played are left out of the queue.
    pub track_count: i32,
    /// Why it was not done.
    pub user_errors: Vec<UserError>,
}

impl From<Result<Requested, UserError>> for PlayRequestPayload {
    fn from(result: Result<Requested, UserError>) -> Self {
        match result {
            Ok(Requested { id, tracks }) => {
                Self { request_id: Some(id.to_string().into()), track_count: tracks as i32, user_errors: Vec::new() }
            }
            Err(error) => Self { request_id: None, track_count: 0, user_errors: vec![error] },
        }
    }
}

/// Writes that make something play.
#[derive(Default)]
pub struct PlayMutation;

#[Object]
impl PlayMutation {
    /// Makes a playlist that the viewer may see the queue of their player, a smart one as its rules choose now. Hidden tracks are
    /// among them: players pass over those.
    async fn play_playlist(&self, ctx: &Context<'_>, input: PlayPlaylistInput) -> Result<PlayRequestPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let item = |id: ID| PlaylistItemId::parse(&id).ok_or(Refusal::StartMissing("startItemId"));
            let (id, item) = (ids::playlist(&input.playlist_id)?, input.start_item_id.map(item).transpose()?);
            let playing = playing(input.start_track_id, input.shuffle, input.device_id)?;
            play_playlist(app(ctx), viewer, id, item, playing).await
        };
        Ok(settle(change.await)?.into())
    }

    /// Makes the tracks that the viewer likes the queue of their player, what they liked last first; of more than 10,000 those
    /// around the start.
    async fn play_liked_tracks(&self, ctx: &Context<'_>, input: PlayLikedTracksInput) -> Result<PlayRequestPayload> {
        let viewer = require_viewer(ctx)?;
        let change = async {
            let playing = playing(input.start_track_id, input.shuffle, input.device_id)?;
            play_liked_tracks(app(ctx), viewer, playing).await
        };
        Ok(settle(change.await)?.into())
    }
}

fn playing(start: Option<ID>, shuffle: Option<bool>, device: Option<ID>) -> Result<Playing, Refusal> {
    let start = start.map(|id| TrackId::parse(&id).ok_or(Refusal::StartMissing("startTrackId"))).transpose()?;
    let device = device.map(|id| DeviceId::parse(&id).ok_or(Refusal::DeviceMissing)).transpose()?;
    Ok(Playing { start_track: start, shuffle, device })
}
