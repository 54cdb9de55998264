//! Adding tracks to a playlist.

use anyhow::Context;
use polyphony_events::{PlaylistId, PlaylistItemId, TrackId};
use polyphony_kit::Viewer;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use crate::{
    app::{App, Topic},
    commands::{Result, commit, lock_in, once::Once, placement, save},
    domain::{
        Refusal,
        playlist::Playlist,
        playlist_item::{Place, PlaylistItem},
    },
    store,
};

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

    let place = input.after.map_or(Place::End, Place::After);
    let ranks = placement::find(&mut tx, &mut playlist, standing, place, &[], input.tracks.len()).await?;
    let now = app.clock.now();
    let new = |(track, position)| PlaylistItem {
        id: PlaylistItemId::new(),
        playlist: input.playlist,
        track,
        position,
        added_by: viewer.user,
        added_at: now,
    };
    let items: Vec<_> = input.tracks.into_iter().zip(ranks).map(new).collect();
    store::playlist_item::insert(&mut *tx, &items).await.context("write the entries")?;

    let items: Vec<_> = items.into_iter().map(|item| item.id).collect();
    save(&mut tx, app, &mut playlist).await?;
    once.record(&mut tx, &app.clock, &First { items: items.clone() }).await?;
    commit(tx, app, Topic::Playlist(playlist.id)).await?;
    Ok(Added { playlist, items })
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
