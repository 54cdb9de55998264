//! How lists of the catalog are sorted and filtered, as clients ask for it.

use polyphony_events::ArtistId;
use polyphony_names as names;

use super::AlbumKind;

/// The most values that one filter names.
pub const MAX_VALUES: usize = 50;
/// The letter that stands for everything that begins with none.
pub const NO_LETTER: &str = "#";

/// What albums are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlbumSort {
    /// When it was published here.
    Newest,
    /// Its title.
    Title,
    /// How often its tracks were played.
    Popular,
    /// Its first artist, then its title.
    Artist,
    /// When it was released.
    Released,
}

/// What tracks are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrackSort {
    /// When it was published here.
    Newest,
    /// Its title.
    Title,
    /// How often it was played.
    Popular,
    /// Its first artist, then its title.
    Artist,
    /// The title of its album, then its place on it.
    Album,
    /// When its album was released.
    Released,
    /// How long it plays.
    Duration,
}

/// What artists are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArtistSort {
    /// The name that lists are sorted by.
    Name,
    /// When the artist came into the catalog.
    Newest,
    /// How often their tracks were played.
    Popular,
}

/// Which way a list goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// A to Z, the oldest, the least played first.
    Ascending,
    /// Z to A, the newest, the most played first.
    Descending,
}

/// How a list is sorted: by what, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sorted<S> {
    /// By what.
    pub by: S,
    /// Which way.
    pub direction: Direction,
}

impl AlbumSort {
    /// The list in this order, the way that people expect it unless a direction is given.
    pub fn sorted(self, direction: Option<Direction>) -> Sorted<Self> {
        let natural = match self {
            Self::Title | Self::Artist => Direction::Ascending,
            Self::Newest | Self::Popular | Self::Released => Direction::Descending,
        };
        Sorted { by: self, direction: direction.unwrap_or(natural) }
    }
}

impl TrackSort {
    /// The list in this order, the way that people expect it unless a direction is given.
    pub fn sorted(self, direction: Option<Direction>) -> Sorted<Self> {
        let natural = match self {
            Self::Title | Self::Artist | Self::Album => Direction::Ascending,
            Self::Newest | Self::Popular | Self::Released | Self::Duration => Direction::Descending,
        };
        Sorted { by: self, direction: direction.unwrap_or(natural) }
    }
}

impl ArtistSort {
    /// The list in this order, the way that people expect it unless a direction is given.
    pub fn sorted(self, direction: Option<Direction>) -> Sorted<Self> {
        let natural = match self {
            Self::Name => Direction::Ascending,
            Self::Newest | Self::Popular => Direction::Descending,
        };
        Sorted { by: self, direction: direction.unwrap_or(natural) }
    }
}

/// What a title or name begins with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Beginning {
    /// With this, folded.
    Text(String),
    /// With a digit or a sign.
    NoLetter,
}

impl Beginning {
    /// Reads what a client gave: `#` is what begins with no letter.
    pub fn read(text: &str) -> Option<Self> {
        if text.trim() == NO_LETTER {
            return Some(Self::NoLetter);
        }
        Some(names::identity(text)).filter(|text| !text.is_empty()).map(Self::Text)
    }
}

/// Of which artist a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByArtist {
    /// What names the artist.
    Made(ArtistId),
    /// Albums of others on which the artist has a track.
    AppearsOn(ArtistId),
}

/// Which things a list holds: all that are published when nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Of one of these kinds, for albums.
    pub kinds: Vec<AlbumKind>,
    /// Of one of these genres, by slug.
    pub genres: Vec<String>,
    /// Of this artist.
    pub artist: Option<ByArtist>,
    /// Released in this year or later.
    pub from_year: Option<i32>,
    /// Released in this year or earlier.
    pub to_year: Option<i32>,
    /// For tracks whether they are explicit, for albums whether a track of them is.
    pub explicit: Option<bool>,
    /// The title or name contains this, folded.
    pub text: Option<String>,
    /// The title or name begins with this.
    pub beginning: Option<Beginning>,
}

impl Filter {
    /// What is filed under one genre.
    pub fn genre(slug: String) -> Self {
        Self { genres: vec![slug], ..Self::default() }
    }

    /// Whether it leaves nothing out.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A letter that titles or names begin with, and where they stand in a list that is sorted by them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The letter in upper case; `#` for what begins with none.
    pub letter: String,
    /// How many begin with it.
    pub count: i64,
    /// How many stand before the first of them.
    pub offset: i64,
}

/// Gathers first characters, in the order of the list and each with how many begin with it, to letters.
pub fn letters(initials: &[(String, i64)]) -> Vec<Letter> {
    let (mut letters, mut offset) = (Vec::<Letter>::new(), 0);
    for (initial, count) in initials {
        let letter = match initial.chars().next() {
            Some(first) if first.is_alphabetic() => first.to_uppercase().collect(),
            _ => NO_LETTER.to_owned(),
        };
        match letters.iter_mut().find(|known| known.letter == letter) {
            Some(known) => known.count += count,
            None => letters.push(Letter { letter, count: *count, offset }),
        }
        offset += count;
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_say_where_they_begin_and_signs_are_one() {
        let initials = [("1", 2), ("(", 1), ("a", 3), ("é", 1), ("{", 4)].map(|(initial, n)| (initial.to_owned(), n));
        let seen: Vec<_> = letters(&initials).into_iter().map(|l| (l.letter, l.count, l.offset)).collect();
        let expected = [("#", 7, 0), ("A", 3, 3), ("É", 1, 6)].map(|(letter, n, at)| (letter.to_owned(), n, at));
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_beginning_is_folded_and_a_hash_is_what_begins_with_no_letter() {
        assert_eq!(Beginning::read("É"), Some(Beginning::Text("e".to_owned())));
        assert_eq!(Beginning::read("#"), Some(Beginning::NoLetter));
        assert_eq!(Beginning::read("  "), None);
    }
}
