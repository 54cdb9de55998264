//! What changed in the last minutes: so much of a playlist is kept with each of its versions that a client that was away
//! sees them all, in order, each as it was.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::ids::ImageId;
use serde::{Deserialize, Serialize};

use crate::domain::playlist::{Playlist, PlaylistVisibility};

/// How long changes are kept: longer than the five minutes that clients may be away.
pub const KEPT: TimeDelta = TimeDelta::minutes(6);

/// A playlist without its entries, as it was in one version. Who may do what to it is not a matter of versions, nor is its
/// share link: those are always as they are now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    title: String,
    description: Option<String>,
    visibility: PlaylistVisibility,
    version: i64,
    item_count: i32,
    rank_epoch: i32,
    updated_at: DateTime<Utc>,
    #[serde(default)]
    picture: Option<ImageId>,
}

/// Whether these versions, of which there are some, follow the one that was seen without a gap.
pub fn follow(seen: i64, versions: impl Iterator<Item = i64>) -> bool {
    let mut versions = versions.zip(seen + 1..).peekable();
    versions.peek().is_some() && versions.all(|(version, next)| version == next)
}

impl Head {
    /// The playlist as it stands.
    pub fn of(playlist: &Playlist) -> Self {
        Self {
            title: playlist.title.clone(),
            description: playlist.description.clone(),
            visibility: playlist.visibility,
            version: playlist.version,
            item_count: playlist.item_count,
            rank_epoch: playlist.rank_epoch,
            updated_at: playlist.updated_at,
            picture: playlist.picture,
        }
    }

    /// Whether it may be told to somebody who sees the playlist as it is `now`: what was private then is only for those who
    /// have a role of their own.
    pub fn is_for_viewer_of(&self, now: &Playlist) -> bool {
        now.viewer_role.is_some() || self.visibility != PlaylistVisibility::Private
    }

    /// Which version it is.
    pub fn version(&self) -> i64 {
        self.version
    }

    /// The playlist as it stood then; `now` is how it stands now.
    pub fn onto(self, now: &Playlist) -> Playlist {
        Playlist {
            title: self.title,
            description: self.description,
            visibility: self.visibility,
            version: self.version,
            item_count: self.item_count,
            rank_epoch: self.rank_epoch,
            updated_at: self.updated_at,
            picture: self.picture,
            is_past: self.version < now.version,
            ..now.clone()
        }
    }
}
