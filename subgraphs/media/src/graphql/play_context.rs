//! What entries of a queue came from, and what somebody wants to play.

use async_graphql::{Enum, ID, InputObject, InputType, Object};
use polyphony_events::{AlbumId, ArtistId, PlayContext as Context, PlaylistId};

use super::external::{Album, Artist, Playlist};
use crate::domain::refusal::{Refusal, RefusalCode};

/// The kinds of what tracks are played from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum PlayContextKind {
    /// An album.
    Album,
    /// The tracks of an artist.
    Artist,
    /// A playlist, plain or smart.
    Playlist,
    /// The tracks that the person likes.
    LikedTracks,
    /// What a search found.
    Search,
}

/// What tracks are played from.
#[derive(Clone, Copy, Debug)]
pub struct PlayContext(pub Context);

/// What tracks are played from, to say "Playing from ...". It is what the client said that filled the queue; whether the viewer may see
/// the thing is seen where its fields are asked for: they are null when it is gone or not for the viewer.
#[Object]
impl PlayContext {
    /// What it is.
    async fn kind(&self) -> PlayContextKind {
        match self.0 {
            Context::Album(_) => PlayContextKind::Album,
            Context::Artist(_) => PlayContextKind::Artist,
            Context::Playlist(_) => PlayContextKind::Playlist,
            Context::LikedTracks => PlayContextKind::LikedTracks,
            Context::Search => PlayContextKind::Search,
        }
    }

    /// The album, of kind ALBUM.
    async fn album(&self) -> Option<Album> {
        let Context::Album(id) = self.0 else { return None };
        Some(Album(id))
    }

    /// The artist, of kind ARTIST.
    async fn artist(&self) -> Option<Artist> {
        let Context::Artist(id) = self.0 else { return None };
        Some(Artist(id))
    }

    /// The playlist, of kind PLAYLIST.
    async fn playlist(&self) -> Option<Playlist> {
        let Context::Playlist(id) = self.0 else { return None };
        Some(Playlist(id))
    }
}

/// What tracks are played from.
#[derive(InputObject)]
pub struct PlayContextInput {
    /// What it is.
    kind: PlayContextKind,
    /// The id of the album, artist or playlist; absent for `LIKED_TRACKS` and `SEARCH`.
    id: Option<ID>,
}

impl PlayContextInput {
    /// Reads it; an id that is not of the kind points at `path`.
    pub(super) fn parse(&self, path: &'static [&'static str]) -> Result<Context, Refusal> {
        let id = self.id.as_ref().map_or("", |id| id.as_str());
        let found = match self.kind {
            PlayContextKind::Album => AlbumId::parse(id).map(Context::Album),
            PlayContextKind::Artist => ArtistId::parse(id).map(Context::Artist),
            PlayContextKind::Playlist => PlaylistId::parse(id).map(Context::Playlist),
            PlayContextKind::LikedTracks => self.id.is_none().then_some(Context::LikedTracks),
            PlayContextKind::Search => self.id.is_none().then_some(Context::Search),
        };
        let wrong = || Refusal::new(RefusalCode::InvalidInput, "The context's id is not of its kind.").at(path);
        found.ok_or_else(wrong)
    }

    /// What it is and which, to tell the input of one call from another's.
    pub(super) fn key(&self) -> (String, Option<&str>) {
        (InputType::to_value(&self.kind).to_string(), self.id.as_ref().map(|id| id.as_str()))
    }
}
