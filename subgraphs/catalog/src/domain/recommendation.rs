//! What is recommended, and why.

use chrono::TimeDelta;
use polyphony_events::TrackId;

/// What somebody heard within this time is not recommended to them.
pub const JUST_PLAYED: TimeDelta = TimeDelta::hours(12);
/// What somebody heard within this time comes behind what they have not.
pub const KNOWN: TimeDelta = TimeDelta::days(30);
/// What was published within this time is new.
pub const NEW: TimeDelta = TimeDelta::days(60);
/// A person's (or a playlist's) last tracks that a further one is connected with.
pub const CONNECTED: i64 = 30;

/// Why something is recommended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Those who hear the one hear the other.
    ListenedTogether,
    /// By an artist that the person hears.
    SameArtist,
    /// Of a genre that the person hears.
    SameGenre,
    /// Everybody hears it.
    Popular,
    /// Nobody could hear it until lately.
    NewRelease,
}

impl From<i32> for Reason {
    /// Reads the tier of a suggestion, 1 the best; the query knows these five.
    fn from(tier: i32) -> Self {
        match tier {
            1 => Self::ListenedTogether,
            2 => Self::SameArtist,
            3 => Self::SameGenre,
            4 => Self::Popular,
            _ => Self::NewRelease,
        }
    }
}

/// A track that somebody may like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Which.
    pub track: TrackId,
    /// Why.
    pub reason: Reason,
    /// What the reason is about: a track's title, an artist's or a genre's name.
    pub because: Option<String>,
}

/// What a person says of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opinion {
    /// They like it.
    Liked,
    /// They took their like back.
    Disliked,
}

impl Opinion {
    /// As it stands in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Liked => "LIKED",
            Self::Disliked => "DISLIKED",
        }
    }
}
