//! Entries of smart playlists: what rules choose is not stored, yet each entry keeps its id and is found by it.
//!
//! The id of an entry is made of the last 61 bits of the ids of its playlist and of its track, which are random in both. It
//! is a UUID of version 8, so that it is told from the ids of other entries.

use std::{cmp::Ordering, collections::HashSet};

use chrono::{DateTime, Utc};
use polyphony_events::{PlaylistId, PlaylistItemId, TrackId};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use crate::domain::smart_rules::SmartSort;

const TAIL_BITS: u32 = 61;
const TAIL: u128 = (1 << TAIL_BITS) - 1;

/// A track that rules have chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// How long it plays.
    pub duration_ms: i64,
    /// Whether its words are not for children.
    pub explicit: bool,
    /// Where it stands among the others.
    pub standing: Standing,
}

/// Where a track stands among those that rules choose; as a cursor, where a page of them ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Standing {
    /// The track.
    pub track: TrackId,
    /// When it came into the catalog.
    pub added_at: DateTime<Utc>,
    /// How often or when it was played last, or its number of the day, if that is what it is sorted by.
    pub weight: i64,
    /// Its title, if that is what it is sorted by.
    pub title: String,
}

impl Standing {
    /// The order in which the database gives them.
    fn compare(&self, other: &Self, sort: SmartSort) -> Ordering {
        match sort {
            SmartSort::Title => (&self.title, self.track.0).cmp(&(&other.title, other.track.0)),
            SmartSort::RandomDaily => (self.weight, self.track.0).cmp(&(other.weight, other.track.0)),
            SmartSort::RecentlyAdded | SmartSort::MostPlayed | SmartSort::RecentlyPlayed => {
                let latest = |one: &Self| (one.weight, one.added_at, one.track.0);
                latest(other).cmp(&latest(self))
            }
        }
    }
}

/// The place of the first of the chosen tracks that stand behind `after`; should the track of `after` not be chosen any
/// more, behind where it would stand.
pub fn behind(chosen: &[Chosen], sort: SmartSort, after: Option<&Standing>) -> usize {
    let Some(after) = after else { return 0 };
    match chosen.iter().position(|one| one.standing.track == after.track) {
        Some(place) => place + 1,
        None => chosen.partition_point(|one| one.standing.compare(after, sort) == Ordering::Less),
    }
}

/// What rules chose, and whether there may be more behind it that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// The first of all that fits, in order.
    pub chosen: Vec<Chosen>,
    /// Whether nothing else fits.
    pub is_whole: bool,
}

impl Prefix {
    /// The same after these tracks have changed, of which `found` fit now: exactly what would be chosen from all tracks, as far as
    /// it is known. Up to `most` are kept.
    #[must_use]
    pub fn caught_up(&self, sort: SmartSort, changed: &HashSet<TrackId>, found: &[Chosen], most: usize) -> Self {
        let is_kept = |one: &&Chosen| !changed.contains(&one.standing.track);
        let mut chosen: Vec<Chosen> = self.chosen.iter().filter(is_kept).cloned().collect();
        let end = chosen.last().map(|last| last.standing.clone());
        // Of what stands behind the last that is known, others may stand before it.
        let is_known = |one: &&Chosen| {
            self.is_whole || end.as_ref().is_some_and(|end| one.standing.compare(end, sort) == Ordering::Less)
        };
        chosen.extend(found.iter().filter(is_known).cloned());
        chosen.sort_by(|one, other| one.standing.compare(&other.standing, sort));
        let is_whole = self.is_whole && chosen.len() <= most;
        chosen.truncate(most);
        Self { chosen, is_whole }
    }
}

/// The tails of the playlist and of the track of an entry, as `tail` columns have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tails {
    /// Of the playlist.
    pub playlist: i64,
    /// Of the track.
    pub track: i64,
}

impl Tails {
    /// The tails that an entry's id is made of; none when it is the id of an entry that somebody put in.
    pub fn of(id: PlaylistItemId) -> Option<Self> {
        if id.0.get_version_num() != 8 {
            return None;
        }
        let bits = id.0.as_u128();
        // Without the 4 bits that say "version 8" and the 2 that say "a UUID".
        let packed = (bits >> 80 << 74) | ((bits >> 64 & 0xfff) << 62) | (bits & ((1 << 62) - 1));
        Some(Self { playlist: (packed >> TAIL_BITS & TAIL) as i64, track: (packed & TAIL) as i64 })
    }
}

/// The tail of an id.
pub fn tail(id: Uuid) -> i64 {
    (id.as_u128() & TAIL) as i64
}

/// The id of the entry of this track in this smart playlist.
pub fn item_id(playlist: PlaylistId, track: TrackId) -> PlaylistItemId {
    let packed = ((playlist.0.as_u128() & TAIL) << TAIL_BITS) | (track.0.as_u128() & TAIL);
    let bits = (packed >> 74 << 80) | ((packed >> 62 & 0xfff) << 64) | (packed & ((1 << 62) - 1));
    PlaylistItemId(Builder::from_custom_bytes(bits.to_be_bytes()).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn an_entry_is_found_by_the_tails_in_its_id(playlist: u128, track: u128) {
            let (playlist, track) = (PlaylistId(Uuid::from_u128(playlist)), TrackId(Uuid::from_u128(track)));
            let id = item_id(playlist, track);
            proptest::prop_assert_eq!(id.0.get_version_num(), 8);
            let tails = Tails { playlist: tail(playlist.0), track: tail(track.0) };
            proptest::prop_assert_eq!(Tails::of(id), Some(tails));
            proptest::prop_assert_eq!(PlaylistItemId::parse(&id.to_string()), Some(id));
        }
    }

    #[test]
    fn an_entry_that_somebody_put_in_has_no_tails() {
        assert_eq!(Tails::of(PlaylistItemId::new()), None);
    }

    proptest::proptest! {
        /// Tracks are numbers that stand by them; what fits is even.
        #[test]
        fn a_list_that_is_caught_up_with_is_what_would_be_chosen_from_all(
            before: Vec<u8>, changes: Vec<(u8, u8)>, limit in 1_usize..20,
        ) {
            const RESERVE: usize = 4;
            let numbers = |of: &[u8]| -> Vec<(TrackId, u8)> {
                of.iter().enumerate().map(|(n, weight)| (TrackId(Uuid::from_u128(n as u128)), *weight)).collect()
            };
            let fitting = |of: &[(TrackId, u8)]| {
                let fits = of.iter().filter(|(_, weight)| weight % 2 == 0);
                let mut chosen: Vec<Chosen> = fits.map(|(track, weight)| Chosen {
                    duration_ms: 1,
                    explicit: false,
                    standing: Standing {
                        track: *track, added_at: DateTime::UNIX_EPOCH, weight: (*weight).into(), title: String::new(),
                    },
                }).collect();
                chosen.sort_by(|one, other| one.standing.compare(&other.standing, SmartSort::MostPlayed));
                chosen
            };
            let mut tracks = before.clone();
            let mut all = fitting(&numbers(&tracks));
            let is_whole = all.len() <= limit + RESERVE;
            all.truncate(limit + RESERVE);
            let mut known = Prefix { chosen: all, is_whole };
            for (at, weight) in changes {
                if tracks.is_empty() { break; }
                let at = usize::from(at) % tracks.len();
                tracks[at] = weight;
                let now = numbers(&tracks);
                let changed = HashSet::from([now[at].0]);
                known = known.caught_up(SmartSort::MostPlayed, &changed, &fitting(&now[at..=at]), limit + RESERVE);
                let expected = fitting(&now);
                if known.is_whole {
                    proptest::prop_assert_eq!(&known.chosen, &expected);
                } else {
                    proptest::prop_assert_eq!(&known.chosen[..], &expected[..known.chosen.len()]);
                }
            }
        }
    }

    #[test]
    fn a_page_goes_on_where_the_last_ended_also_when_its_last_entry_is_gone() {
        let one = |weight, title: &str| {
            let (track, added_at, title) = (TrackId::new(), DateTime::UNIX_EPOCH, title.to_owned());
            Chosen { duration_ms: 1, explicit: false, standing: Standing { track, added_at, weight, title } }
        };
        for (sort, all) in [
            (SmartSort::Title, [one(0, "a"), one(0, "b"), one(0, "c")]),
            (SmartSort::RandomDaily, [one(-9, ""), one(0, ""), one(7, "")]),
            (SmartSort::MostPlayed, [one(9, ""), one(8, ""), one(8, "")]),
        ] {
            let mut chosen = all.to_vec();
            chosen.sort_by(|one, other| one.standing.compare(&other.standing, sort));
            let after = chosen[1].standing.clone();
            assert_eq!((behind(&chosen, sort, None), behind(&chosen, sort, Some(&after))), (0, 2));
            chosen.remove(1);
            assert_eq!(behind(&chosen, sort, Some(&after)), 1, "{sort:?}");
            chosen.remove(0);
            assert_eq!(behind(&chosen, sort, Some(&after)), 0, "{sort:?}");
            chosen.remove(0);
            assert_eq!(behind(&chosen, sort, Some(&after)), 0, "{sort:?}");
        }
    }
}
