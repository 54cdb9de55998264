//! Adding tracks to a playlist.

use std::collections::HashSet;

use anyhow::Context;
use polyphony_events::{PlaylistId, PlaylistItemId, TrackId, playlists::PlaylistItemsAdded};
use polyphony_kit::{Viewer, outbox};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::{
    app::{App, Topic},
    commands::{Result, commit, lock_in, making, once::Once, placement, placement::Room, save},
    domain::{
        Refusal,
        playlist::Playlist,
        playlist_item::{Place, PlacedItem, PlaylistItem},
    },
    store,
};

/// The most tracks that one event names.
const MAX_TOLD: usize = 100;

/// What to add and where.
#[derive(Clone, Debug, Serialize)]
pub struct AddPlaylistItems {
    /// To which playlist.
    pub playlist: PlaylistId,
    /// Which tracks, in order; one that stands there already is added again.
    pub tracks: Vec<TrackId>,
    /// Behind which entry; at the end when absent.
    pub after: Option<PlaylistItemId>,
    /// Makes a repeated call harmless.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// A playlist with the entries that were added to it.
#[derive(Clone, Debug)]
pub struct Added {
    /// The playlist after the change.
    pub playlist: Playlist,
    /// The new entries, in the order of the tracks.
    pub items: Vec<PlaylistItemId>,
}

#[derive(Serialize, Deserialize)]
struct First {
    items: Vec<PlaylistItemId>,
}

/// Adds tracks; the owner and editors may.
pub async fn add_playlist_items(app: &App, viewer: &Viewer, input: AddPlaylistItems) -> Result<Added> {
    let once = Once::new(viewer, input.idempotency_key.as_deref(), "addPlaylistItems", &input)?;
    let mut tx = app.store.begin().await.context("begin")?;
    let first = once.first::<First>(&mut tx, &app.clock).await?;
    let mut playlist = lock_in(&mut tx, viewer, input.playlist).await?;
    if let Some(First { items }) = first {
        return Ok(Added { playlist, items });
    }
    playlist.require_editor()?;
    let standing = playlist.item_count;
    playlist.make_room(input.tracks.len())?;
    require_undeleted(&mut tx, &input.tracks).await?;

    let making = making(app, &playlist);
    let room = Room { place: input.after.map_or(Place::End, Place::After), moving: &[], count: input.tracks.len() };
    let ranks = placement::find(&mut tx, making, &mut playlist, standing, room).await?;
    let now = app.clock.now();
    let new = |(track, position)| {
        let (id, playlist) = (PlaylistItemId::new(), input.playlist);
        let (added_by, added_at, is_track_deleted) = (viewer.user, now, false);
        PlacedItem { item: PlaylistItem { id, playlist, track, is_track_deleted, added_by, added_at }, position }
    };
    let items: Vec<_> = input.tracks.into_iter().zip(ranks).map(new).collect();
    store::placement::insert(&mut *tx, making, &items).await.context("write the entries")?;

    save(&mut tx, app, &mut playlist).await?;
    let event = PlaylistItemsAdded {
        playlist_id: playlist.id,
        added_by: viewer.user,
        track_ids: first_distinct(items.iter().map(|placed| placed.item.track)),
        version: playlist.version,
    };
    outbox::push(&mut tx, &app.clock, &event).await?;
    let items: Vec<_> = items.into_iter().map(|placed| placed.item.id).collect();
    once.record(&mut tx, &app.clock, &First { items: items.clone() }).await?;
    commit(tx, app, Topic::Playlist(playlist.id)).await?;
    Ok(Added { playlist, items })
}

/// The tracks of an event: each once, of a great many the first.
fn first_distinct(tracks: impl Iterator<Item = TrackId>) -> Vec<TrackId> {
    let mut seen = HashSet::new();
    tracks.filter(|track| seen.insert(*track)).take(MAX_TOLD).collect()
}

/// Refuses tracks that catalog has deleted. Tracks that nobody has told us of yet are taken: the event of a new track may
/// come later than the track itself.
async fn require_undeleted(tx: &mut PgConnection, tracks: &[TrackId]) -> Result<()> {
    let deleted = store::track::deleted(tx, tracks).await.context("look for deleted tracks")?;
    match tracks.iter().position(|track| deleted.contains(track)) {
        Some(place) => Err(Refusal::TrackDeleted(place).into()),
        None => Ok(()),
    }
}
