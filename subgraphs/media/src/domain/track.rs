//! What media knows of a track: what it plays from, and whether it may be handed out.

use polyphony_events::{TrackId, UserId};
use polyphony_kit::Viewer;

use super::{encoding::Encoding, text_enum};

text_enum! {
    /// Whether a track can be found and played.
    TrackStatus {
        /// Seen by its owner only.
        Draft = "DRAFT",
        /// Seen by all.
        Published = "PUBLISHED",
        /// Was published; handed out to nobody.
        Withdrawn = "WITHDRAWN",
    }
}

/// A track with what it plays from.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackAudio {
    /// Which.
    pub id: TrackId,
    /// Who manages it.
    pub owner: UserId,
    /// Whether it can be found and played.
    pub status: TrackStatus,
    /// What it plays from, as far as it is encoded.
    pub encoding: Option<Encoding>,
}

impl TrackAudio {
    /// What may be played of it: nothing of a withdrawn track, and nothing before the first segment is there.
    pub fn playable(&self) -> Option<&Encoding> {
        let encoding = self.encoding.as_ref().filter(|_| self.status != TrackStatus::Withdrawn)?;
        (encoding.finished || encoding.playable_until_ms > 0).then_some(encoding)
    }

    /// Whether `viewer` may know of it: a draft is its owner's.
    pub fn is_visible_to(&self, viewer: Option<&Viewer>) -> bool {
        let is_own = viewer.is_some_and(|viewer| viewer.user == self.owner || viewer.is_admin());
        self.status != TrackStatus::Draft || is_own
    }
}
