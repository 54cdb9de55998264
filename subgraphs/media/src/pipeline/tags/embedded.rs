//! Tags that stand in files, read by `lofty`.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use lofty::config::{ParseOptions, ParsingMode};
use lofty::file::{TaggedFile, TaggedFileExt};
use lofty::picture::PictureType;
use lofty::probe::Probe;
use lofty::tag::{ItemKey, Tag, TagType};

use super::{EmbeddedImage, Tags, details::RawDetails, id3, raw::Raw};

/// A file can bear several tags (`ID3v2`, APE, `ID3v1`); the main one comes first, the others fill its gaps. A file that the
/// library does not know may still bear `ID3v2`.
pub(super) fn read(path: &Path, cover_bytes: usize) -> Tags {
    let options = ParseOptions::new().read_properties(false).parsing_mode(ParsingMode::BestAttempt);
    let file = read_file(path, options);
    let mut tags = Tags::default();
    let id3 = id3::read(path, file.as_ref().map(TaggedFile::file_type), options);
    let timed_lyrics = id3.as_ref().and_then(id3::timed_lyrics);
    let id3: Option<Tag> = id3.map(Into::into);
    let main = file.as_ref().map(TaggedFileExt::primary_tag_type);
    if let Some(id3) = id3.as_ref().filter(|_| main.is_none_or(|main| main == TagType::Id3v2)) {
        tags.fill(raw(id3).clean(cover(id3, cover_bytes)));
    }
    let others = file.iter().flat_map(TaggedFileExt::tags);
    let mut others: Vec<&Tag> = others.filter(|tag| id3.is_none() || tag.tag_type() != TagType::Id3v2).collect();
    others.sort_by_key(|tag| Some(tag.tag_type()) != main);
    for tag in others {
        let raw = if tag.tag_type() == TagType::Id3v1 { raw(tag).in_its_charset() } else { raw(tag) };
        tags.fill(raw.clean(cover(tag, cover_bytes)));
    }
    if let Some(id3) = id3 {
        tags.fill(Raw { timed_lyrics, ..raw(&id3) }.clean(cover(&id3, cover_bytes)));
    }
    tags
}

fn read_file(path: &Path, options: ParseOptions) -> Option<TaggedFile> {
    let reader = BufReader::new(File::open(path).ok()?);
    let file = Probe::new(reader).options(options).guess_file_type().ok()?.read();
    file.inspect_err(|error| tracing::debug!(%error, "lofty cannot read a file")).ok()
}

/// The front cover of a tag, or its first picture.
fn cover(tag: &Tag, cover_bytes: usize) -> Option<EmbeddedImage> {
    let pictures = || tag.pictures().iter().filter(|picture| (1..=cover_bytes).contains(&picture.data().len()));
    let front = pictures().find(|picture| picture.pic_type() == PictureType::CoverFront);
    front.or_else(|| pictures().next()).map(|picture| EmbeddedImage(picture.data().to_vec()))
}

fn raw(tag: &Tag) -> Raw {
    let all = |key: ItemKey| tag.get_strings(key).map(str::to_owned).collect::<Vec<_>>();
    let first = |key: ItemKey| tag.get_string(key).map(str::to_owned);
    Raw {
        title: first(ItemKey::TrackTitle),
        artists: all(ItemKey::TrackArtist),
        artist_list: all(ItemKey::TrackArtists),
        album: first(ItemKey::AlbumTitle),
        album_artists: Some(all(ItemKey::AlbumArtists))
            .filter(|many| !many.is_empty())
            .unwrap_or_else(|| all(ItemKey::AlbumArtist)),
        track: first(ItemKey::TrackNumber),
        track_total: first(ItemKey::TrackTotal),
        disc: first(ItemKey::DiscNumber),
        disc_total: first(ItemKey::DiscTotal),
        date: first(ItemKey::RecordingDate).or_else(|| first(ItemKey::ReleaseDate)).or_else(|| first(ItemKey::Year)),
        genres: all(ItemKey::Genre),
        isrc: first(ItemKey::Isrc),
        compilation: first(ItemKey::FlagCompilation),
        explicit: first(ItemKey::ParentalAdvisory),
        release_types: all(ItemKey::MusicBrainzReleaseType),
        artist_sort: first(ItemKey::TrackArtistSortOrder),
        album_artist_sort: first(ItemKey::AlbumArtistSortOrder),
        timed_lyrics: None,
        lyrics: first(ItemKey::Lyrics).or_else(|| first(ItemKey::UnsyncLyrics)),
        recording: first(ItemKey::MusicBrainzRecordingId),
        release: first(ItemKey::MusicBrainzReleaseId),
        release_group: first(ItemKey::MusicBrainzReleaseGroupId),
        artist_ids: all(ItemKey::MusicBrainzArtistId),
        album_artist_ids: all(ItemKey::MusicBrainzReleaseArtistId),
        details: details(tag),
    }
}

fn details(tag: &Tag) -> RawDetails {
    let all = |key: ItemKey| tag.get_strings(key).map(str::to_owned).collect::<Vec<_>>();
    let first = |key: ItemKey| tag.get_string(key).map(str::to_owned);
    let labels = all(ItemKey::Label);
    // What programs keep there for themselves has a name (`iTunNORM`).
    let mut comments = tag.get_items(ItemKey::Comment).filter(|item| item.description().is_empty());
    RawDetails {
        original_date: first(ItemKey::OriginalReleaseDate),
        composers: all(ItemKey::Composer),
        conductors: all(ItemKey::Conductor),
        work: first(ItemKey::Work),
        movement: first(ItemKey::Movement),
        movement_number: first(ItemKey::MovementNumber),
        movement_total: first(ItemKey::MovementTotal),
        labels: if labels.is_empty() { all(ItemKey::Publisher) } else { labels },
        catalog_numbers: all(ItemKey::CatalogNumber),
        barcode: first(ItemKey::Barcode),
        bpm: first(ItemKey::Bpm).or_else(|| first(ItemKey::IntegerBpm)),
        moods: all(ItemKey::Mood),
        comment: comments.find_map(|item| item.value().text().map(str::to_owned)),
        disc_subtitle: first(ItemKey::SetSubtitle),
        replay_gain: [
            ItemKey::ReplayGainTrackGain,
            ItemKey::ReplayGainTrackPeak,
            ItemKey::ReplayGainAlbumGain,
            ItemKey::ReplayGainAlbumPeak,
        ]
        .map(first),
    }
}
