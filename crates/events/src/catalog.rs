//! Events of catalog: artists, albums and tracks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    AlbumId, ArtistId, DataExportId, TrackId, UploadId, UserId, data_export::ExportPart, events, ids::ImageId,
};

/// Whether a thing can be found and played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PublicationStatus {
    /// Seen by its owner only.
    Draft,
    /// Seen by all.
    Published,
    /// Was published; kept for those who have it in a list, played by nobody.
    Withdrawn,
}

/// An artist as other things name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArtistRef {
    /// Which.
    pub id: ArtistId,
    /// Its name.
    pub name: String,
}

/// An album as its tracks name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AlbumRef {
    /// Which.
    pub id: AlbumId,
    /// Its title.
    pub title: String,
}

/// A track as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrackSnapshot {
    /// Which.
    pub id: TrackId,
    /// Its title.
    pub title: String,
    /// Who made it, in order.
    pub artists: Vec<ArtistRef>,
    /// The album that it is on.
    pub album: Option<AlbumRef>,
    /// Which disc of the album, from 1.
    #[serde(default)]
    pub disc_number: Option<i32>,
    /// Which track of the disc, from 1.
    #[serde(default)]
    pub track_number: Option<i32>,
    /// How long it plays.
    pub duration_ms: i64,
    /// Genre names.
    pub genres: Vec<String>,
    /// When it was released, `2019`, `2019-05` or `2019-05-31`.
    pub released_on: Option<String>,
    /// Whether it can be found and played.
    pub status: PublicationStatus,
    /// The upload that it plays from.
    pub upload_id: Option<UploadId>,
    /// All uploads that are kept for it: that which plays, and others of the same performance.
    #[serde(default)]
    pub sources: Vec<UploadId>,
    /// Its International Standard Recording Code, such as `GBAYE6800011`.
    #[serde(default)]
    pub isrc: Option<String>,
    /// The id of its recording in MusicBrainz.
    #[serde(default)]
    pub musicbrainz_id: Option<String>,
    /// Whether its words are not for children.
    #[serde(default)]
    pub explicit: bool,
    /// Who manages it.
    pub owner_id: UserId,
}

events! { "catalog.v1";
    /// An artist was made or changed.
    ArtistChanged keyed by artist_id {
        /// Which.
        pub artist_id: ArtistId,
        /// Its name.
        pub name: String,
        /// The name it is sorted by.
        pub sort_name: String,
        /// The artist's version.
        pub version: i64,
    }
    /// An artist is gone.
    ArtistDeleted keyed by artist_id {
        /// Which.
        pub artist_id: ArtistId,
        /// The artist that it was merged into: what people keep of it is of that from now on.
        #[serde(default)]
        pub merged_into: Option<ArtistId>,
        /// The artist's version.
        pub version: i64,
    }
    /// An album was made or changed.
    AlbumChanged keyed by album_id {
        /// Which.
        pub album_id: AlbumId,
        /// Its title.
        pub title: String,
        /// Who made it, in order.
        pub artists: Vec<ArtistRef>,
        /// When it was released.
        pub released_on: Option<String>,
        /// Whether it can be found.
        pub status: PublicationStatus,
        /// The picture of ours that it shows as its cover: an uploaded one, or one that was found in an upload.
        #[serde(default)]
        pub cover: Option<ImageId>,
        /// The album's version.
        pub version: i64,
    }
    /// An album is gone.
    AlbumDeleted keyed by album_id {
        /// Which.
        pub album_id: AlbumId,
        /// The album that it was merged into: what people keep of it is of that from now on.
        #[serde(default)]
        pub merged_into: Option<AlbumId>,
        /// The album's version.
        pub version: i64,
    }
    /// An album can be found from now on.
    AlbumPublished keyed by album_id {
        /// Which.
        pub album_id: AlbumId,
        /// Its title.
        pub title: String,
        /// Who made it, in order.
        pub artists: Vec<ArtistRef>,
        /// When it was released: `2019`, `2019-05` or `2019-05-31`.
        #[serde(default)]
        pub released_on: Option<String>,
        /// Whether files made it that somebody has brought, which need not be new.
        #[serde(default)]
        pub is_imported: bool,
        /// The album's version.
        pub version: i64,
    }
    /// A track was made or changed.
    TrackChanged keyed by track_id {
        /// Which.
        pub track_id: TrackId,
        /// The track as it stands.
        pub track: TrackSnapshot,
        /// The track's version.
        pub version: i64,
    }
    /// A track is gone.
    TrackDeleted keyed by track_id {
        /// Which.
        pub track_id: TrackId,
        /// The track's version.
        pub version: i64,
    }
    /// A track can be found and played from now on.
    TrackPublished keyed by track_id {
        /// Which.
        pub track_id: TrackId,
        /// Its title.
        pub title: String,
        /// Who made it, in order.
        pub artists: Vec<ArtistRef>,
        /// The track's version.
        pub version: i64,
    }
    /// A part of an export of playlists, to which catalog has added what tracks, albums and artists are called.
    LibraryDataDescribed keyed by user_id {
        /// Whose data.
        pub user_id: UserId,
        /// The export.
        pub export_id: DataExportId,
        /// The part, of the same number.
        pub part: ExportPart,
    }
}
