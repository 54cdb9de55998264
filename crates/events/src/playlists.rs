//! Events of playlists: playlists and what people keep.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AlbumId, ArtistId, DataExportId, DeviceId, PlayContext, PlayRequestId, PlaylistId, TrackId, UserId,
    data_export::ExportPart, events,
};

/// Who may see a playlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Tracks were put into a playlist.
    PlaylistItemsAdded keyed by playlist_id {
        /// Into which.
        pub playlist_id: PlaylistId,
        /// Who added them.
        pub added_by: UserId,
        /// Which, each once, in order; of a great many the first hundred.
        pub track_ids: Vec<TrackId>,
        /// The playlist's version.
        pub version: i64,
    }
    /// Somebody likes tracks from now on, or does not any more.
    TracksLiked keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// Which; only those that were not (or were) liked before.
        pub track_ids: Vec<TrackId>,
        /// Whether they are liked now.
        pub liked: bool,
        /// The version of the person's library.
        pub version: i64,
    }
    /// Somebody keeps an album from now on, or does not any more.
    AlbumSaved keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// Which.
        pub album_id: AlbumId,
        /// Whether it is kept now.
        pub saved: bool,
        /// The version of the person's library.
        pub version: i64,
    }
    /// Somebody follows an artist from now on, or does not any more.
    ArtistFollowed keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// Which.
        pub artist_id: ArtistId,
        /// Whether the artist is followed now.
        pub followed: bool,
        /// The version of the person's library.
        pub version: i64,
    }
    /// Somebody has forgotten what they listened to.
    HistoryCleared keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// What they listened to no later than this is forgotten, also when it is told afterwards.
        pub cleared_at: DateTime<Utc>,
        /// The version of the person's library.
        pub version: i64,
    }
    /// Somebody wants to hear a playlist or what they like: media makes it their queue. What cannot be played is left out. It is
    /// ignored when the person has replaced their queue since, or a minute later.
    PlayRequested keyed by user_id {
        /// Who.
        pub user_id: UserId,
        /// Tells requests apart; frames of playback name the one that made the queue.
        pub request_id: PlayRequestId,
        /// When the person asked.
        pub requested_at: DateTime<Utc>,
        /// What it is.
        pub context: PlayContext,
        /// Its tracks, in order, 1 to 10,000; the same may stand in it more than once.
        pub track_ids: Vec<TrackId>,
        /// With which to begin, from 0. When absent the first, or any when the queue is shuffled.
        pub start_index: Option<i64>,
        /// Whether the queue is shuffled; as it was before when absent.
        pub shuffle: Option<bool>,
        /// The device that asks; it plays when no other does.
        pub device_id: Option<DeviceId>,
    }
    /// playlists contributes to an export: playlists, library and history, by ids. catalog answers each part with
    /// `LibraryDataDescribed`.
    LibraryDataExported keyed by user_id {
        /// Whose data.
        pub user_id: UserId,
        /// The export.
        pub export_id: DataExportId,
        /// A part of it.
        pub part: ExportPart,
    }
}
