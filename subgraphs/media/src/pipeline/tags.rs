//! What a file says about itself: title, artists, album, cover and identifiers, read by `lofty` and, where that finds
//! nothing, taken from what `ffprobe` saw. Everything is foreign text: cleaned, bounded, and never a reason to fail.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use lofty::config::{ParseOptions, ParsingMode};
use lofty::file::TaggedFileExt;
use lofty::picture::PictureType;
use lofty::probe::Probe;
use lofty::tag::{ItemKey, Tag};

use super::{Limits, SourceInfo};

const MAX_TEXT_CHARS: usize = 500;
const MAX_LYRICS_CHARS: usize = 50_000;
const MAX_VALUES: usize = 32;
const MAX_NUMBER: u32 = 9_999;

/// A file's tags. Everything may be missing; lists keep the file's order and hold no value twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// Title of the track.
    pub title: Option<String>,
    /// Artists of the track, one per value.
    pub artists: Vec<String>,
    /// Title of the album.
    pub album: Option<String>,
    /// Artists of the album.
    pub album_artists: Vec<String>,
    /// Place on its disc, from 1.
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
    /// Lyrics, plain or with LRC time stamps.
    pub lyrics: Option<String>,
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
    let work = tokio::task::spawn_blocking(move || read_with_lofty(&path, cover_bytes));
    let mut tags = match tokio::time::timeout(limits.probe_wall, work).await {
        Ok(Ok(Some(tags))) => tags,
        Ok(Ok(None)) => Tags::default(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "reading tags panicked");
            Tags::default()
        }
        Err(_) => {
            tracing::warn!("reading tags took too long");
            Tags::default()
        }
    };
    tags.fill(from_ffprobe(info));
    tags
}

/// A file can bear several tags (`ID3v2`, APE, `ID3v1`); the main one comes first, the others fill its gaps.
fn read_with_lofty(path: &Path, cover_bytes: usize) -> Option<Tags> {
    let options = ParseOptions::new().read_properties(false).parsing_mode(ParsingMode::BestAttempt);
    let reader = BufReader::new(File::open(path).ok()?);
    let file = Probe::new(reader).options(options).guess_file_type().ok()?.read();
    let file = file.inspect_err(|error| tracing::debug!(%error, "lofty cannot read a file")).ok()?;
    let main = file.primary_tag().into_iter();
    let others = file.tags().iter().filter(|tag| tag.tag_type() != file.primary_tag_type());
    let mut tags = Tags::default();
    for tag in main.chain(others) {
        tags.fill(from_lofty(tag, cover_bytes));
    }
    Some(tags)
}

fn from_lofty(tag: &Tag, cover_bytes: usize) -> Tags {
    let all = |key: ItemKey| tag.get_strings(key).map(str::to_owned).collect::<Vec<_>>();
    let first = |key: ItemKey| tag.get_string(key).map(str::to_owned);
    let plural = |many: ItemKey, one: ItemKey| Some(all(many)).filter(|v| !v.is_empty()).unwrap_or_else(|| all(one));
    let pictures = || tag.pictures().iter().filter(|picture| (1..=cover_bytes).contains(&picture.data().len()));
    let front = pictures().find(|picture| picture.pic_type() == PictureType::CoverFront);
    Raw {
        title: first(ItemKey::TrackTitle),
        artists: plural(ItemKey::TrackArtists, ItemKey::TrackArtist),
        album: first(ItemKey::AlbumTitle),
        album_artists: plural(ItemKey::AlbumArtists, ItemKey::AlbumArtist),
        track: first(ItemKey::TrackNumber),
        track_total: first(ItemKey::TrackTotal),
        disc: first(ItemKey::DiscNumber),
        disc_total: first(ItemKey::DiscTotal),
        date: first(ItemKey::RecordingDate).or_else(|| first(ItemKey::ReleaseDate)).or_else(|| first(ItemKey::Year)),
        genres: all(ItemKey::Genre),
        isrc: first(ItemKey::Isrc),
        compilation: first(ItemKey::FlagCompilation),
        lyrics: first(ItemKey::Lyrics).or_else(|| first(ItemKey::UnsyncLyrics)),
        recording: first(ItemKey::MusicBrainzRecordingId),
        release: first(ItemKey::MusicBrainzReleaseId),
        release_group: first(ItemKey::MusicBrainzReleaseGroupId),
        artist_ids: all(ItemKey::MusicBrainzArtistId),
        album_artist_ids: all(ItemKey::MusicBrainzReleaseArtistId),
    }
    .clean(front.or_else(|| pictures().next()).map(|picture| EmbeddedImage(picture.data().to_vec())))
}

fn from_ffprobe(info: &SourceInfo) -> Tags {
    let first = |keys: &[&str]| keys.iter().find_map(|key| info.tags.get(*key).cloned());
    let all = |keys: &[&str]| first(keys).into_iter().collect::<Vec<_>>();
    Raw {
        title: first(&["title"]),
        artists: all(&["artists", "artist", "author"]),
        album: first(&["album"]),
        album_artists: all(&["album_artist", "albumartist"]),
        track: first(&["track", "part_number"]),
        track_total: first(&["tracktotal", "totaltracks"]),
        disc: first(&["disc"]),
        disc_total: first(&["disctotal", "totaldiscs"]),
        date: first(&["date", "year", "date_released"]),
        genres: all(&["genre"]),
        isrc: first(&["isrc", "tsrc"]),
        compilation: first(&["compilation"]),
        lyrics: first(&["lyrics", "unsyncedlyrics"]),
        recording: first(&["musicbrainz_trackid", "musicbrainz track id"]),
        release: first(&["musicbrainz_albumid", "musicbrainz album id"]),
        release_group: first(&["musicbrainz_releasegroupid", "musicbrainz release group id"]),
        artist_ids: all(&["musicbrainz_artistid", "musicbrainz artist id"]),
        album_artist_ids: all(&["musicbrainz_albumartistid", "musicbrainz album artist id"]),
    }
    .clean(None)
}

/// Tags as they were found, in foreign text.
struct Raw {
    title: Option<String>,
    artists: Vec<String>,
    album: Option<String>,
    album_artists: Vec<String>,
    track: Option<String>,
    track_total: Option<String>,
    disc: Option<String>,
    disc_total: Option<String>,
    date: Option<String>,
    genres: Vec<String>,
    isrc: Option<String>,
    compilation: Option<String>,
    lyrics: Option<String>,
    recording: Option<String>,
    release: Option<String>,
    release_group: Option<String>,
    artist_ids: Vec<String>,
    album_artist_ids: Vec<String>,
}

impl Raw {
    fn clean(self, cover: Option<EmbeddedImage>) -> Tags {
        let (track_number, track_total) = place(self.track, self.track_total);
        let (disc_number, disc_total) = place(self.disc, self.disc_total);
        Tags {
            title: self.title.and_then(text),
            artists: values(self.artists),
            album: self.album.and_then(text),
            album_artists: values(self.album_artists),
            track_number,
            track_total,
            disc_number,
            disc_total,
            date: self.date.and_then(|date| partial_date(&date)),
            genres: values(self.genres),
            isrc: self.isrc.and_then(|isrc| parse_isrc(&isrc)),
            musicbrainz: MusicBrainz {
                recording: self.recording.and_then(|id| uuid(&id)),
                release: self.release.and_then(|id| uuid(&id)),
                release_group: self.release_group.and_then(|id| uuid(&id)),
                artists: uuids(self.artist_ids),
                album_artists: uuids(self.album_artist_ids),
            },
            compilation: self.compilation.is_some_and(|flag| matches!(flag.trim(), "1" | "true" | "True")),
            lyrics: self.lyrics.and_then(lyrics),
            cover,
        }
    }
}

impl Tags {
    /// Takes from `other` what is missing here.
    fn fill(&mut self, other: Self) {
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
        self.lyrics = self.lyrics.take().or(other.lyrics);
        self.cover = self.cover.take().or(other.cover);
        self.compilation |= other.compilation;
        lists(&mut self.artists, other.artists);
        lists(&mut self.album_artists, other.album_artists);
        lists(&mut self.genres, other.genres);
        let (ours, theirs) = (&mut self.musicbrainz, other.musicbrainz);
        ours.recording = ours.recording.take().or(theirs.recording);
        ours.release = ours.release.take().or(theirs.release);
        ours.release_group = ours.release_group.take().or(theirs.release_group);
        lists(&mut ours.artists, theirs.artists);
        lists(&mut ours.album_artists, theirs.album_artists);
    }
}

/// One line of bounded length, without control characters; nothing left is no value.
fn text(raw: String) -> Option<String> {
    let words: Vec<&str> = raw.split(|c: char| c.is_control() || c.is_whitespace()).filter(|w| !w.is_empty()).collect();
    let clean: String = words.join(" ").chars().take(MAX_TEXT_CHARS).collect();
    Some(clean).filter(|clean| !clean.is_empty())
}

fn lyrics(raw: String) -> Option<String> {
    let lines = raw.replace("\r\n", "\n").replace('\r', "\n");
    let clean: String = lines.chars().filter(|&c| c == '\n' || !c.is_control()).take(MAX_LYRICS_CHARS).collect();
    Some(clean.trim().to_owned()).filter(|clean| !clean.is_empty())
}

/// Several values, also where a tagger has joined them by `;` or NUL. A slash is part of names (AC/DC).
fn values(raw: Vec<String>) -> Vec<String> {
    let mut values = Vec::new();
    for value in raw.iter().flat_map(|joined| joined.split([';', '\0'])).filter_map(|value| text(value.to_owned())) {
        if values.len() < MAX_VALUES && !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

/// A number and a total, also as `3/12`.
fn place(number: Option<String>, total: Option<String>) -> (Option<u32>, Option<u32>) {
    let parse = |text: &str| text.trim().parse().ok().filter(|n| (1..=MAX_NUMBER).contains(n));
    let number = number.unwrap_or_default();
    let (number, own_total) = number.split_once('/').unwrap_or((&number, ""));
    (parse(number), total.as_deref().and_then(parse).or_else(|| parse(own_total)))
}

fn partial_date(raw: &str) -> Option<String> {
    let digits = |range: std::ops::Range<usize>, within: std::ops::RangeInclusive<u32>| {
        let part = raw.trim().get(range).filter(|part| part.bytes().all(|b| b.is_ascii_digit()))?;
        part.parse().is_ok_and(|n| within.contains(&n)).then_some(part)
    };
    let separated = |at: usize| raw.trim().as_bytes().get(at) == Some(&b'-');
    let year = digits(0..4, 1..=9999)?;
    let month = digits(5..7, 1..=12).filter(|_| separated(4));
    let day = digits(8..10, 1..=31).filter(|_| separated(7));
    Some(match (month, day) {
        (Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        (Some(month), None) => format!("{year}-{month}"),
        (None, _) => year.to_owned(),
    })
}

fn parse_isrc(raw: &str) -> Option<String> {
    let isrc: String = raw.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_uppercase();
    Some(isrc).filter(|isrc| isrc.len() == 12)
}

fn uuid(raw: &str) -> Option<String> {
    uuid::Uuid::try_parse(raw.trim()).ok().map(|id| id.hyphenated().to_string())
}

fn uuids(raw: Vec<String>) -> Vec<String> {
    values(raw.into_iter().map(|joined| joined.replace('/', ";")).collect()).iter().filter_map(|id| uuid(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_one_bounded_line_or_nothing() {
        assert_eq!(text(" a\0b\n\tc ".to_owned()).as_deref(), Some("a b c"));
        assert_eq!(text("\u{7}\n ".to_owned()), None);
        assert_eq!(text("é".repeat(1000)).map(|t| t.chars().count()), Some(MAX_TEXT_CHARS));
    }

    #[test]
    fn joined_artists_are_several_and_a_slash_is_part_of_a_name() {
        assert_eq!(values(vec!["A; B\0A".into(), "AC/DC".into()]), ["A", "B", "AC/DC"]);
    }

    #[test]
    fn numbers_may_bear_their_total() {
        assert_eq!(place(Some("03/12".into()), None), (Some(3), Some(12)));
        assert_eq!(place(Some("0".into()), Some("x".into())), (None, None));
        assert_eq!(place(Some("99999999999".into()), Some("7".into())), (None, Some(7)));
    }

    #[test]
    fn dates_keep_what_is_certain() {
        let dates = ["2003", "2003-05", "2003-05-01T00:00:00Z", "2003-99-01", "20030501", "May 2003", "é003"];
        let expected = [Some("2003"), Some("2003-05"), Some("2003-05-01"), Some("2003"), Some("2003"), None, None];
        assert_eq!(dates.map(partial_date), expected.map(|date| date.map(str::to_owned)));
    }

    #[test]
    fn identifiers_are_normalised_or_dropped() {
        assert_eq!(parse_isrc("us-abc-12-34567").as_deref(), Some("USABC1234567"));
        assert_eq!(parse_isrc("short"), None);
        assert_eq!(uuid("not an id"), None);
    }

    #[test]
    fn the_main_tag_wins_and_others_fill_its_gaps() {
        let mut tags = Tags { title: Some("main".into()), ..Tags::default() };
        tags.fill(Tags { title: Some("other".into()), artists: vec!["A".into()], ..Tags::default() });
        assert_eq!((tags.title.as_deref(), tags.artists.len()), (Some("main"), 1));
    }
}
