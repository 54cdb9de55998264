//! What a person keeps: liked tracks, saved albums, followed artists.

/// The shelves of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shelf {
    /// Tracks that the person likes.
    LikedTracks,
    /// Albums that the person saved.
    SavedAlbums,
    /// Artists whom the person follows.
    FollowedArtists,
}

/// What is to become of things on a shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Put them there, those that are not there yet.
    Keep,
    /// Take them away, those that are there.
    Drop,
}

impl From<bool> for Wish {
    fn from(keep: bool) -> Self {
        if keep { Self::Keep } else { Self::Drop }
    }
}
