//! Which release a file belongs to, and which track it is: decided by evidence, over candidates that the store found.
//!
//! Invariant: a file is a source of a track that is there only where both stand at the same place of the same release and are
//! the same performance. An identifier alone proves nothing: taggers write one ISRC on two movements, and one recording stands
//! on an album and on a compilation.
//!
//! A track follows a file to another place only when it is the very file that the track came from, tagged anew: its owner's
//! client said which upload it was, or a file of this name in this folder was uploaded with this audio, or nobody said where
//! either of them was and the title at the number was misspelt. The same audio anywhere else is a copy, which gets a track of its own: of two guesses this is the one that loses nothing.

use chrono::{DateTime, Utc};
use polyphony_events::{AlbumId, ArtistId, TrackId, UploadId};
use polyphony_names as names;

use super::{
    AlbumKind, Manager, MatchReason, PublicationStatus, Source, Track, lead,
    relevance::distance,
    tags::{TaggedArtist, TaggedTrack, title_of},
};

mod release;

pub use release::{ReleaseCandidate, choose_release, mixed};

/// Files of one performance differ in length by this much at most, ms: encoders pad, and rippers cut.
const LENGTH_TOLERANCE_MS: i32 = 2_000;
/// A title that differs by so many letters at most is the same title, misspelt.
const MISSPELT: usize = 2;

/// A file that is to become part of the catalog.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// Its upload.
    pub upload: UploadId,
    /// Who uploaded it.
    pub manager: Manager,
    /// What its tags say.
    pub file: &'a TaggedTrack,
    /// How long it plays.
    pub duration_ms: i32,
    /// The hash of its samples, where it says something.
    pub recording: Option<&'a str>,
    /// The upload of the same audio that was there first.
    pub original: Option<UploadId>,
    /// The owner's upload of an earlier state of this file, with the same audio.
    pub replaces: Option<UploadId>,
    /// The file's name.
    pub filename: &'a str,
    /// The folder that it came from, as it is compared.
    pub folder: Option<&'a str>,
    /// The tracks whose tags that were imported last are those of the file, to the letter.
    pub told: &'a [TrackId],
    /// The time.
    pub now: DateTime<Utc>,
}

/// A track that the file may be of.
#[derive(Clone, Debug)]
pub struct TrackCandidate {
    /// The track.
    pub track: Track,
    /// Its artists, by id.
    pub artists: Vec<ArtistId>,
    /// Whether its artist is not known.
    pub is_by_unknown: bool,
    /// The uploads that are kept for it.
    pub sources: Vec<Source>,
    /// Who may lead its album, where its file did not say whose album it is.
    pub lead: Option<Vec<String>>,
}

/// Where the file's track belongs.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The release.
    pub album: Option<AlbumId>,
    /// The artists of the track, by id.
    pub artists: &'a [ArtistId],
}

/// Which track a file is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A track of its own.
    New(Vec<MatchReason>),
    /// Another source of this track.
    Source(TrackId, Vec<MatchReason>),
    /// A source of this track with nothing to say of it: the file names no place of its own.
    Copy(TrackId, Vec<MatchReason>),
    /// This track, which takes the file's tags, and with them perhaps another place.
    Retags(TrackId, Vec<MatchReason>),
}

impl Incoming<'_> {
    fn has_title_of(&self, track: &Track) -> bool {
        self.file.is_titled && names::identity(&self.file.title) == names::identity(&track.title)
    }

    fn sounds_as(&self, source: &Source) -> bool {
        self.recording.is_some_and(|recording| source.recording.as_deref() == Some(recording))
            || self.original == Some(source.upload)
            || self.replaces == Some(source.upload)
    }

    /// Whether the upload was an earlier state of this very file.
    fn was(&self, known: &TrackCandidate, source: &Source) -> bool {
        let is_same_path = self.folder.is_some()
            && self.folder == source.folder.as_deref()
            && source.filename.as_deref() == Some(self.filename);
        source.owner == self.manager.user
            && self.sounds_as(source)
            && (self.replaces == Some(source.upload) || is_same_path || self.corrects(&known.track, source))
    }

    /// Whether the file, of which nobody said where it is, names the number of the track and its title in another spelling. One
    /// recording stands on many releases, but hardly under a misspelt title.
    fn corrects(&self, track: &Track, source: &Source) -> bool {
        let named = self.file.album.as_ref();
        let (title, known) = (names::identity(&self.file.title), names::identity(&track.title));
        self.folder.is_none()
            && source.folder.is_none()
            && self.file.is_titled
            && self.file.track_number.is_some()
            && (self.file.disc_number.unwrap_or(1), self.file.track_number.unwrap_or(i32::MAX)) == track.place()
            && named.is_none_or(|album| album.musicbrainz_id.is_none() && album.kind != AlbumKind::Compilation)
            && is_misspelt(&title, &known)
    }

    /// The track that an earlier state of this very file made, among those that its owner manages.
    pub fn former<'c>(&self, candidates: &'c [TrackCandidate]) -> Option<&'c TrackCandidate> {
        let mut own = candidates.iter().filter(|known| self.manager.manages(known.track.owner_id));
        own.find(|known| known.sources.iter().any(|source| self.was(known, source)))
    }

    /// Why the file is the same performance as the track, if it is.
    fn performance(&self, known: &TrackCandidate) -> Option<Vec<MatchReason>> {
        if known.sources.iter().any(|source| self.sounds_as(source)) {
            return Some(vec![MatchReason::SameRecording]);
        }
        let track = &known.track;
        let equal = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        let has_same_id = equal(&self.file.musicbrainz_id, &track.musicbrainz_id);
        if !has_same_id && self.file.musicbrainz_id.is_some() && track.musicbrainz_id.is_some() {
            return None;
        }
        if !known.is_as_long_as(self.duration_ms) {
            return None;
        }
        let reason = if has_same_id {
            MatchReason::SameRecordingId
        } else if equal(&self.file.isrc, &track.isrc) {
            MatchReason::SameIsrc
        } else if self.has_title_of(track) {
            MatchReason::SameTitle
        } else {
            return None;
        };
        Some(vec![reason, MatchReason::SameLength])
    }

    /// Whether the file names the place where the track stands.
    fn stands_at(&self, place: &Place<'_>, known: &TrackCandidate) -> bool {
        let track = &known.track;
        if track.album_id != place.album {
            return false;
        }
        if place.album.is_none() {
            return self.has_title_of(track) && known.artists == place.artists;
        }
        let disc = self.file.disc_number.unwrap_or(1);
        disc == track.disc_number.unwrap_or(1)
            && match (self.file.track_number, track.track_number) {
                (Some(number), Some(known)) => number == known,
                _ => self.has_title_of(track),
            }
    }
}

/// Whether two titles, folded, are one title in two spellings: a few letters are others, and no figure is.
fn is_misspelt(one: &str, other: &str) -> bool {
    let figures = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_long = one.chars().count().min(other.chars().count()) > 2 * MISSPELT;
    one != other && is_long && figures(one) == figures(other) && distance(one, other) <= MISSPELT
}

impl TrackCandidate {
    /// What its file has in common with others of its artist; nothing where the file said whose album it is, or nobody knows.
    fn lead_key(&self) -> Option<String> {
        self.lead.as_deref().and_then(lead::key)
    }

    /// Whether a file without tags made the track.
    fn is_bare(&self) -> bool {
        let names = self.sources.iter().filter_map(|source| source.filename.as_deref());
        self.is_by_unknown && names.map(title_of).any(|title| title == self.track.title)
    }

    /// Whether the track plays about as long; one that waits for its file does.
    fn is_as_long_as(&self, duration_ms: i32) -> bool {
        let waits = self.track.upload_id.is_none() && self.sources.is_empty();
        let mut lengths = self.sources.iter().map(|source| source.duration_ms).chain([self.track.duration_ms]);
        waits || lengths.any(|known| known > 0 && (known - duration_ms).abs() <= LENGTH_TOLERANCE_MS)
    }
}

/// Which track the file is.
pub fn judge(file: &Incoming<'_>, place: &Place<'_>, candidates: &[TrackCandidate]) -> Verdict {
    let manages = |known: &TrackCandidate| file.manager.manages(known.track.owner_id);
    let has_upload = |known: &TrackCandidate| {
        known.track.upload_id == Some(file.upload) || known.sources.iter().any(|source| source.upload == file.upload)
    };
    if let Some(known) = candidates.iter().find(|known| manages(known) && has_upload(known)) {
        let source = known.sources.iter().find(|source| source.upload == file.upload);
        let reasons = source.map_or_else(|| vec![MatchReason::GivenToTrack], |source| source.reasons.clone());
        return Verdict::Retags(known.track.id, reasons);
    }
    if let Some(known) = file.former(candidates) {
        return Verdict::Retags(known.track.id, vec![MatchReason::TaggedAnew, MatchReason::SameRecording]);
    }
    // A copy of the very file, whose track may have been edited since.
    let is_copied = |known: &&TrackCandidate| {
        manages(known)
            && file.told.contains(&known.track.id)
            && known.sources.iter().any(|source| file.sounds_as(source))
    };
    if let Some(known) = candidates.iter().find(is_copied) {
        return Verdict::Copy(known.track.id, vec![MatchReason::SameRecording]);
    }
    if let Some(verdict) = at_place(file, place, candidates) {
        return verdict;
    }
    if let Some(verdict) = without_place(file, place, candidates) {
        return verdict;
    }
    let is_taken = candidates.iter().any(|known| manages(known) && file.stands_at(place, known));
    Verdict::New(vec![if is_taken { MatchReason::PlaceTaken } else { MatchReason::NewPlace }])
}

/// The track at the place that the file names, if it is the same performance. Of somebody else's track the very same samples
/// alone make a source: nobody's file may play in place of a stranger's.
fn at_place(file: &Incoming<'_>, place: &Place<'_>, candidates: &[TrackCandidate]) -> Option<Verdict> {
    let matches = candidates.iter().filter(|known| file.stands_at(place, known)).filter_map(|known| {
        let reasons = file.performance(known)?;
        let is_same = reasons.contains(&MatchReason::SameRecording);
        let manages = file.manager.manages(known.track.owner_id);
        let is_open = is_same && known.track.status == PublicationStatus::Published;
        (manages || is_open).then_some((manages, is_same, known.track.id, reasons))
    });
    // The first of the best: candidates come oldest first.
    let mut best: Option<(bool, bool, TrackId, Vec<MatchReason>)> = None;
    for found in matches {
        if best.as_ref().is_none_or(|(manages, is_same, ..)| (found.0, found.1) > (*manages, *is_same)) {
            best = Some(found);
        }
    }
    let (_, _, track, mut reasons) = best?;
    reasons.insert(0, if place.album.is_some() { MatchReason::SamePlace } else { MatchReason::SameTitle });
    reasons.dedup();
    Some(Verdict::Source(track, reasons))
}

/// A file that names no release is a copy of a track of the same samples, whatever release that stands on; and a track that
/// stands on none takes the place that such a file names. So it does not matter which of the two comes first.
fn without_place(file: &Incoming<'_>, place: &Place<'_>, candidates: &[TrackCandidate]) -> Option<Verdict> {
    let mut own = candidates.iter().filter(|known| {
        file.manager.manages(known.track.owner_id) && known.sources.iter().any(|source| file.sounds_as(source))
    });
    let is_bare = !file.file.is_titled && file.file.artists.iter().all(TaggedArtist::is_unknown);
    if place.album.is_none() && (is_bare || file.file.is_titled) {
        let copied = own.clone().find(|known| is_bare || file.has_title_of(&known.track));
        if let Some(known) = copied {
            return Some(Verdict::Copy(known.track.id, vec![MatchReason::SameRecording]));
        }
    }
    let known =
        own.find(|known| known.track.album_id.is_none() && (known.is_bare() || file.has_title_of(&known.track)))?;
    Some(Verdict::Retags(known.track.id, vec![MatchReason::SameRecording]))
}

#[cfg(test)]
mod tests;
