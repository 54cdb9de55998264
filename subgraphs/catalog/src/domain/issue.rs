//! What may be wrong with what somebody keeps in the catalog.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Kind;

/// What may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IssueKind {
    /// Artists of names that differ in an article, blanks or punctuation alone.
    DuplicateArtists,
    /// Albums of one first artist whose titles differ so, or in the words for an edition.
    DuplicateAlbums,
    /// Tracks of one album whose titles differ so, each of which plays as long as another of them within two seconds.
    DuplicateTracks,
    /// Tracks of one album that have the same samples.
    DuplicateRecordings,
    /// An artist without a picture.
    ArtistWithoutImage,
    /// An album without a cover.
    AlbumWithoutCover,
    /// An album of which nobody knows when it was released.
    AlbumWithoutYear,
    /// An album whose track numbers have gaps, or that has tracks without a number.
    AlbumWithGaps,
    /// A track that is filed under no genre.
    TrackWithoutGenre,
    /// A track of which nobody knows who made it.
    TrackOfUnknownArtist,
}

impl IssueKind {
    /// What kind of thing it is of.
    pub fn of(self) -> Kind {
        match self {
            Self::DuplicateArtists | Self::ArtistWithoutImage => Kind::Artist,
            Self::DuplicateAlbums | Self::AlbumWithoutCover | Self::AlbumWithoutYear | Self::AlbumWithGaps => {
                Kind::Album
            }
            Self::DuplicateTracks
            | Self::DuplicateRecordings
            | Self::TrackWithoutGenre
            | Self::TrackOfUnknownArtist => Kind::Track,
        }
    }
}

/// Where an issue stands in the list of its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuePlace {
    /// What duplicates have in common; empty for what is wrong with one thing.
    pub key: String,
    /// What else they have in common, or the thing.
    pub id: Uuid,
    /// Which of several of these: how long the shortest of these tracks plays, in milliseconds; 0 for others.
    #[serde(default)]
    pub part: i32,
}

/// Something that may be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Where it stands in the list of its kind.
    pub place: IssuePlace,
    /// The things that it is of, the oldest first.
    pub things: Vec<Uuid>,
    /// Places of the album that no track has: disc and number.
    pub missing: Vec<(i32, i32)>,
}
