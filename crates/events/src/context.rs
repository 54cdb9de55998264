//! What a track was played from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{AlbumId, ArtistId, PlaylistId};

/// What an entry of a queue came from. It is what a client says, never a right: whoever shows it checks what the viewer may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "id", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlayContext {
    /// An album.
    Album(AlbumId),
    /// The tracks of an artist.
    Artist(ArtistId),
    /// A playlist, plain or smart.
    Playlist(PlaylistId),
    /// The tracks that the person likes.
    LikedTracks,
    /// What a search found.
    Search,
}

impl PlayContext {
    /// Its two columns in a database: the kind as it is written in events, and the id of what it names, if it names something.
    pub fn columns(self) -> (&'static str, Option<Uuid>) {
        match self {
            Self::Album(id) => ("ALBUM", Some(id.0)),
            Self::Artist(id) => ("ARTIST", Some(id.0)),
            Self::Playlist(id) => ("PLAYLIST", Some(id.0)),
            Self::LikedTracks => ("LIKED_TRACKS", None),
            Self::Search => ("SEARCH", None),
        }
    }

    /// Reads the columns that [`PlayContext::columns`] gave; none when the kind is unknown or misses its id.
    pub fn from_columns(kind: &str, id: Option<Uuid>) -> Option<Self> {
        match (kind, id) {
            ("ALBUM", Some(id)) => Some(Self::Album(AlbumId(id))),
            ("ARTIST", Some(id)) => Some(Self::Artist(ArtistId(id))),
            ("PLAYLIST", Some(id)) => Some(Self::Playlist(PlaylistId(id))),
            ("LIKED_TRACKS", None) => Some(Self::LikedTracks),
            ("SEARCH", None) => Some(Self::Search),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_survives_json_and_columns() {
        let album = AlbumId::new();
        let all = [
            PlayContext::Album(album),
            PlayContext::Artist(ArtistId::new()),
            PlayContext::Playlist(PlaylistId::new()),
            PlayContext::LikedTracks,
            PlayContext::Search,
        ];
        for context in all {
            let text = serde_json::to_string(&context).unwrap();
            assert_eq!(serde_json::from_str::<PlayContext>(&text).unwrap(), context, "{text}");
            let (kind, id) = context.columns();
            assert_eq!(PlayContext::from_columns(kind, id), Some(context));
        }
        let text = serde_json::to_value(PlayContext::Album(album)).unwrap();
        assert_eq!(text, serde_json::json!({ "kind": "ALBUM", "id": album.to_string() }));
        assert_eq!(PlayContext::from_columns("ALBUM", None), None);
    }
}
