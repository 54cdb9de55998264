//! Adding a whole album to a playlist.

use anyhow::Context;
use polyphony_events::{AlbumId, PlaylistId, PlaylistItemId, TrackId};
use polyphony_kit::Viewer;
use serde::{Deserialize, Serialize};

use crate::{
    app::{App, Topic},
    commands::{
        Result,
        add_playlist_items::{Added, Sorted, append, place, sort_out},
        commit, lock_in,
        once::Once,
    },
    domain::{Refusal, playlist_item::OnDuplicate},
    store::named_track,
};

/// What to add where.
#[derive(Clone, Debug, Serialize)]
pub struct AddAlbum {
    /// To which playlist.
    pub to: PlaylistId,
    /// Which album.
    pub album: AlbumId,
    /// Behind how many entries; at the end when absent.
    pub position: Option<i32>,
    /// What is done with tracks that stand there already.
    pub on_duplicate: OnDuplicate,
    /// Makes a repeated call harmless.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct First {
    items: Vec<PlaylistItemId>,
    skipped: Vec<TrackId>,
}

/// Adds the tracks of an album, in its order; the owner of the playlist and its editors may.
pub async fn add_album(app: &App, viewer: &Viewer, input: AddAlbum) -> Result<Added> {
    let once = Once::new(viewer, input.idempotency_key.as_deref(), "addAlbumToPlaylist", &input)?;
    let mut tx = app.store.begin().await.context("begin")?;
    let first = once.first::<First>(&mut tx, &app.clock).await?;
    let mut playlist = lock_in(&mut tx, viewer, input.to).await?;
    if let Some(First { items, skipped }) = first {
        return Ok(Added { playlist, items, skipped });
    }
    playlist.require_editor()?;
    let tracks = named_track::of_album(&mut tx, viewer.user, input.album).await.context("read the album")?;
    if tracks.is_empty() {
        return Err(Refusal::AlbumMissing.into());
    }
    let place = place(&mut tx, &playlist, None, input.position).await?;
    let Sorted { tracks, skipped } = sort_out(&mut tx, input.to, tracks, input.on_duplicate).await?;
    let items = append(&mut tx, app, viewer, &mut playlist, tracks, place).await?;
    once.record(&mut tx, &app.clock, &First { items: items.clone(), skipped: skipped.clone() }).await?;
    commit(tx, app, Topic::Playlist(playlist.id)).await?;
    Ok(Added { playlist, items, skipped })
}
