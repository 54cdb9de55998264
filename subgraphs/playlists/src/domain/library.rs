//! What a person keeps: liked and rated tracks, saved albums, followed artists; and what they do not want to hear.

/// The shelves of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shelf {
    /// Tracks that the person likes.
    LikedTracks,
    /// Albums that the person saved.
    SavedAlbums,
    /// Artists whom the person follows.
    FollowedArtists,
    /// Tracks that are not to be played to the person.
    HiddenTracks,
    /// Artists who are not to be played to the person.
    HiddenArtists,
    /// Tracks that the person rated.
    RatedTracks,
}

/// How somebody rates a track: 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rating(i16);

impl Rating {
    /// Reads a rating; none when it is not 1 to 5.
    pub fn parse(stars: i32) -> Option<Self> {
        (1..=5).contains(&stars).then_some(Self(stars as i16))
    }

    /// How many stars.
    pub fn stars(self) -> i16 {
        self.0
    }
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
