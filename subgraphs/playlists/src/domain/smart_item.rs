//! Entries of smart playlists: what rules choose is not stored, yet each entry keeps its id and is found by it.
//!
//! The id of an entry is made of the last 61 bits of the ids of its playlist and of its track, which are random in both. It
//! is a UUID of version 8, so that it is told from the ids of other entries.

use chrono::{DateTime, Utc};
use polyphony_events::{PlaylistId, PlaylistItemId, TrackId};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

const TAIL_BITS: u32 = 61;
const TAIL: u128 = (1 << TAIL_BITS) - 1;

/// A track that rules have chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The track.
    pub track: TrackId,
    /// How long it plays.
    pub duration_ms: i64,
    /// When it came into the catalog.
    pub added_at: DateTime<Utc>,
}

/// Where a page of chosen tracks ends. The page that follows begins behind this entry; should it not be chosen any more,
/// at the place where it stood.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SmartCursor {
    /// The last entry.
    pub chosen: PlaylistItemId,
    /// Its place then, from 0.
    pub place: usize,
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

/// Which of the chosen tracks stand behind the cursor: the place of the first.
pub fn behind(playlist: PlaylistId, chosen: &[Chosen], after: Option<&SmartCursor>) -> usize {
    let Some(after) = after else { return 0 };
    let stands = chosen.iter().position(|one| item_id(playlist, one.track) == after.chosen);
    stands.map_or(after.place, |place| place + 1).min(chosen.len())
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

    #[test]
    fn a_page_goes_on_where_the_last_ended_also_when_its_last_entry_is_gone() {
        let playlist = PlaylistId::new();
        let one = || Chosen { track: TrackId::new(), duration_ms: 1, added_at: DateTime::UNIX_EPOCH };
        let mut chosen = vec![one(), one(), one(), one()];
        let cursor = SmartCursor { chosen: item_id(playlist, chosen[1].track), place: 1 };
        assert_eq!(behind(playlist, &chosen, None), 0);
        assert_eq!(behind(playlist, &chosen, Some(&cursor)), 2);
        chosen.insert(0, one());
        assert_eq!(behind(playlist, &chosen, Some(&cursor)), 3);
        chosen.truncate(1);
        assert_eq!(behind(playlist, &chosen, Some(&SmartCursor { place: 9, ..cursor })), 1);
    }
}
