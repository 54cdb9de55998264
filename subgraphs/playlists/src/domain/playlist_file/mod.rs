//! Playlists as files of other programs: what is written into one, and what can be made of one that somebody has.

mod jspf;
mod m3u8;
mod xspf;

use polyphony_events::TrackId;
use polyphony_names as names;

use crate::domain::{Refusal, playlist_item::MAX_ITEMS};

/// The longest file that is read, in bytes.
pub const MAX_CONTENT: usize = 1 << 20;
/// The longest text of an entry that is kept, in characters.
const MAX_TEXT: usize = 500;
/// How many ways to read one entry are tried at most.
const MAX_READINGS: usize = 8;
/// What stands between artist and title where one text has both.
const JOINT: &str = " - ";
/// What the URIs of our tracks begin with in files.
const SCHEME: &str = "polyphony:";

/// A format of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub enum FileFormat {
    /// Lines of text, which most players read. <https://en.wikipedia.org/wiki/M3U>
    M3u8,
    /// JSON. <https://www.xspf.org/jspf>
    Jspf,
    /// XML. <https://www.xspf.org/spec>
    Xspf,
}

/// A playlist that is written into a file.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its title.
    pub title: String,
    /// What it is about.
    pub description: Option<String>,
    /// Its entries, in order.
    pub lines: Vec<Line>,
}

/// An entry of a playlist that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its track.
    pub track: TrackId,
    /// What the track is called; none when it is not known, or not for the viewer to know.
    pub title: Option<String>,
    /// Who made it.
    pub artists: Vec<String>,
    /// The title of its album.
    pub album: Option<String>,
    /// How long it plays, ms.
    pub duration_ms: Option<i64>,
    /// Its International Standard Recording Code.
    pub isrc: Option<String>,
    /// The id of its recording in MusicBrainz.
    pub musicbrainz_id: Option<String>,
}

impl Line {
    /// The URIs that say which recording it is, ours first.
    fn identifiers(&self) -> Vec<String> {
        let isrc = self.isrc.iter().map(|isrc| format!("isrc:{isrc}"));
        let recording = self.musicbrainz_id.iter().map(|id| format!("https://musicbrainz.org/recording/{id}"));
        [format!("{SCHEME}{}", self.track)].into_iter().chain(isrc).chain(recording).collect()
    }

    fn creator(&self) -> Option<String> {
        (!self.artists.is_empty()).then(|| self.artists.join(", "))
    }
}

/// A playlist as a file says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Its title, when the file has one.
    pub title: Option<String>,
    /// Its entries, in order.
    pub entries: Vec<Entry>,
}

/// An entry as a file says it: which track it means is to be found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Our track, if the file was ours or has a link to it.
    pub track: Option<TrackId>,
    /// Its International Standard Recording Code.
    pub isrc: Option<String>,
    /// The id of its recording in MusicBrainz.
    pub musicbrainz_id: Option<String>,
    /// Its title, as people are told of it.
    pub title: Option<String>,
    /// Who made it, as people are told of it.
    pub artist: Option<String>,
    /// The title of its album.
    pub album: Option<String>,
    /// How long it plays, ms.
    pub duration_ms: Option<i64>,
    /// The ways in which its title and artist can be read, the most likely first: not every format keeps them apart.
    pub readings: Vec<Reading>,
}

/// A title and who made it, folded as the facts of tracks are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The title.
    pub title: String,
    /// The names that may be those of one of its artists; none when nothing says who made it.
    pub artists: Vec<String>,
}

impl Reading {
    fn of(title: &str, artist: Option<&str>) -> Option<Self> {
        let title = names::identity(title);
        (!title.is_empty()).then(|| Self { title, artists: artist.map(names).unwrap_or_default() })
    }
}

/// The names that a text may mean: all of it, and what stands between the signs that join names.
fn names(text: &str) -> Vec<String> {
    const JOINTS: [&str; 9] = [", ", "; ", ";", " & ", " / ", " feat. ", " ft. ", " featuring ", " and "];
    let whole = names::identity(text);
    let mut names = vec![whole.clone()];
    for joint in JOINTS {
        names.extend(whole.split(joint).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned));
    }
    // What stands between two different signs: "a, b & c" is three.
    let all = JOINTS.iter().fold(whole, |text, joint| text.replace(joint, "\n"));
    names.extend(all.split('\n').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned));
    names.sort();
    names.dedup();
    names
}

impl Entry {
    /// Takes what a URI says: one of ours, an ISRC, or a recording of MusicBrainz.
    fn take_uri(&mut self, uri: &str) {
        self.track = self.track.or_else(|| track_in(uri));
        let lower = uri.to_ascii_lowercase();
        if let Some((_, code)) = lower.split_once("isrc:") {
            self.isrc = self.isrc.take().or_else(|| isrc(code));
        }
        for path in ["musicbrainz.org/recording/", "musicbrainz.org/track/"] {
            if let Some((_, id)) = lower.split_once(path) {
                let id = id.get(..36).and_then(|id| uuid::Uuid::try_parse(id).ok());
                self.musicbrainz_id = self.musicbrainz_id.take().or_else(|| id.map(|id| id.hyphenated().to_string()));
            }
        }
    }

    /// Adds a way to read it.
    fn read_as(&mut self, title: &str, artist: Option<&str>) {
        let reading = Reading::of(title, artist).filter(|reading| !self.readings.contains(reading));
        if self.readings.len() < MAX_READINGS {
            self.readings.extend(reading);
        }
    }

    /// Adds the ways to read "artist - title", and keeps the first to tell people of.
    fn read_joined(&mut self, text: &str) {
        for (at, joint) in text.match_indices(JOINT).take(3) {
            let (artist, title) = (&text[..at], &text[at + joint.len()..]);
            self.read_as(title, Some(artist));
            self.title = self.title.take().or_else(|| kept(title));
            self.artist = self.artist.take().or_else(|| kept(artist));
        }
        self.read_as(text, None);
        self.title = self.title.take().or_else(|| kept(text));
    }
}

/// One of our ids, wherever in a URI it stands.
fn track_in(uri: &str) -> Option<TrackId> {
    uri.match_indices("trk_").find_map(|(at, _)| TrackId::parse(uri.get(at..at + 30)?))
}

/// An ISRC without what people put between its parts.
fn isrc(text: &str) -> Option<String> {
    let code: String = text.chars().filter(|c| *c != '-' && *c != ' ').take(12).collect();
    (code.len() == 12 && code.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| code.to_ascii_uppercase())
}

/// A text of a file, trimmed and not too long; none when it is empty.
fn kept(text: &str) -> Option<String> {
    let text: String = text.trim().chars().filter(|c| *c != '\0').take(MAX_TEXT).collect();
    (!text.is_empty()).then_some(text)
}

/// A length in milliseconds, if it is one.
fn length(ms: i64) -> Option<i64> {
    (1..=i64::from(i32::MAX)).contains(&ms).then_some(ms)
}

/// Reads a file.
///
/// # Errors
/// When it is too long, is not of this format, or has no entries or more than a playlist takes.
pub fn read(format: FileFormat, content: &str) -> Result<File, Refusal> {
    if content.len() > MAX_CONTENT {
        return Err(Refusal::ContentLength);
    }
    let content = content.trim_start_matches('\u{feff}');
    let file = match format {
        FileFormat::M3u8 => Some(m3u8::read(content)),
        FileFormat::Jspf => jspf::read(content),
        FileFormat::Xspf => xspf::read(content),
    };
    let file = file.ok_or(Refusal::ContentUnreadable)?;
    match file.entries.len() {
        0 => Err(Refusal::ContentEmpty),
        1..=MAX_ITEMS => Ok(file),
        _ => Err(Refusal::ContentEntries),
    }
}

/// Writes a file.
pub fn write(format: FileFormat, playlist: &Written) -> String {
    match format {
        FileFormat::M3u8 => m3u8::write(playlist),
        FileFormat::Jspf => jspf::write(playlist),
        FileFormat::Xspf => xspf::write(playlist),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMATS: [FileFormat; 3] = [FileFormat::M3u8, FileFormat::Jspf, FileFormat::Xspf];

    fn line(title: &str) -> Line {
        Line {
            track: TrackId::new(),
            title: Some(title.to_owned()),
            artists: vec!["Björk".to_owned(), "Tom & \"Jerry\" <x>".to_owned()],
            album: Some("A & B".to_owned()),
            duration_ms: Some(61_000),
            isrc: Some("GBAYE6800011".to_owned()),
            musicbrainz_id: Some("b1a9c0e9-d987-4042-ae91-78d6a3267d69".to_owned()),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let lines: Vec<_> = ["Jóga - Live", "a\nb\u{1}", "<&>\"'", "]]>"].iter().map(|title| line(title)).collect();
        let untold = Line { title: None, artists: Vec::new(), album: None, duration_ms: None, ..line("") };
        let lines = [lines, vec![untold]].concat();
        let written = Written { title: "Rain & Snow".to_owned(), description: Some("x".to_owned()), lines };
        for format in FORMATS {
            let file = read(format, &write(format, &written)).unwrap();
            assert_eq!(file.title.as_deref(), Some("Rain & Snow"), "{format:?}");
            let tracks: Vec<_> = file.entries.iter().map(|entry| entry.track.unwrap()).collect();
            assert_eq!(tracks, written.lines.iter().map(|line| line.track).collect::<Vec<_>>(), "{format:?}");
            let first = &file.entries[0];
            assert_eq!((first.duration_ms, first.album.as_deref()), (Some(61_000), Some("A & B")), "{format:?}");
            if format != FileFormat::M3u8 {
                assert_eq!(first.isrc.as_deref(), Some("GBAYE6800011"));
                assert_eq!(first.musicbrainz_id, line("").musicbrainz_id);
                assert_eq!(file.entries[2].title.as_deref(), Some("<&>\"'"));
            }
        }
    }

    #[test]
    fn what_is_no_file_of_the_format_is_refused() {
        for (format, content) in [
            (FileFormat::Jspf, "[]"),
            (FileFormat::Jspf, "{"),
            (FileFormat::Jspf, "{\"playlist\": 3}"),
            (FileFormat::Xspf, "<playlist"),
            (FileFormat::Xspf, "<html/>"),
            (FileFormat::Xspf, ""),
        ] {
            assert_eq!(read(format, content), Err(Refusal::ContentUnreadable), "{content}");
        }
        for (format, content) in [
            (FileFormat::M3u8, "#EXTM3U\n\n"),
            (FileFormat::Jspf, "{\"playlist\": {\"track\": []}}"),
            (FileFormat::Xspf, "<playlist><trackList/></playlist>"),
        ] {
            assert_eq!(read(format, content), Err(Refusal::ContentEmpty), "{content}");
        }
        let long = "x.mp3\n".repeat(10_001);
        assert_eq!(read(FileFormat::M3u8, &long), Err(Refusal::ContentEntries));
        assert_eq!(read(FileFormat::M3u8, &"x".repeat(MAX_CONTENT + 1)), Err(Refusal::ContentLength));
    }

    #[test]
    fn entities_of_xml_are_never_expanded_and_depth_harms_nobody() {
        let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;\">]>\
                    <playlist><trackList><track><title>&b;</title></track></trackList></playlist>";
        assert_eq!(read(FileFormat::Xspf, bomb), Err(Refusal::ContentUnreadable));
        let deep = "<a>".repeat(300_000);
        assert_eq!(read(FileFormat::Xspf, &deep), Err(Refusal::ContentUnreadable));
        let deep = format!("{}{}", "<a>".repeat(140_000), "</a>".repeat(140_000));
        assert_eq!(read(FileFormat::Xspf, &deep), Err(Refusal::ContentUnreadable));
        assert_eq!(read(FileFormat::Jspf, &"[".repeat(500_000)), Err(Refusal::ContentUnreadable));
    }

    #[test]
    fn joined_names_are_taken_apart() {
        assert_eq!(names("Simon & Garfunkel"), ["garfunkel", "simon", "simon & garfunkel"]);
        assert!(names("A, B & C").iter().any(|name| name == "b"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_whatsoever_makes_reading_fall_over(content in ".{0,400}") {
            for format in FORMATS {
                let _ = read(format, &content);
            }
        }
    }
}
