//! Entries of playlists as clients see them.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use polyphony_events::PlaylistItemId;
use polyphony_kit::{Result, page::Window};

use crate::{
    domain::{
        self,
        playlist::Playlist,
        playlist_item::{ItemCursor, PlacedItem},
        smart_item::{self, Chosen, Standing},
    },
    graphql::{
        external::{Track, User},
        reads,
    },
    store::{
        playlist_item::ItemsOf,
        smart_playlist::{self, ChosenBy},
    },
};

/// An entry as the reader gave it.
#[derive(Clone)]
pub struct PlaylistItem(pub domain::playlist_item::PlaylistItem);

polyphony_kit::connection!(
    /// A page of the entries of a playlist.
    PlaylistItemConnection,
    PlaylistItemEdge,
    PlaylistItem
);

/// One entry of a playlist. The same track may stand in it more than once; entries are told apart by their own id.
#[Object]
impl PlaylistItem {
    /// The entry's id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// The track; null when it cannot be had.
    async fn track(&self) -> Option<Track> {
        (!self.0.is_track_deleted).then_some(Track { id: self.0.track })
    }

    /// Who added it; null for whoever is neither the owner nor a collaborator.
    async fn added_by(&self) -> Option<User> {
        self.0.is_for_member.then_some(User { id: self.0.added_by })
    }

    /// When it was added.
    async fn added_at(&self) -> DateTime<Utc> {
        self.0.added_at
    }
}

/// A page of the entries of a playlist whose entries people choose.
pub(super) async fn placed(
    ctx: &Context<'_>,
    playlist: &Playlist,
    window: Window<ItemCursor>,
) -> Result<PlaylistItemConnection> {
    let key = ItemsOf { playlist: playlist.id, version: playlist.past_version(), window };
    let items = reads(ctx).load_one(key.clone()).await?.unwrap_or_default();
    let cursor = |placed: &PlacedItem| ItemCursor {
        position: placed.position.clone(),
        item: placed.item.id,
        epoch: playlist.rank_epoch,
    };
    let rows = key.window.cut(items, cursor);
    let is_for_member = playlist.viewer_role.is_some();
    let node = |placed: PlacedItem| PlaylistItem(domain::playlist_item::PlaylistItem { is_for_member, ..placed.item });
    Ok(PlaylistItemConnection::new(rows, i64::from(playlist.item_count), node))
}

/// A page of the entries that rules choose.
pub(super) async fn chosen(
    ctx: &Context<'_>,
    playlist: &Playlist,
    key: ChosenBy,
    window: Window<Standing>,
) -> Result<PlaylistItemConnection> {
    let sort = key.rules.written().sort;
    let chosen = reads(ctx).load_one(key).await?.unwrap_or_default();
    let (total, start) = (chosen.len() as i64, smart_item::behind(&chosen, sort, window.page.after.as_ref()));
    let skipped = start + window.offset as usize;
    let rows: Vec<Chosen> = chosen.iter().skip(skipped).take(window.page.limit() as usize).cloned().collect();
    let rows = window.cut(rows, |one| one.standing.clone());
    Ok(PlaylistItemConnection::new(rows, total, |one| PlaylistItem(smart_playlist::entry(playlist, &one))))
}

/// Reads of entries.
#[derive(Default)]
pub struct PlaylistItemQuery;

#[Object]
impl PlaylistItemQuery {
    /// For the router: entries of playlists by id.
    #[graphql(entity)]
    async fn find_playlist_item_by_id(&self, ctx: &Context<'_>, id: ID) -> Result<Option<PlaylistItem>> {
        let Some(id) = PlaylistItemId::parse(&id) else { return Ok(None) };
        Ok(reads(ctx).load_one(id).await?.map(PlaylistItem))
    }
}
