//! Tags as containers give them, and how they are cleaned.

use polyphony_formats::charset;

use super::{
    EmbeddedImage, MusicBrainz, Tags,
    details::RawDetails,
    number::{numbered, total_of},
};

const MAX_TEXT_CHARS: usize = 500;
const MAX_LYRICS_CHARS: usize = 50_000;
const MAX_VALUES: usize = 32;
/// What joins names where the number of ids says that they are several; all of these are parts of names as well.
const JOINTS: [&str; 14] =
    ["/", "; ", ", ", " & ", " and ", " x ", " X ", " vs. ", " with ", " feat. ", " ft. ", "、", "／", "，"];

/// Tags as they were found, in foreign text.
#[derive(Default)]
pub(in crate::pipeline) struct Raw {
    pub(in crate::pipeline) title: Option<String>,
    pub(in crate::pipeline) artists: Vec<String>,
    /// The artists once more, told apart (`ARTISTS`).
    pub(in crate::pipeline) artist_list: Vec<String>,
    pub(in crate::pipeline) album: Option<String>,
    pub(in crate::pipeline) album_artists: Vec<String>,
    pub(in crate::pipeline) track: Option<String>,
    pub(in crate::pipeline) track_total: Option<String>,
    pub(in crate::pipeline) disc: Option<String>,
    pub(in crate::pipeline) disc_total: Option<String>,
    pub(in crate::pipeline) date: Option<String>,
    pub(in crate::pipeline) genres: Vec<String>,
    pub(in crate::pipeline) isrc: Option<String>,
    pub(in crate::pipeline) compilation: Option<String>,
    pub(in crate::pipeline) explicit: Option<String>,
    pub(in crate::pipeline) release_types: Vec<String>,
    pub(in crate::pipeline) artist_sort: Option<String>,
    pub(in crate::pipeline) album_artist_sort: Option<String>,
    pub(in crate::pipeline) timed_lyrics: Option<String>,
    pub(in crate::pipeline) lyrics: Option<String>,
    pub(in crate::pipeline) recording: Option<String>,
    pub(in crate::pipeline) release: Option<String>,
    pub(in crate::pipeline) release_group: Option<String>,
    pub(in crate::pipeline) artist_ids: Vec<String>,
    pub(in crate::pipeline) album_artist_ids: Vec<String>,
    pub(in crate::pipeline) details: RawDetails,
}

impl Raw {
    /// The tags, cleaned and bounded.
    pub(in crate::pipeline) fn clean(self, cover: Option<EmbeddedImage>) -> Tags {
        let (track, disc) = (self.track.as_deref().map(numbered), self.disc.as_deref().map(numbered));
        let (track, disc) = (track.unwrap_or_default(), disc.unwrap_or_default());
        let artist_ids = uuids(self.artist_ids);
        let album_artist_ids = uuids(self.album_artist_ids);
        let artists = told_apart(values(self.artists), values(self.artist_list), artist_ids.len());
        let album_artists = told_apart(values(self.album_artists), Vec::new(), album_artist_ids.len());
        Tags {
            title: self.title.and_then(text),
            artists,
            album: self.album.and_then(text),
            album_artists,
            track_number: track.number,
            track_total: self.track_total.as_deref().and_then(total_of).or(track.total),
            // Sides of records are told apart as discs are.
            disc_number: track.side.or(disc.number.filter(|number| *number > 0)).or(track.disc),
            disc_total: self.disc_total.as_deref().and_then(total_of).or(disc.total).filter(|_| track.side.is_none()),
            date: self.date.and_then(|date| partial_date(&date)),
            genres: values(self.genres),
            isrc: self.isrc.and_then(|isrc| parse_isrc(&isrc)),
            musicbrainz: MusicBrainz {
                recording: self.recording.and_then(|id| uuid(&id)),
                release: self.release.and_then(|id| uuid(&id)),
                release_group: self.release_group.and_then(|id| uuid(&id)),
                artists: artist_ids,
                album_artists: album_artist_ids,
            },
            compilation: self.compilation.is_some_and(|flag| matches!(flag.trim(), "1" | "true" | "True")),
            explicit: self.explicit.and_then(|advisory| explicit(&advisory)),
            release_types: release_types(self.release_types),
            artist_sort: self.artist_sort.and_then(text),
            album_artist_sort: self.album_artist_sort.and_then(text),
            lyrics: self.timed_lyrics.and_then(lyrics).or_else(|| self.lyrics.and_then(lyrics)),
            details: self.details.clean(),
            cover,
        }
    }

    /// The tags whose texts were all read as Latin-1, in the charset that they are in.
    pub(super) fn in_its_charset(self) -> Self {
        let texts = || self.artists.iter().chain(&self.title).chain(&self.album);
        let bytes: Vec<Vec<u8>> = texts().filter_map(|text| charset::latin1_bytes(text)).collect();
        let Some(found) = charset::detect(bytes.iter().map(Vec::as_slice)) else { return self };
        let again = |text: String| charset::reread(&text, found);
        Self {
            title: self.title.map(again),
            artists: self.artists.into_iter().map(again).collect(),
            album: self.album.map(again),
            ..self
        }
    }
}

/// A text of others as one line.
pub(in crate::pipeline) fn line(raw: &str) -> Option<String> {
    text(raw.to_owned())
}

/// One line of bounded length, without control characters; nothing left is no value.
pub(super) fn text(raw: String) -> Option<String> {
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
pub(super) fn values(raw: Vec<String>) -> Vec<String> {
    let mut values = Vec::new();
    for value in raw.iter().flat_map(|joined| joined.split([';', '\0'])).filter_map(|value| text(value.to_owned())) {
        if values.len() < MAX_VALUES && !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

/// The artists, each by itself. What a separate list names is taken; where taggers of ID3v2.3 have joined several by a slash,
/// which is part of names as well, there must be as many as ids, or the other field must name them all otherwise.
fn told_apart(artists: Vec<String>, list: Vec<String>, ids: usize) -> Vec<String> {
    let given = if list.is_empty() { &artists } else { &list };
    let [joined] = given.as_slice() else { return given.clone() };
    let as_many_as_ids = JOINTS.into_iter().find_map(|joint| {
        let parts = values(joined.split(joint).map(str::to_owned).collect());
        (ids > 1 && parts.len() == ids).then_some(parts)
    });
    if let Some(parts) = as_many_as_ids {
        return parts;
    }
    let parts = values(joined.split('/').map(str::to_owned).collect());
    let is_otherwise =
        |whole: &String| !whole.contains(joined.as_str()) && parts.iter().all(|part| whole.contains(part.as_str()));
    let is_list = !list.is_empty() && ids != 1 && parts.len() > 1 && artists.iter().any(is_otherwise);
    if is_list { parts } else { given.clone() }
}

/// Whether words are explicit: what iTunes writes, and what ID3 taggers copy from it (0 none, 1 or 4 explicit, 2 cleaned).
fn explicit(advisory: &str) -> Option<bool> {
    match advisory.trim().to_ascii_lowercase().as_str() {
        "1" | "4" | "explicit" | "true" => Some(true),
        "0" | "2" | "clean" | "cleaned" | "false" | "none" => Some(false),
        _ => None,
    }
}

/// Kinds of release, also where several stand in one text: `album; compilation`, `Album/Live`.
fn release_types(raw: Vec<String>) -> Vec<String> {
    values(raw.into_iter().map(|joined| joined.to_lowercase().replace(['/', ',', '+'], ";")).collect())
}

/// Whether lyrics have times: a line that begins like `[01:23`.
pub(super) fn is_timed(lyrics: &str) -> bool {
    lyrics.lines().any(|line| {
        let bytes = line.trim_start().as_bytes();
        matches!(bytes, [b'[', b'0'..=b'9', b'0'..=b'9', b':', b'0'..=b'9', b'0'..=b'9', ..])
    })
}

pub(super) fn partial_date(raw: &str) -> Option<String> {
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
    fn artists_joined_by_a_slash_are_several_where_something_says_so() {
        let apart =
            |artists: &str, list: &str, ids| told_apart(values(vec![artists.into()]), values(vec![list.into()]), ids);
        assert_eq!(apart("Alpha/Beta", "Alpha/Beta", 2), ["Alpha", "Beta"]);
        assert_eq!(apart("Alpha/Beta", "", 2), ["Alpha", "Beta"]);
        assert_eq!(apart("Alpha & Beta x Gamma", "", 3), ["Alpha & Beta x Gamma"], "no separator gives three");
        assert_eq!(apart("Alpha, Beta, Gamma", "", 3), ["Alpha", "Beta", "Gamma"]);
        assert_eq!(apart("Alpha vs. Beta", "", 2), ["Alpha", "Beta"]);
        assert_eq!(apart("Gamma feat. Delta", "Gamma/Delta", 0), ["Gamma", "Delta"]);
        assert_eq!(apart("AC/DC", "", 1), ["AC/DC"]);
        assert_eq!(apart("AC/DC", "AC/DC", 0), ["AC/DC"]);
        assert_eq!(apart("Simon & Garfunkel", "", 1), ["Simon & Garfunkel"]);
        assert_eq!(apart("A feat. B", "A; B", 0), ["A", "B"]);
    }

    #[test]
    fn sides_of_a_record_are_its_discs() {
        let place = |track: &str, disc: Option<&str>| {
            let raw = Raw { track: Some(track.into()), disc: disc.map(Into::into), ..Raw::default() };
            let tags = raw.clean(None);
            (tags.disc_number, tags.track_number)
        };
        assert_eq!(place("B2", None), (Some(2), Some(2)));
        assert_eq!(place("C1", Some("2")), (Some(3), Some(1)));
        assert_eq!(place("1-06", None), (Some(1), Some(6)));
        assert_eq!(place("1-06", Some("2/2")), (Some(2), Some(6)));
        assert_eq!(place("0", Some("0")), (None, Some(0)));
    }

    #[test]
    fn advisories_and_kinds_of_release_are_read_as_taggers_write_them() {
        let advisories = ["1", "4", "2", "0", "", "x"].map(explicit);
        assert_eq!(advisories, [Some(true), Some(true), Some(false), Some(false), None, None]);
        assert_eq!(release_types(vec!["Album; Compilation".into()]), ["album", "compilation"]);
        assert_eq!(release_types(vec!["EP".into(), "live".into()]), ["ep", "live"]);
    }

    #[test]
    fn lyrics_with_times_are_told_from_others() {
        assert!(is_timed("[ar:Somebody]\n[00:12.50]La"));
        assert!(!is_timed("[Chorus]\nLa la [00:12]"));
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
}
