//! A play: somebody listened to a track for long enough to have heard it.

use chrono::{DateTime, Utc};
use polyphony_events::{PlayId, PlaylistId, TrackId};
use serde::{Deserialize, Serialize};

/// One play as history shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Play {
    /// Which.
    pub id: PlayId,
    /// The player's name for it.
    pub play_id: String,
    /// The track.
    pub track: TrackId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// For how long, ms.
    pub played_ms: i64,
    /// On which device, when it is known.
    pub device_name: Option<String>,
    /// From which playlist, when it was from one.
    pub playlist: Option<PlaylistId>,
}

/// Where a page of the playlists that somebody played ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PlayedPlaylistCursor {
    /// When the last play from the last of them began.
    pub played_at: DateTime<Utc>,
    /// The last of them.
    pub playlist: PlaylistId,
}

/// Where a page of history ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PlayCursor {
    /// When the last play of the page began.
    pub started_at: DateTime<Utc>,
    /// The last play.
    pub play: String,
}
