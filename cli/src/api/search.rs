//! Search.

use serde::Serialize;

use super::schema;

#[derive(cynic::Enum, Clone, Copy, Debug)]
pub(crate) enum SearchType {
    Track,
    Album,
    Artist,
    Playlist,
}

#[derive(cynic::QueryFragment, Debug, Serialize)]
#[cynic(graphql_type = "Artist")]
pub(crate) struct ArtistName {
    pub(crate) name: String,
}

#[derive(cynic::QueryFragment, Debug, Serialize)]
#[cynic(graphql_type = "Album")]
pub(crate) struct AlbumTitle {
    pub(crate) title: String,
}

#[derive(cynic::QueryFragment, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Track {
    pub(crate) id: cynic::Id,
    pub(crate) title: String,
    pub(crate) artists: Vec<ArtistName>,
    pub(crate) album: Option<AlbumTitle>,
    pub(crate) duration_ms: i32,
}

#[derive(cynic::QueryFragment, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Album {
    pub(crate) id: cynic::Id,
    pub(crate) title: String,
    pub(crate) artists: Vec<ArtistName>,
    pub(crate) released_on: Option<String>,
    pub(crate) track_count: i32,
}

#[derive(cynic::QueryFragment, Debug, Serialize)]
pub(crate) struct Artist {
    pub(crate) id: cynic::Id,
    pub(crate) name: String,
}

#[derive(cynic::QueryFragment, Debug, Serialize)]
#[cynic(graphql_type = "Playlist")]
#[serde(rename_all = "camelCase")]
pub(crate) struct FoundPlaylist {
    pub(crate) id: cynic::Id,
    pub(crate) title: String,
    pub(crate) item_count: i32,
}

/// Something that was found.
#[derive(cynic::InlineFragments, Debug, Serialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub(crate) enum SearchItem {
    Track(Track),
    Album(Album),
    Artist(Artist),
    #[serde(rename = "playlist")]
    FoundPlaylist(FoundPlaylist),
    /// A kind that this version does not know.
    #[cynic(fallback)]
    Unknown,
}

#[derive(cynic::QueryFragment, Debug)]
pub(crate) struct SearchEdge {
    pub(crate) node: Option<SearchItem>,
}

#[derive(cynic::QueryFragment, Debug)]
pub(crate) struct SearchConnection {
    pub(crate) edges: Vec<SearchEdge>,
    pub(crate) estimated_total: i32,
    pub(crate) took_ms: i32,
}

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct SearchVariables {
    pub(crate) query: String,
    pub(crate) types: Option<Vec<SearchType>>,
    pub(crate) first: i32,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "SearchVariables")]
pub(crate) struct Search {
    #[arguments(query: $query, types: $types, first: $first)]
    pub(crate) search: Option<SearchConnection>,
}
