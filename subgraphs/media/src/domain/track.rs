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

/// Why a track cannot be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unplayable {
    /// It is explicit, and whoever asks wants nothing explicit.
    Explicit,
    /// It was withdrawn.
    Withdrawn,
    /// There is no audio, or not yet.
    NotReady,
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
    /// Whether it is explicit, and whoever asks wants nothing explicit.
    pub is_hidden: bool,
    /// What it plays from, as far as it is encoded.
    pub encoding: Option<Encoding>,
}

impl TrackAudio {
    /// What may be played of it, or why nothing may: it was withdrawn, it is explicit and whoever asks wants no such track, or
    /// nobody has looked at it yet.
    pub fn playable(&self) -> Result<&Encoding, Unplayable> {
        if self.status == TrackStatus::Withdrawn {
            return Err(Unplayable::Withdrawn);
        }
        if self.is_hidden {
            return Err(Unplayable::Explicit);
        }
        let encoding = self.encoding.as_ref().ok_or(Unplayable::NotReady)?;
        if encoding.is_measured || encoding.playable_until_ms > 0 { Ok(encoding) } else { Err(Unplayable::NotReady) }
    }

    /// Whether `viewer` may know of it: a draft is its owner's.
    pub fn is_visible_to(&self, viewer: Option<&Viewer>) -> bool {
        let is_own = viewer.is_some_and(|viewer| viewer.user == self.owner || viewer.is_admin());
        self.status != TrackStatus::Draft || is_own
    }
}
