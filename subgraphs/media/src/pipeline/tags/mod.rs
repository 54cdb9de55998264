//! What a file says about itself: title, artists, album, cover and identifiers, read by `lofty` and, where that finds
//! nothing, taken from the file by us (`asf`, `id3`, `frames`) or from what `ffprobe` saw. Everything is foreign text: cleaned, bounded,
//! and never a reason to fail.

mod asf;
mod details;
mod embedded;
mod frames;
mod id3;
mod number;
mod pairs;
mod raw;

use std::path::Path;

use super::{Limits, SourceInfo};
pub(super) use details::RawDetails;
pub use details::{Details, ReplayGain};
use pairs::Pairs;
pub(super) use raw::{Raw, line};

/// A file's tags. Everything may be missing; lists keep the file's order and hold no value twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tags {
    /// Title of the track.
    pub title: Option<String>,
    /// Artists of the track, one per value.
    pub artists: Vec<String>,
    /// Title of the album.
    pub album: Option<String>,
    /// Artists of the album.
    pub album_artists: Vec<String>,
    /// Place on its disc, from 0; on the side of a record, which counts as a disc then.
    pub track_number: Option<u32>,
    /// Tracks on that disc.
    pub track_total: Option<u32>,
    /// Disc, from 1.
    pub disc_number: Option<u32>,
    /// Discs of the album.
    pub disc_total: Option<u32>,
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Genres.
    pub genres: Vec<String>,
    /// ISRC, twelve characters in upper case without hyphens.
    pub isrc: Option<String>,
    /// Identifiers of `MusicBrainz`.
    pub musicbrainz: MusicBrainz,
    /// Whether the album collects tracks of several artists.
    pub compilation: bool,
    /// Whether the words are explicit, where the file says so or not.
    pub explicit: Option<bool>,
    /// What kind of release it is, as MusicBrainz calls them in lower case: `album`, `ep`, `single`, `compilation`, `live`.
    pub release_types: Vec<String>,
    /// What the track's artists are sorted by, as one text.
    pub artist_sort: Option<String>,
    /// What the album's artists are sorted by, as one text.
    pub album_artist_sort: Option<String>,
    /// Lyrics, plain or with LRC time stamps.
    pub lyrics: Option<String>,
    /// What the track is not matched by.
    pub details: Details,
    /// The front cover, or the first picture; give it to [`super::cover::from_image`].
    pub cover: Option<EmbeddedImage>,
}

/// `MusicBrainz` identifiers, UUIDs in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MusicBrainz {
    /// The recording.
    pub recording: Option<String>,
    /// The release (album).
    pub release: Option<String>,
    /// The release group.
    pub release_group: Option<String>,
    /// The track's artists.
    pub artists: Vec<String>,
    /// The album's artists.
    pub album_artists: Vec<String>,
}

/// An embedded picture as it was found, not yet checked.
#[derive(Clone, PartialEq, Eq)]
pub struct EmbeddedImage(pub Vec<u8>);

impl std::fmt::Debug for EmbeddedImage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EmbeddedImage({} bytes)", self.0.len())
    }
}

/// Reads the tags. Whatever is wrong with them, even a panic in the library, only makes them fewer.
pub async fn read_tags(path: &Path, info: &SourceInfo, limits: &Limits) -> Tags {
    let (path, cover_bytes) = (path.to_owned(), limits.cover_bytes);
    let work = tokio::task::spawn_blocking(move || read_embedded(&path, cover_bytes));
    let mut tags = match tokio::time::timeout(limits.probe_wall, work).await {
        Ok(Ok(tags)) => tags,
        Ok(Err(error)) => {
            tracing::warn!(%error, "reading tags panicked");
            Tags::default()
        }
        Err(_) => {
            tracing::warn!("reading tags took too long");
            Tags::default()
        }
    };
    let seen: Pairs = info.tags.iter().map(|(name, value)| (name.clone(), vec![value.clone()])).collect();
    tags.fill(pairs::read(&seen).clean(None));
    tags
}

/// What the file's own bytes say.
fn read_embedded(path: &Path, cover_bytes: usize) -> Tags {
    let mut tags = embedded::read(path, cover_bytes);
    if let Some(attributes) = std::fs::File::open(path).ok().and_then(|mut file| asf::read(&mut file)) {
        tags.fill(pairs::read(&attributes).clean(None));
    }
    if let Some(frames) = frames::read(path) {
        let read = pairs::read(&frames).clean(None);
        // Of a frame that is there twice lofty keeps one.
        if tags.artists.len() == 1 && read.artists.len() > 1 && read.artists.contains(&tags.artists[0]) {
            tags.artists.clone_from(&read.artists);
        }
        tags.fill(read);
    }
    tags
}

impl Tags {
    /// Takes from `other` what is missing here.
    pub fn fill(&mut self, other: Self) {
        fn lists(ours: &mut Vec<String>, theirs: Vec<String>) {
            if ours.is_empty() {
                *ours = theirs;
            }
        }
        self.title = self.title.take().or(other.title);
        self.album = self.album.take().or(other.album);
        self.track_number = self.track_number.or(other.track_number);
        self.track_total = self.track_total.or(other.track_total);
        self.disc_number = self.disc_number.or(other.disc_number);
        self.disc_total = self.disc_total.or(other.disc_total);
        self.date = self.date.take().or(other.date);
        self.isrc = self.isrc.take().or(other.isrc);
        self.explicit = self.explicit.or(other.explicit);
        self.artist_sort = self.artist_sort.take().or(other.artist_sort);
        self.album_artist_sort = self.album_artist_sort.take().or(other.album_artist_sort);
        // Lyrics with times say more than those without.
        let is_better = |lyrics: &String| self.lyrics.is_none() || raw::is_timed(lyrics);
        let has_timed = self.lyrics.as_deref().is_some_and(raw::is_timed);
        self.lyrics = other.lyrics.filter(|lyrics| !has_timed && is_better(lyrics)).or(self.lyrics.take());
        self.cover = self.cover.take().or(other.cover);
        self.details.fill(other.details);
        self.compilation |= other.compilation;
        lists(&mut self.artists, other.artists);
        lists(&mut self.album_artists, other.album_artists);
        lists(&mut self.genres, other.genres);
        lists(&mut self.release_types, other.release_types);
        let (ours, theirs) = (&mut self.musicbrainz, other.musicbrainz);
        ours.recording = ours.recording.take().or(theirs.recording);
        ours.release = ours.release.take().or(theirs.release);
        ours.release_group = ours.release_group.take().or(theirs.release_group);
        lists(&mut ours.artists, theirs.artists);
        lists(&mut ours.album_artists, theirs.album_artists);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_tag_wins_and_others_fill_its_gaps() {
        let mut tags = Tags { title: Some("main".into()), ..Tags::default() };
        tags.fill(Tags { title: Some("other".into()), artists: vec!["A".into()], ..Tags::default() });
        assert_eq!((tags.title.as_deref(), tags.artists.len()), (Some("main"), 1));
    }
}
