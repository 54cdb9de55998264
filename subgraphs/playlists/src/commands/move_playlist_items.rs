//! Moving entries of a playlist.

use anyhow::Context;
use polyphony_events::{PlaylistId, PlaylistItemId};
use polyphony_kit::Viewer;

use crate::{
    app::{App, Topic},
    commands::{Result, commit, lock, making, placement, placement::Room, save},
    domain::{Refusal, playlist::Playlist, playlist_item::Place},
    store,
};

/// What to move and where.
#[derive(Clone, Debug)]
pub struct MovePlaylistItems {
    /// In which playlist.
    pub playlist: PlaylistId,
    /// Which entries, in the order that they are to have.
    pub items: Vec<PlaylistItemId>,
    /// Behind which entry; to the top when absent.
    pub after: Option<PlaylistItemId>,
}

/// Moves entries; the owner and editors may. Entries that somebody else has removed meanwhile are passed over.
pub async fn move_playlist_items(app: &App, viewer: &Viewer, input: MovePlaylistItems) -> Result<Playlist> {
    if input.after.is_some_and(|anchor| input.items.contains(&anchor)) {
        return Err(Refusal::AnchorMoves.into());
    }
    let (mut tx, mut playlist) = lock(app, viewer, input.playlist).await?;
    playlist.require_editor()?;
    let present = store::placement::present(&mut tx, playlist.id, &input.items).await.context("find the entries")?;
    let moving: Vec<_> = input.items.into_iter().filter(|item| present.contains(item)).collect();
    if moving.is_empty() {
        return Err(Refusal::ItemsMissing.into());
    }
    let (standing, making) = (playlist.item_count, making(app, &playlist));
    let room = Room { place: input.after.map_or(Place::Top, Place::After), moving: &moving, count: moving.len() };
    let ranks = placement::find(&mut tx, making, &mut playlist, standing, room).await?;
    store::placement::place(&mut *tx, making, &moving, &ranks).await.context("move the entries")?;
    save(&mut tx, app, &mut playlist).await?;
    commit(tx, app, Topic::Playlist(playlist.id)).await?;
    Ok(playlist)
}
