//! Lists of a library as clients see them.

use async_graphql::{ID, OutputType, SimpleObject};
use chrono::{DateTime, Utc};
use polyphony_kit::page::PageInfo;
use uuid::Uuid;

use crate::{
    graphql::{
        external::{Album, Artist, Track},
        int,
    },
    store::library::Kept,
};

/// A list of what a person keeps.
#[derive(Clone, SimpleObject)]
#[graphql(concrete(name = "LibraryTrackConnection", params(Track)))]
#[graphql(concrete(name = "LibraryAlbumConnection", params(Album)))]
#[graphql(concrete(name = "LibraryArtistConnection", params(Artist)))]
pub struct LibraryConnection<T: OutputType>
where
    LibraryEdge<T>: OutputType,
{
    /// The entries of this page, in order.
    pub edges: Vec<LibraryEdge<T>>,
    /// Where this page lies in the list.
    pub page_info: PageInfo,
    /// How many entries the whole list has.
    pub total_count: i32,
}

/// Something that a person keeps.
#[derive(Clone, SimpleObject)]
#[graphql(concrete(name = "LibraryTrackEdge", params(Track)))]
#[graphql(concrete(name = "LibraryAlbumEdge", params(Album)))]
#[graphql(concrete(name = "LibraryArtistEdge", params(Artist)))]
pub struct LibraryEdge<T: OutputType> {
    /// Give it as `after` to have what follows this entry.
    pub cursor: String,
    /// The entry itself; null when the viewer may not see it any more.
    pub node: Option<T>,
    /// The id of the entry, also when `node` is null: whatever is kept can be removed by it.
    pub node_id: ID,
    /// When the person added it.
    pub added_at: DateTime<Utc>,
}

impl<T: OutputType> LibraryConnection<T>
where
    LibraryEdge<T>: OutputType,
{
    /// A page from what the store gave for it, of things with ids that `make` gives.
    pub(super) fn new(
        (rows, page_info): (Vec<(String, Kept)>, PageInfo),
        total: i64,
        make: impl Fn(Uuid) -> (ID, T),
    ) -> Self {
        let edge = |(cursor, kept): (String, Kept)| {
            let (node_id, node) = make(kept.thing);
            LibraryEdge { cursor, node: Some(node), node_id, added_at: kept.added_at }
        };
        Self { edges: rows.into_iter().map(edge).collect(), page_info, total_count: int(total) }
    }
}
