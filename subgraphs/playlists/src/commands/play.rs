//! Asking media to play a playlist, or what the viewer likes: here it is known what that is, there how it is played.

use anyhow::Context;
use polyphony_events::{
    DeviceId, PlayContext, PlayRequestId, PlaylistId, PlaylistItemId, TrackId, playlists::PlayRequested,
};
use polyphony_kit::{Viewer, outbox};

use crate::{
    app::App,
    commands::{Result, tracks_of},
    domain::{Refusal, playlist_item::MAX_ITEMS, smart_item::item_id},
    store,
};

/// How to play.
#[derive(Clone, Copy, Debug, Default)]
pub struct Playing {
    /// With which track to begin.
    pub start_track: Option<TrackId>,
    /// Whether to shuffle; as it was before when absent.
    pub shuffle: Option<bool>,
    /// The device that asks.
    pub device: Option<DeviceId>,
}

/// A request that media will carry out.
#[derive(Clone, Copy, Debug)]
pub struct Requested {
    /// Which.
    pub id: PlayRequestId,
    /// How many tracks it is about.
    pub tracks: usize,
}

/// Asks for the tracks that a playlist, which the viewer may see, has now, from an entry or a track on. The entry goes before
/// the track.
pub async fn play_playlist(
    app: &App,
    viewer: &Viewer,
    id: PlaylistId,
    start_item: Option<PlaylistItemId>,
    playing: Playing,
) -> Result<Requested> {
    let playlist = app.store.visible_playlist(Some(viewer.user), id).await.context("read the playlist")?;
    let playlist = playlist.ok_or(Refusal::PlaylistMissing)?;
    let mut db = app.store.pool.acquire().await.context("have a connection")?;
    let (items, tracks): (Vec<_>, Vec<_>) = if playlist.rules.is_some() {
        let chosen = tracks_of(&mut db, app, &playlist).await?;
        chosen.into_iter().map(|track| (item_id(id, track), track)).unzip()
    } else {
        let placed = store::placement::items(&mut db, id).await.context("read the entries")?;
        placed.into_iter().unzip()
    };
    drop(db);
    let start = match (start_item, playing.start_track) {
        (Some(item), _) => Some(items.iter().position(|one| *one == item).ok_or(Refusal::StartMissing("startItemId"))?),
        (None, Some(track)) => Some(place_of(track, &tracks)?),
        (None, None) => None,
    };
    request(app, viewer, PlayContext::Playlist(id), tracks, start, playing).await
}

/// Asks for the tracks that the viewer likes, what they liked last first: all, or of a great many 10,000 with the start among
/// them.
pub async fn play_liked_tracks(app: &App, viewer: &Viewer, playing: Playing) -> Result<Requested> {
    let from = app.store.liked_before(viewer.user, playing.start_track).await.context("find the start")?;
    let from = from.filter(|before| *before >= MAX_ITEMS as i64).unwrap_or_default();
    let tracks = app.store.liked_tracks(viewer.user, from, MAX_ITEMS as i64).await.context("read what is liked")?;
    let start = playing.start_track.map(|track| place_of(track, &tracks)).transpose()?;
    request(app, viewer, PlayContext::LikedTracks, tracks, start, playing).await
}

fn place_of(track: TrackId, tracks: &[TrackId]) -> Result<usize, Refusal> {
    tracks.iter().position(|one| *one == track).ok_or(Refusal::StartMissing("startTrackId"))
}

async fn request(
    app: &App,
    viewer: &Viewer,
    context: PlayContext,
    track_ids: Vec<TrackId>,
    start: Option<usize>,
    playing: Playing,
) -> Result<Requested> {
    if track_ids.is_empty() {
        return Err(Refusal::NothingToPlay.into());
    }
    let requested = Requested { id: PlayRequestId::new(), tracks: track_ids.len() };
    let event = PlayRequested {
        user_id: viewer.user,
        request_id: requested.id,
        requested_at: app.clock.now(),
        context,
        track_ids,
        start_index: start.map(|start| start as i64),
        shuffle: playing.shuffle,
        device_id: playing.device,
    };
    let mut tx = app.store.begin().await.context("begin")?;
    outbox::push(&mut tx, &app.clock, &event).await?;
    tx.commit().await.context("commit")?;
    Ok(requested)
}
