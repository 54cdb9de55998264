//! A change of what belongs together in the catalog, as facts before and after, so that it can be taken back.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::{AlbumId, ArtistId, EditId, TrackId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Album, Artist, Refusal};

/// How long a change can be taken back.
pub const UNDOABLE_FOR: TimeDelta = TimeDelta::days(30);
/// So many things can be named in one change.
pub const MAX_NAMED: usize = 100;
/// So many tracks and albums one change may rewrite.
pub const MAX_REWRITTEN: usize = 10_000;

/// What kind of change it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EditKind {
    /// Artists became one.
    MergeArtists,
    /// Albums became one.
    MergeAlbums,
    /// Tracks went to another album.
    MoveTracks,
    /// Some of an artist's music became that of another.
    SplitArtist,
}

impl EditKind {
    /// As it stands in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MergeArtists => "MERGE_ARTISTS",
            Self::MergeAlbums => "MERGE_ALBUMS",
            Self::MoveTracks => "MOVE_TRACKS",
            Self::SplitArtist => "SPLIT_ARTIST",
        }
    }
}

impl From<String> for EditKind {
    /// Reads what the database holds, which a constraint limits to the four.
    fn from(text: String) -> Self {
        match text.as_str() {
            "MERGE_ARTISTS" => Self::MergeArtists,
            "MERGE_ALBUMS" => Self::MergeAlbums,
            "MOVE_TRACKS" => Self::MoveTracks,
            _ => Self::SplitArtist,
        }
    }
}

/// What stood at a thing before, and what stands there since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewrite<I, V> {
    /// The thing.
    pub of: I,
    /// What stood there.
    pub before: V,
    /// What stands there since.
    pub after: V,
}

/// Where a track stands: album, disc and number.
pub type TrackPlace = (Option<AlbumId>, Option<i32>, Option<i32>);

/// An artist that became another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedArtist {
    /// As it was.
    pub artist: Artist,
    /// What it became.
    pub into: ArtistId,
}

/// What is kept of an album beside [`Album`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlbumExtras {
    /// The id of its release group in MusicBrainz.
    pub release_group_id: Option<String>,
    /// When its music was first released.
    pub original_released_on: Option<String>,
    /// Whether its artists are a guess.
    pub is_guessed: bool,
    /// The album that its tracks were imported on before.
    pub renamed_from: Option<AlbumId>,
    /// When it was published first.
    pub published_at: Option<DateTime<Utc>>,
    /// The share links that lead to it.
    pub shares: Vec<Uuid>,
}

/// An album that became another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedAlbum {
    /// As it was.
    pub album: Album,
    /// Its artists, in order.
    pub artists: Vec<ArtistId>,
    /// The names of its genres, in order.
    pub genres: Vec<String>,
    /// What else was kept of it.
    #[serde(default)]
    pub extras: AlbumExtras,
    /// What it became.
    pub into: AlbumId,
}

/// All that a change rewrites.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewrites {
    /// Artists that became others.
    pub artists: Vec<MergedArtist>,
    /// Albums that became others.
    pub albums: Vec<MergedAlbum>,
    /// Artists that were made.
    pub made: Vec<ArtistId>,
    /// Whose tracks are.
    pub track_artists: Vec<Rewrite<TrackId, Vec<ArtistId>>>,
    /// Whose albums are.
    pub album_artists: Vec<Rewrite<AlbumId, Vec<ArtistId>>>,
    /// Where tracks stand.
    pub places: Vec<Rewrite<TrackId, TrackPlace>>,
}

impl Rewrites {
    /// A change that is not larger than one transaction can bear.
    pub fn checked(self) -> Result<Self, Refusal> {
        if self.track_artists.len() + self.album_artists.len() + self.places.len() > MAX_REWRITTEN {
            return Err(Refusal::TooMany("input", "the change is of more than 10,000 tracks and albums"));
        }
        Ok(self)
    }

    /// Whose the things are that became others.
    pub fn owners(&self) -> impl Iterator<Item = UserId> {
        let artists = self.artists.iter().map(|merged| merged.artist.owner_id);
        artists.chain(self.albums.iter().map(|merged| merged.album.owner_id))
    }

    /// The artists that the change names, before or after it.
    pub fn named_artists(&self) -> BTreeSet<ArtistId> {
        let of_tracks = self.track_artists.iter().flat_map(|rewrite| rewrite.before.iter().chain(&rewrite.after));
        let of_albums = self.album_artists.iter().flat_map(|rewrite| rewrite.before.iter().chain(&rewrite.after));
        let merged = self.artists.iter().flat_map(|merged| [&merged.artist.id, &merged.into]);
        let named = self.albums.iter().flat_map(|merged| &merged.artists);
        of_tracks.chain(of_albums).chain(merged).chain(named).chain(&self.made).copied().collect()
    }

    /// The albums that the change names, before or after it.
    pub fn named_albums(&self) -> BTreeSet<AlbumId> {
        let of_tracks = self.places.iter().flat_map(|place| place.before.0.into_iter().chain(place.after.0));
        let merged = self.albums.iter().flat_map(|merged| [merged.album.id, merged.into]);
        of_tracks.chain(merged).chain(self.album_artists.iter().map(|rewrite| rewrite.of)).collect()
    }

    /// The tracks that the change names.
    pub fn named_tracks(&self) -> BTreeSet<TrackId> {
        self.places.iter().map(|place| place.of).chain(self.track_artists.iter().map(|rewrite| rewrite.of)).collect()
    }
}

/// A change that somebody made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Which.
    pub id: EditId,
    /// Who made it.
    pub user_id: UserId,
    /// What kind of change.
    pub kind: EditKind,
    /// When.
    pub made_at: DateTime<Utc>,
    /// When it was taken back.
    pub undone_at: Option<DateTime<Utc>>,
}

impl Edit {
    /// A change can be taken back once, and for a while.
    pub fn check_undoable(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.undone_at.is_some() {
            return Err(Refusal::Conflict("changeId", "the change was undone already"));
        }
        if now - self.made_at > UNDOABLE_FOR {
            return Err(Refusal::Conflict("changeId", "the change is older than 30 days"));
        }
        Ok(())
    }
}

/// The artists of something after `sources` became `target`: each once, in order.
pub fn merged(artists: &[ArtistId], sources: &[ArtistId], target: ArtistId) -> Vec<ArtistId> {
    let mut merged: Vec<ArtistId> = Vec::with_capacity(artists.len());
    for artist in artists {
        let artist = if sources.contains(artist) { target } else { *artist };
        if !merged.contains(&artist) {
            merged.push(artist);
        }
    }
    merged
}

/// The things that are named, each once: at least one, at most [`MAX_NAMED`].
pub fn named<T: Copy + PartialEq>(field: &'static str, ids: &[T]) -> Result<Vec<T>, Refusal> {
    let mut distinct: Vec<T> = Vec::with_capacity(ids.len());
    for id in ids {
        if !distinct.contains(id) {
            distinct.push(*id);
        }
    }
    match distinct.len() {
        0 => Err(Refusal::Invalid(field, "at least one is needed".to_owned())),
        1..=MAX_NAMED => Ok(distinct),
        _ => Err(Refusal::Invalid(field, format!("at most {MAX_NAMED} can be named"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artists_that_became_one_are_named_once_in_order() {
        let (a, b, c, d) = (ArtistId::new(), ArtistId::new(), ArtistId::new(), ArtistId::new());
        assert_eq!(merged(&[a, b, c], &[b], d), [a, d, c]);
        assert_eq!(merged(&[a, b, d, c], &[b], d), [a, d, c]);
        assert_eq!(merged(&[b, a, c], &[a, b], c), [c]);
        assert_eq!(merged(&[a], &[b], c), [a]);
    }

    #[test]
    fn a_change_can_be_taken_back_once_and_for_a_month() {
        let made_at = DateTime::UNIX_EPOCH;
        let edit =
            Edit { id: EditId::new(), user_id: UserId::new(), kind: EditKind::MoveTracks, made_at, undone_at: None };
        assert_eq!(edit.check_undoable(made_at + TimeDelta::days(30)), Ok(()));
        assert!(edit.check_undoable(made_at + TimeDelta::days(31)).is_err());
        assert!(Edit { undone_at: Some(made_at), ..edit }.check_undoable(made_at).is_err());
    }
}
