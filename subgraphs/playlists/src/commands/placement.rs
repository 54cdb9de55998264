//! Finding positions for entries, and making room where positions have become too long.

use anyhow::Context;
use polyphony_events::PlaylistItemId;
use sqlx::PgConnection;

use crate::{
    commands::Result,
    domain::{
        Refusal,
        playlist::Playlist,
        playlist_item::Place,
        rank::{Gap, Rank},
    },
    store::placement::{self, Making},
};

/// Room for entries.
#[derive(Clone, Copy)]
pub(super) struct Room<'a> {
    /// Where.
    pub(super) place: Place,
    /// Entries that stand in the playlist and are about to move there: they do not count.
    pub(super) moving: &'a [PlaylistItemId],
    /// For how many entries.
    pub(super) count: usize,
}

/// Positions in a playlist whose lock is held. `standing` is how many entries it has now.
pub(super) async fn find(
    tx: &mut PgConnection,
    making: Making,
    playlist: &mut Playlist,
    standing: i32,
    room: Room<'_>,
) -> Result<Vec<Rank>> {
    let ranks = gap(tx, playlist, room).await?.ranks(room.count);
    if !ranks.iter().any(Rank::is_too_long) {
        return Ok(ranks);
    }
    let standing = usize::try_from(standing).unwrap_or_default();
    let anew = Gap::default().ranks(standing);
    placement::deal_out(&mut *tx, making, &anew).await.context("deal out positions anew")?;
    playlist.rank_epoch += 1;
    Ok(gap(tx, playlist, room).await?.ranks(room.count))
}

async fn gap(tx: &mut PgConnection, playlist: &Playlist, room: Room<'_>) -> Result<Gap> {
    let gap = placement::gap(tx, playlist.id, room.place, room.moving).await;
    Ok(gap.context("find the place in the playlist")?.ok_or(Refusal::AnchorMissing)?)
}
