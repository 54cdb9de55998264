//! Entries of playlists as clients see them.

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};
use polyphony_events::PlaylistItemId;
use polyphony_kit::{Result, page::Page};

use crate::{
    domain::{self, playlist::Playlist, playlist_item::ItemCursor},
    graphql::{
        external::{Track, User},
        reads,
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
        Some(Track { id: self.0.track })
    }

    /// Who added it.
    async fn added_by(&self) -> Option<User> {
        Some(User { id: self.0.added_by })
    }

    /// When it was added.
    async fn added_at(&self) -> DateTime<Utc> {
        self.0.added_at
    }
}

/// A page of entries from what the reader gave for it.
pub(super) fn connection(
    playlist: &Playlist,
    page: &Page<ItemCursor>,
    items: Vec<domain::playlist_item::PlaylistItem>,
) -> PlaylistItemConnection {
    let cursor = |item: &domain::playlist_item::PlaylistItem| ItemCursor {
        position: item.position.clone(),
        item: item.id,
        epoch: playlist.rank_epoch,
    };
    PlaylistItemConnection::new(page.cut(items, cursor), i64::from(playlist.item_count), PlaylistItem)
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
