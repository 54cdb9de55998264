//! What lies beside music: pictures, lyrics and lists of files.

use super::{
    UserError, schema,
    upload::{Ack, ByIdFields, CompletedPart, UploadTarget},
};

#[derive(cynic::InputObject, Clone, Debug)]
pub(crate) struct CreateImageUploadInput {
    pub(crate) size_bytes: f64,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub(crate) struct CreateImageVariables {
    pub(crate) input: CreateImageUploadInput,
    pub(crate) key: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "CreateImageUploadPayload")]
pub(crate) struct ImageCreated {
    pub(crate) image_id: Option<cynic::Id>,
    pub(crate) target: Option<UploadTarget>,
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "CreateImageVariables")]
pub(crate) struct CreateImage {
    #[arguments(input: $input, idempotencyKey: $key)]
    pub(crate) create_image_upload: ImageCreated,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub(crate) struct CompleteImageVariables {
    pub(crate) id: cynic::Id,
    pub(crate) parts: Vec<CompletedPart>,
}

/// An answer of which only the errors are looked at.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "ImagePayload")]
pub(crate) struct ImageCompleted {
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "CompleteImageVariables")]
pub(crate) struct CompleteImage {
    #[arguments(imageId: $id, parts: $parts)]
    pub(crate) complete_image_upload: ImageCompleted,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub(crate) struct CoverVariables {
    pub(crate) album: cynic::Id,
    pub(crate) image: Option<cynic::Id>,
}

/// An answer of which only the errors are looked at.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "AlbumPayload")]
pub(crate) struct CoverSet {
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "CoverVariables")]
pub(crate) struct SetCover {
    #[arguments(albumId: $album, imageId: $image)]
    pub(crate) set_album_cover: CoverSet,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub(crate) struct LyricsVariables {
    pub(crate) track: cynic::Id,
    pub(crate) lrc: String,
}

/// An answer of which only the errors are looked at.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "TrackPayload")]
pub(crate) struct LyricsSet {
    pub(crate) user_errors: Vec<UserError>,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "LyricsVariables")]
pub(crate) struct SetLyrics {
    #[arguments(trackId: $track, lrc: $lrc)]
    pub(crate) set_lyrics: LyricsSet,
}

#[derive(cynic::Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlaylistFileFormat {
    M3u8,
    Jspf,
    Xspf,
}

#[derive(cynic::InputObject, Clone, Debug)]
pub(crate) struct ImportPlaylistInput {
    pub(crate) title: Option<String>,
    pub(crate) format: PlaylistFileFormat,
    pub(crate) content: String,
}

#[derive(cynic::QueryVariables, Clone, Debug)]
pub(crate) struct ImportVariables {
    pub(crate) input: ImportPlaylistInput,
    pub(crate) key: String,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Playlist")]
pub(crate) struct PlaylistId {
    pub(crate) id: cynic::Id,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "ImportPlaylistPayload")]
pub(crate) struct PlaylistImported {
    pub(crate) playlist: Option<PlaylistId>,
    pub(crate) entry_count: i32,
    pub(crate) matched_count: i32,
    pub(crate) unmatched: Vec<Unmatched>,
    pub(crate) user_errors: Vec<UserError>,
}

/// An entry that was not found, by its place from 1.
#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "UnmatchedEntry")]
pub(crate) struct Unmatched {
    pub(crate) position: i32,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ImportVariables")]
pub(crate) struct ImportPlaylist {
    #[arguments(input: $input, idempotencyKey: $key)]
    pub(crate) import_playlist: PlaylistImported,
}

#[derive(cynic::QueryFragment, Debug)]
#[cynic(graphql_type = "Mutation", variables = "ById")]
pub(crate) struct Delete {
    #[arguments(id: $id)]
    pub(crate) delete_playlist: Ack,
}
