//! Events of playlists: playlists and what people keep.

use serde::{Deserialize, Serialize};

use crate::{PlaylistId, UserId, events};

/// Who may see a playlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlaylistVisibility {
    /// Its owner and collaborators.
    Private,
    /// Everybody who has its link.
    Unlisted,
    /// Everybody; it is found by search.
    Public,
}

events! { "playlists.v1";
    /// A playlist was made or changed, or its entries were.
    PlaylistChanged keyed by playlist_id {
        /// Which.
        pub playlist_id: PlaylistId,
        /// Whose.
        pub owner_id: UserId,
        /// Its title.
        pub title: String,
        /// What it is about.
        pub description: Option<String>,
        /// Who may see it.
        pub visibility: PlaylistVisibility,
        /// How many entries it has.
        pub item_count: i64,
        /// The playlist's version.
        pub version: i64,
    }
    /// A playlist is gone.
    PlaylistDeleted keyed by playlist_id {
        /// Which.
        pub playlist_id: PlaylistId,
        /// The playlist's version.
        pub version: i64,
    }
}
