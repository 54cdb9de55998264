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
    store::playlist_item,
};

/// Positions for `count` entries at `place` of a playlist whose lock is held, not counting the entries in `moving`.
/// `standing` is how many entries the playlist has now.
pub(super) async fn find(
    tx: &mut PgConnection,
    playlist: &mut Playlist,
    standing: i32,
    place: Place,
    moving: &[PlaylistItemId],
    count: usize,
) -> Result<Vec<Rank>> {
    let ranks = gap(tx, playlist, place, moving).await?.ranks(count);
    if !ranks.iter().any(Rank::is_too_long) {
        return Ok(ranks);
    }
    let standing = usize::try_from(standing).unwrap_or_default();
    let anew = Gap::default().ranks(standing);
    playlist_item::deal_out(&mut *tx, playlist.id, &anew).await.context("deal out positions anew")?;
    playlist.rank_epoch += 1;
    Ok(gap(tx, playlist, place, moving).await?.ranks(count))
}

async fn gap(tx: &mut PgConnection, playlist: &Playlist, place: Place, moving: &[PlaylistItemId]) -> Result<Gap> {
    let gap = playlist_item::gap(tx, playlist.id, place, moving).await.context("find the place in the playlist")?;
    Ok(gap.ok_or(Refusal::AnchorMissing)?)
}
