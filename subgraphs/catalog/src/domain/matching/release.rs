//! Which release a file belongs to.
//!
//! Files that say whose album they are of are of one release where title and artists are the same. Those that do not are of
//! one release with all files of that title in their folder, by whomever: a soundtrack. Where two artists have something else
//! at one place there, the folder holds an album of each.

use chrono::{DateTime, TimeDelta, Utc};
use polyphony_events::AlbumId;

use super::{Incoming, TrackCandidate};
use crate::domain::{Album, AlbumKind, MatchReason, edition, lead, tags::TaggedAlbum};

/// Files without a folder that come within this time of each other are of one import.
const IMPORT_PERIOD: TimeDelta = TimeDelta::hours(1);

/// A release that the file may belong to.
#[derive(Clone, Debug)]
pub struct ReleaseCandidate {
    /// The album.
    pub album: Album,
    /// Whether its artists are those that the file names, or its MusicBrainz id is that of the file.
    pub is_by_artists: bool,
    /// Whether its artists are a guess, because none of its files says whose album it is.
    pub is_guessed: bool,
    /// What its tracks have in common with others of their artists, each once: see [`lead::key`].
    pub leads: Vec<String>,
    /// When a file of this owner came to it last.
    pub last_import: Option<DateTime<Utc>>,
    /// The folders that files of this owner for it came from.
    pub folders: Vec<String>,
    /// Those of them that more than half of its tracks came from.
    pub main_folders: Vec<String>,
    /// The years that its files name.
    pub years: Vec<i32>,
    /// How many tracks its files say that the disc has.
    pub totals: Vec<i32>,
    /// What stands at the file's disc and number.
    pub standing: Vec<TrackCandidate>,
}

/// Which of the releases the file belongs to, and why; none when it is of another edition than all of them.
///
/// A MusicBrainz release id decides. Without one, files of one folder are of one release, unless the year is another and
/// something else stands at the place. Files of different folders are of one release unless the year or the number of tracks
/// is another, or something else stands at the place.
pub fn choose_release(
    file: &Incoming<'_>,
    wanted: &TaggedAlbum,
    candidates: &[ReleaseCandidate],
) -> (Option<AlbumId>, Vec<MatchReason>) {
    let is_parted = candidates.iter().filter(|known| is_beside(file, known)).count() > 1;
    let mut best: Option<(u8, AlbumId, Vec<MatchReason>)> = None;
    for known in candidates {
        let is_of_another = !known.is_by_artists && !is_joined(file, wanted, known, is_parted);
        if is_of_another {
            continue;
        }
        let Some((score, reasons)) = fits(file, wanted, known) else { continue };
        if best.as_ref().is_none_or(|(least, ..)| score > *least) {
            best = Some((score, known.album.id, reasons));
        }
    }
    match best {
        Some((_, album, reasons)) => (Some(album), reasons),
        None if candidates.iter().all(|known| !known.is_by_artists) => (None, Vec::new()),
        None => (None, vec![MatchReason::OtherEdition]),
    }
}

/// The releases beside the file that turn out to be several: they collect artists of whom nobody said that they belong
/// together, and the file has something else than one of them at a place.
pub fn mixed(file: &Incoming<'_>, wanted: &TaggedAlbum, candidates: &[ReleaseCandidate]) -> Vec<AlbumId> {
    let is_mixed = |known: &&ReleaseCandidate| {
        is_beside(file, known) && known.leads.len() > 1 && is_taken(file, known) && !stands_among_its_own(wanted, known)
    };
    candidates.iter().filter(is_mixed).map(|known| known.album.id).collect()
}

/// Whether the release and the file are of one folder, or of one import where nobody says from which folder they are.
fn is_beside(file: &Incoming<'_>, known: &ReleaseCandidate) -> bool {
    if let Some(folder) = file.folder {
        return known.main_folders.iter().any(|known| known == folder);
    }
    let is_near = known.last_import.is_some_and(|last| (file.now - last).abs() <= IMPORT_PERIOD);
    known.folders.is_empty() && file.file.track_number.is_some() && is_near
}

/// Whether a file joins a release of its title that is not by the artists that it names.
fn is_joined(file: &Incoming<'_>, wanted: &TaggedAlbum, known: &ReleaseCandidate, is_parted: bool) -> bool {
    let is_said = wanted.lead.is_none() || !known.is_guessed;
    if is_said && (file.folder.is_none() || wanted.lead.is_none() && !known.is_guessed) {
        return false;
    }
    if !is_beside(file, known) {
        // A copy of it in another folder.
        return wanted.lead.is_some()
            && stands_among_its_own(wanted, known)
            && !is_free(known)
            && !is_taken(file, known);
    }
    let key = wanted.lead.as_deref().and_then(lead::key);
    let is_of_its_artist = key.is_none_or(|key| known.leads.contains(&key)) && wanted.lead.is_some();
    is_of_its_artist && known.leads.len() <= 1 || !is_parted && !is_taken(file, known)
}

/// Whether what stands at the file's place is by the artist of the file, as far as anybody knows.
fn stands_among_its_own(wanted: &TaggedAlbum, known: &ReleaseCandidate) -> bool {
    let key = wanted.lead.as_deref().and_then(lead::key);
    key.is_none() && wanted.lead.is_some() || known.standing.iter().any(|track| track.lead_key() == key)
}

fn is_free(known: &ReleaseCandidate) -> bool {
    known.standing.is_empty()
}

/// Whether something else stands at the file's place. Of another artist the same title is something else.
fn is_taken(file: &Incoming<'_>, known: &ReleaseCandidate) -> bool {
    let own = file.file.album.as_ref().and_then(|album| lead::key(album.lead.as_deref()?));
    let is_other = |track: &TrackCandidate| {
        let is_by_another = own.is_some() && track.lead_key().is_some_and(|key| Some(key) != own);
        let reasons = file.performance(track);
        reasons.is_none_or(|reasons| is_by_another && reasons.contains(&MatchReason::SameTitle))
    };
    !is_free(known) && known.standing.iter().all(is_other)
}

fn fits(file: &Incoming<'_>, wanted: &TaggedAlbum, known: &ReleaseCandidate) -> Option<(u8, Vec<MatchReason>)> {
    if let (Some(wanted), Some(known)) = (&wanted.musicbrainz_id, &known.album.musicbrainz_id) {
        return (wanted == known).then(|| (8, vec![MatchReason::SameReleaseId]));
    }
    let is_compilation = wanted.kind == AlbumKind::Compilation || known.leads.len() > 1;
    // The files of a compilation may each name the year of their recording.
    let year = wanted.released_on.as_deref().and_then(edition::year).filter(|_| !is_compilation);
    let of_album = known.album.released_on.as_deref().and_then(edition::year);
    let mut years = known.years.iter().copied().chain(of_album).peekable();
    let is_dated = year.is_some() && years.peek().is_some();
    let is_same_year = is_dated && years.any(|known| Some(known) == year);
    let is_other_year = is_dated && !is_same_year;
    let is_same_folder = file.folder.is_some_and(|folder| known.folders.iter().any(|known| known == folder));
    let is_other_folder = file.folder.is_some() && !known.folders.is_empty() && !is_same_folder;
    let total = wanted.track_total.filter(|_| !known.totals.is_empty());
    let is_other_size = total.is_some_and(|total| !known.totals.contains(&total));
    let is_taken = is_taken(file, known);
    // Where nobody says whose album it is, a free place in another folder says little.
    let is_elsewhere = is_other_folder
        && wanted.lead.is_some()
        && is_free(known)
        && !(is_same_year || file.file.disc_number.is_some());
    let is_other = if is_same_folder {
        is_other_year && is_taken
    } else {
        is_other_year || is_other_size || is_elsewhere || is_other_folder && is_taken
    };
    if is_other {
        return None;
    }
    let mut reasons = vec![MatchReason::SameAlbumTitle];
    reasons.extend(is_same_folder.then_some(MatchReason::SameFolder));
    reasons.extend(is_same_year.then_some(MatchReason::SameYear));
    Some((1 + 4 * u8::from(is_same_folder) + 2 * u8::from(is_same_year), reasons))
}
