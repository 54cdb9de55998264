//! Playlists.

use serde::Serialize;

use super::{UserError, schema, search::Track};

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlaylistVisibility {
    Private,
    Unlisted,
    Public,
}

#[derive(cynic::QueryFragment, Debug, Serialize)]
#[cynic(graphql_type = "Playlist")]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlaylistSummary {
    pub(crate) id: cynic::Id,
    pub(crate) title: String,
    pub(crate) visibility: PlaylistVisibility,
    pub(crate) item_count: i32,
    pub(crate) duration_ms: i32,
}

#[derive(cynic::InputObject, Debug)]
pub(crate) struct PlaylistInput {
    pub(crate) title: String,
    #[cynic(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) visibility: Option<PlaylistVisibility>,
}

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct CreateVariables {
    pub(crate) input: PlaylistInput,
    pub(crate) key: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "PlaylistPayload")]
pub(crate) struct Changed {
    pub(crate) playlist: Option<PlaylistSummary>,
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "CreateVariables")]
pub(crate) struct Create {
    #[arguments(input: $input, idempotencyKey: $key)]
    pub(crate) create_playlist: Changed,
}

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct AddVariables {
    pub(crate) playlist: cynic::Id,
    pub(crate) tracks: Vec<cynic::Id>,
    pub(crate) key: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "AddVariables")]
pub(crate) struct Add {
    #[arguments(playlistId: $playlist, trackIds: $tracks, idempotencyKey: $key)]
    pub(crate) add_playlist_items: Changed,
}

#[derive(cynic::QueryFragment, Debug)]
pub(crate) struct PageInfo {
    pub(crate) has_next_page: bool,
    pub(crate) end_cursor: Option<String>,
}

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct PageVariables {
    pub(crate) after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "PlaylistEdge")]
pub(crate) struct SummaryEdge {
    pub(crate) node: Option<PlaylistSummary>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "PlaylistConnection")]
pub(crate) struct SummaryPage {
    pub(crate) edges: Vec<SummaryEdge>,
    pub(crate) page_info: PageInfo,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Viewer", variables = "PageVariables")]
pub(crate) struct Owner {
    #[arguments(first: 100, after: $after)]
    pub(crate) playlists: Option<SummaryPage>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "PageVariables")]
pub(crate) struct Mine {
    pub(crate) viewer: Option<Owner>,
}

#[derive(cynic::QueryFragment, Debug, Serialize)]
#[cynic(graphql_type = "PlaylistItem")]
pub(crate) struct Item {
    pub(crate) id: cynic::Id,
    pub(crate) track: Option<Track>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "PlaylistItemEdge")]
pub(crate) struct ItemEdge {
    pub(crate) node: Item,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "PlaylistItemConnection")]
pub(crate) struct ItemPage {
    pub(crate) edges: Vec<ItemEdge>,
    pub(crate) page_info: PageInfo,
}

#[derive(cynic::QueryVariables, Debug)]
pub(crate) struct ShowVariables {
    pub(crate) id: cynic::Id,
    pub(crate) after: Option<String>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Playlist", variables = "ShowVariables")]
pub(crate) struct PlaylistPage {
    #[cynic(spread)]
    pub(crate) summary: PlaylistSummary,
    pub(crate) description: Option<String>,
    #[arguments(first: 100, after: $after)]
    pub(crate) items: ItemPage,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Query", variables = "ShowVariables")]
pub(crate) struct Show {
    #[arguments(id: $id)]
    pub(crate) playlist: Option<PlaylistPage>,
}
