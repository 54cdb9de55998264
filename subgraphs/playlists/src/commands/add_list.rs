//! Adding all tracks of another playlist, or of an album, to a playlist.

use anyhow::Context;
use polyphony_events::{AlbumId, PlaylistId, PlaylistItemId, TrackId};
use polyphony_kit::Viewer;
use serde::{Deserialize, Serialize};

use crate::{
    app::{App, Topic},
    commands::{
        Result,
        add_playlist_items::{Added, Sorted, append, place, sort_out},
        commit,
        copy_playlist::{source, tracks_of},
        lock_in,
        once::Once,
    },
    domain::{Refusal, playlist_item::OnDuplicate},
    store::named_track,
};

/// Where tracks come from.
#[derive(Clone, Copy, Debug, Serialize)]
pub enum ListSource {
    /// A playlist that the viewer sees, smart ones included, as it is now.
    Playlist(PlaylistId),
    /// An album, in its order.
    Album(AlbumId),
}

/// What to add where.
#[derive(Clone, Debug, Serialize)]
pub struct AddList {
    /// To which playlist.
    pub to: PlaylistId,
    /// Which tracks.
    pub from: ListSource,
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

/// Adds the tracks to a playlist; its owner and its editors may.
pub async fn add_list(app: &App, viewer: &Viewer, input: AddList) -> Result<Added> {
    let operation = match input.from {
        ListSource::Playlist(_) => "addPlaylistToPlaylist",
        ListSource::Album(_) => "addAlbumToPlaylist",
    };
    let once = Once::new(viewer, input.idempotency_key.as_deref(), operation, &input)?;
    let mut tx = app.store.begin().await.context("begin")?;
    let first = once.first::<First>(&mut tx, &app.clock).await?;
    let mut playlist = lock_in(&mut tx, viewer, input.to).await?;
    if let Some(First { items, skipped }) = first {
        return Ok(Added { playlist, items, skipped });
    }
    playlist.require_editor()?;
    let tracks = match input.from {
        ListSource::Playlist(id) => {
            let source = source(app, viewer, id).await?.ok_or(Refusal::SourceMissing)?;
            tracks_of(&mut tx, app, &source).await?
        }
        ListSource::Album(id) => {
            let tracks = named_track::of_album(&mut tx, viewer.user, id).await.context("read the album")?;
            if tracks.is_empty() {
                return Err(Refusal::AlbumMissing.into());
            }
            tracks
        }
    };
    let place = place(&mut tx, &playlist, None, input.position).await?;
    let Sorted { tracks, skipped } = sort_out(&mut tx, input.to, tracks, input.on_duplicate).await?;
    let items = append(&mut tx, app, viewer, &mut playlist, tracks, place).await?;
    once.record(&mut tx, &app.clock, &First { items: items.clone(), skipped: skipped.clone() }).await?;
    commit(tx, app, Topic::Playlist(playlist.id)).await?;
    Ok(Added { playlist, items, skipped })
}
