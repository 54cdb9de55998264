//! One entry of a playlist, and where in its list it stands.

use chrono::{DateTime, Utc};
use polyphony_events::{PlaylistId, PlaylistItemId, TrackId, UserId};
use serde::{Deserialize, Serialize};

use crate::domain::rank::Rank;

/// The most entries that a playlist has.
pub const MAX_ITEMS: usize = 10_000;

/// One entry. The same track may stand in a playlist more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaylistItem {
    /// Which.
    pub id: PlaylistItemId,
    /// In which playlist.
    pub playlist: PlaylistId,
    /// Which track.
    pub track: TrackId,
    /// Whether that track was deleted since: the entry stays and shows a hole.
    pub is_track_deleted: bool,
    /// Who added it.
    pub added_by: UserId,
    /// Whether it is shown to a member of the playlist: who added it is for members to know.
    pub is_for_member: bool,
    /// When it was added.
    pub added_at: DateTime<Utc>,
}

/// An entry at its place in a playlist whose entries people choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedItem {
    /// The entry.
    pub item: PlaylistItem,
    /// Where in the list.
    pub position: Rank,
}

/// Where a page of entries ends. The page that follows begins behind this position; should all positions have been dealt
/// out anew since, behind the place where the entry stands now.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ItemCursor {
    /// The position of the last entry.
    pub position: Rank,
    /// The last entry.
    pub item: PlaylistItemId,
    /// The playlist's `rank_epoch` then.
    pub epoch: i32,
}

/// What is done with a track that stands in the playlist already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum OnDuplicate {
    /// It is added again.
    #[default]
    Add,
    /// It is left out.
    Skip,
    /// Nothing is added.
    Refuse,
}

/// Where entries are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Before all others.
    Top,
    /// Right behind this entry.
    After(PlaylistItemId),
    /// Behind all others.
    End,
}
