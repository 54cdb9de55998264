//! What became of the uploads of one person within a while: one mail for an import, not one a track.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::Letter;

/// An import is over when nothing was heard of it for this long.
pub const QUIET_PERIOD: TimeDelta = TimeDelta::minutes(2);
/// A digest waits no longer than this for more.
pub const MAX_WAIT: TimeDelta = TimeDelta::minutes(15);
/// How many uploads one digest tells of; what is beyond comes with another.
pub const MAX_UPLOADS: i64 = 5000;
/// How many titles, and how many failures, a digest lists; the others it counts.
const MAX_LISTED: usize = 20;
/// How many failures a digest lists: they are what somebody has to do something about.
const MAX_LISTED_FAILURES: usize = 50;

/// What became of several uploads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// How many can be played.
    pub ready: u32,
    /// How many of those were there already.
    pub duplicates: u32,
    /// The titles of the first of them, in order.
    pub titles: Vec<String>,
    /// How many failed.
    pub failed: u32,
    /// The first of those.
    pub failures: Vec<Failure>,
}

/// An upload that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The file's name.
    pub filename: String,
    /// Whether the file was at fault, not we.
    pub rejected: bool,
    /// Why, for a person.
    pub reason: String,
}

impl Digest {
    /// One letter for all of these: the letter itself when it is the only one.
    pub fn letter(mut letters: Vec<Letter>) -> Letter {
        if letters.len() == 1 {
            return letters.swap_remove(0);
        }
        let mut digest = Self::default();
        for letter in letters {
            digest.add(letter);
        }
        Letter::Uploads(digest)
    }

    fn add(&mut self, letter: Letter) {
        match letter {
            Letter::TrackReady { title, is_duplicate, .. } => {
                self.ready += 1;
                self.duplicates += u32::from(is_duplicate);
                if self.titles.len() < MAX_LISTED {
                    self.titles.push(title);
                }
            }
            Letter::TrackFailed { filename, rejected, reason } => {
                self.failed += 1;
                if self.failures.len() < MAX_LISTED_FAILURES {
                    self.failures.push(Failure { filename, rejected, reason });
                }
            }
            // Nothing else is collected.
            _ => {}
        }
    }

    /// Whether one of the listed failures was the file's fault, or ours.
    pub fn has_failure(&self, rejected: bool) -> bool {
        self.failures.iter().any(|failure| failure.rejected == rejected)
    }
}
