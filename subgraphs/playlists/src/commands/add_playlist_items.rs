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
        playlist_item::{OnDuplicate, Place, PlacedItem, PlaylistItem},
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
    /// Which tracks, in order.
    pub tracks: Vec<TrackId>,
    /// Behind which entry; at the end when absent.
    pub after: Option<PlaylistItemId>,
    /// Behind how many entries; not together with `after`.
    pub position: Option<i32>,
    /// What is done with those that stand there already.
    pub on_duplicate: OnDuplicate,
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
    /// The tracks that were left out because they stand there already.
    pub skipped: Vec<TrackId>,
}

#[derive(Serialize, Deserialize)]
struct First {
    items: Vec<PlaylistItemId>,
    #[serde(default)]
    skipped: Vec<TrackId>,
}

/// Adds tracks; the owner and editors may.
pub async fn add_playlist_items(app: &App, viewer: &Viewer, input: AddPlaylistItems) -> Result<Added> {
    let once = Once::new(viewer, input.idempotency_key.as_deref(), "addPlaylistItems", &input)?;
    let mut tx = app.store.begin().await.context("begin")?;
    let first = once.first::<First>(&mut tx, &app.clock).await?;
    let mut playlist = lock_in(&mut tx, viewer, input.playlist).await?;
    if let Some(First { items, skipped }) = first {
        return Ok(Added { playlist, items, skipped });
    }
    playlist.require_editor()?;
    require_undeleted(&mut tx, &input.tracks).await?;
    let place = place(&mut tx, &playlist, input.after, input.position).await?;
    let Sorted { tracks, skipped } = sort_out(&mut tx, input.playlist, input.tracks, input.on_duplicate).await?;
    let items = append(&mut tx, app, viewer, &mut playlist, tracks, place).await?;
    once.record(&mut tx, &app.clock, &First { items: items.clone(), skipped: skipped.clone() }).await?;
    commit(tx, app, Topic::Playlist(playlist.id)).await?;
    Ok(Added { playlist, items, skipped })
}

/// Writes entries for these tracks at a place of a playlist whose lock is held, with the events that tell of them. Nothing
/// changes when there are none.
pub(super) async fn append(
    tx: &mut PgConnection,
    app: &App,
    viewer: &Viewer,
    playlist: &mut Playlist,
    tracks: Vec<TrackId>,
    place: Place,
) -> Result<Vec<PlaylistItemId>> {
    if tracks.is_empty() {
        return Ok(Vec::new());
    }
    let (standing, count) = (playlist.item_count, tracks.len());
    playlist.make_room(count)?;
    let making = making(app, playlist);
    let room = Room { place, moving: &[], count };
    let ranks = placement::find(&mut *tx, making, playlist, standing, room).await?;
    let (id_of_playlist, now) = (playlist.id, app.clock.now());
    let new = |(track, position)| {
        let (id, playlist) = (PlaylistItemId::new(), id_of_playlist);
        let (added_by, added_at, is_track_deleted, is_for_member) = (viewer.user, now, false, true);
        let item = PlaylistItem { id, playlist, track, is_track_deleted, added_by, is_for_member, added_at };
        PlacedItem { item, position }
    };
    let items: Vec<_> = tracks.into_iter().zip(ranks).map(new).collect();
    store::placement::insert(&mut *tx, making, &items).await.context("write the entries")?;
    save(&mut *tx, app, playlist).await?;
    let event = PlaylistItemsAdded {
        playlist_id: playlist.id,
        added_by: viewer.user,
        track_ids: first_distinct(items.iter().map(|placed| placed.item.track)),
        version: playlist.version,
    };
    outbox::push(&mut *tx, &app.clock, &event).await?;
    Ok(items.into_iter().map(|placed| placed.item.id).collect())
}

/// The place behind an entry or behind so many entries; the end when neither is given.
pub(super) async fn place(
    tx: &mut PgConnection,
    playlist: &Playlist,
    after: Option<PlaylistItemId>,
    position: Option<i32>,
) -> Result<Place> {
    match (after, position) {
        (None, None) => Ok(Place::End),
        (Some(after), None) => Ok(Place::After(after)),
        (None, Some(0)) => Ok(Place::Top),
        (None, Some(position)) if position > 0 => {
            let before = store::placement::at(tx, playlist.id, i64::from(position) - 1).await;
            Ok(before.context("find an entry by its number")?.map_or(Place::End, Place::After))
        }
        _ => Err(Refusal::PlaceUnclear.into()),
    }
}

/// Tracks to add, and tracks that are left out.
pub(super) struct Sorted {
    pub(super) tracks: Vec<TrackId>,
    pub(super) skipped: Vec<TrackId>,
}

/// Does with tracks that stand in the playlist already, or come a second time, what was asked for.
pub(super) async fn sort_out(
    tx: &mut PgConnection,
    playlist: PlaylistId,
    tracks: Vec<TrackId>,
    on_duplicate: OnDuplicate,
) -> Result<Sorted> {
    if on_duplicate == OnDuplicate::Add {
        return Ok(Sorted { tracks, skipped: Vec::new() });
    }
    let standing = store::placement::standing(tx, playlist, &tracks).await.context("look for duplicates")?;
    let mut seen: HashSet<_> = standing.into_iter().collect();
    let (mut fresh, mut skipped) = (Vec::new(), Vec::new());
    for (n, track) in tracks.into_iter().enumerate() {
        match (seen.insert(track), on_duplicate) {
            (true, _) => fresh.push(track),
            (false, OnDuplicate::Refuse) => return Err(Refusal::Duplicate(n).into()),
            (false, _) => skipped.push(track),
        }
    }
    Ok(Sorted { tracks: fresh, skipped })
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
