//! Reads the text of a sheet: one command a line, arguments in quotes or without. What is not known is left out.

use super::{FRAMES_PER_SECOND, MAX_SHEET_BYTES, Said, Sheet, SheetFile, SheetTrack};

/// A sheet names at most so many tracks.
const MAX_TRACKS: usize = 999;

/// Why a sheet cannot be read, for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetError(String);

impl std::fmt::Display for SheetError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SheetError {}

/// Reads a sheet.
///
/// # Errors
/// When it is too long, names no file or no track with music, or when its tracks are not in order.
pub fn parse(text: &str) -> Result<Sheet, SheetError> {
    if text.len() > MAX_SHEET_BYTES {
        return Err(SheetError(format!("the sheet has more than {MAX_SHEET_BYTES} bytes")));
    }
    let mut reader = Reader::default();
    for (line, number) in text.trim_start_matches('\u{feff}').lines().zip(1..) {
        reader.read(line.trim()).map_err(|because| SheetError(format!("line {number}: {because}")))?;
    }
    reader.finish().map_err(|because| SheetError(because.to_owned()))
}

/// A track that is being read.
#[derive(Default)]
struct Open {
    track: SheetTrack,
    is_audio: bool,
    /// The file in which its music begins, and where.
    starts: Option<(usize, u64)>,
    songwriter: Option<String>,
}

#[derive(Default)]
struct Reader {
    sheet: Sheet,
    songwriter: Option<String>,
    open: Option<Open>,
}

impl Reader {
    fn read(&mut self, line: &str) -> Result<(), &'static str> {
        let (command, rest) = word(line);
        match command.to_ascii_uppercase().as_str() {
            "FILE" => {
                // A track whose gap ends the file before begins in the next one.
                let name = file_name(rest);
                self.sheet.files.push(SheetFile { name, tracks: Vec::new() });
            }
            "TRACK" => {
                self.close()?;
                let (number, kind) = word(rest);
                let number = number.parse().map_err(|_| "a track without a number")?;
                let is_audio = kind.trim().is_empty() || kind.trim().eq_ignore_ascii_case("AUDIO");
                self.open =
                    Some(Open { track: SheetTrack { number, ..SheetTrack::default() }, is_audio, ..Open::default() });
            }
            "INDEX" => {
                let (number, time) = word(rest);
                let file = self.sheet.files.len().checked_sub(1).ok_or("a time before the first FILE")?;
                let open = self.open.as_mut().ok_or("a time before the first TRACK")?;
                let at = frames(time).ok_or("this is no time: minutes, seconds and frames are MM:SS:FF")?;
                if number.parse() == Ok(1_u32) {
                    open.starts = Some((file, at));
                }
            }
            "TITLE" => self.said().title = value(rest),
            "PERFORMER" => self.said().performer = value(rest),
            "ISRC" => self.said().isrc = value(rest),
            "SONGWRITER" => *self.songwriter() = value(rest),
            "CATALOG" => self.sheet.barcode = value(rest),
            "REM" => self.remark(rest),
            _ => {}
        }
        Ok(())
    }

    fn remark(&mut self, text: &str) {
        let (name, rest) = word(text);
        match name.to_ascii_uppercase().as_str() {
            "GENRE" => self.said().genre = value(rest),
            "COMPOSER" => self.said().composer = value(rest),
            "COMMENT" => self.said().comment = value(rest),
            "DATE" => self.sheet.date = value(rest),
            "DISCNUMBER" => self.sheet.disc_number = value(rest),
            "TOTALDISCS" => self.sheet.disc_total = value(rest),
            _ => {}
        }
    }

    /// What the line is about: the track that was begun, or the album.
    fn said(&mut self) -> &mut Said {
        match &mut self.open {
            Some(open) => &mut open.track.said,
            None => &mut self.sheet.said,
        }
    }

    fn songwriter(&mut self) -> &mut Option<String> {
        match &mut self.open {
            Some(open) => &mut open.songwriter,
            None => &mut self.songwriter,
        }
    }

    /// Puts the track that was read into its file.
    fn close(&mut self) -> Result<(), &'static str> {
        let Some(mut open) = self.open.take().filter(|open| open.is_audio) else { return Ok(()) };
        let (file, start) = open.starts.ok_or("the track before has no INDEX 01")?;
        open.track.start = start;
        credit(&mut open.track.said, open.songwriter);
        let (mut earlier, number) = (self.sheet.files.iter().flat_map(|file| &file.tracks), open.track.number);
        if earlier.any(|earlier| earlier.number >= number) {
            return Err("the numbers of the tracks do not rise");
        }
        if self.sheet.track_count() >= MAX_TRACKS {
            return Err("there are too many tracks");
        }
        let tracks = &mut self.sheet.files[file].tracks;
        if tracks.last().is_some_and(|before| before.start >= start) {
            return Err("the track before begins no later than the one before it");
        }
        tracks.push(open.track);
        Ok(())
    }

    fn finish(mut self) -> Result<Sheet, &'static str> {
        self.close()?;
        credit(&mut self.sheet.said, self.songwriter);
        self.sheet.files.retain(|file| !file.tracks.is_empty());
        if self.sheet.files.is_empty() { Err("it names no track of a file") } else { Ok(self.sheet) }
    }
}

/// Who wrote a song has sung it where nobody else is named.
fn credit(said: &mut Said, songwriter: Option<String>) {
    if said.performer.is_none() {
        said.performer.clone_from(&songwriter);
    }
    said.composer = said.composer.take().or(songwriter);
}

/// The first word of a line, and the rest.
fn word(line: &str) -> (&str, &str) {
    line.split_once(char::is_whitespace).map_or((line, ""), |(word, rest)| (word, rest.trim()))
}

/// An argument, in quotes or without.
fn value(text: &str) -> Option<String> {
    let text = text.trim();
    let inner = text.strip_prefix('"').map_or(text, |text| text.strip_suffix('"').unwrap_or(text));
    Some(inner.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The name in `FILE "the name.wav" WAVE`, without folders of whichever system.
fn file_name(text: &str) -> String {
    let path = match text.strip_prefix('"').and_then(|text| text.rsplit_once('"')) {
        Some((path, _kind)) => path,
        None => text.rsplit_once(char::is_whitespace).map_or(text, |(path, _kind)| path),
    };
    path.rsplit(['/', '\\']).next().unwrap_or_default().trim().to_owned()
}

/// `MM:SS:FF`; there may be more than 99 minutes.
fn frames(text: &str) -> Option<u64> {
    let mut parts = text.trim().splitn(3, ':').map(|part| part.parse::<u64>().ok());
    let (minutes, seconds, frames) = (parts.next()??, parts.next()??, parts.next()??);
    let is_time = minutes < 100_000 && seconds < 60 && frames < FRAMES_PER_SECOND;
    is_time.then_some((minutes * 60 + seconds) * FRAMES_PER_SECOND + frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EAC: &str = "\u{feff}REM GENRE \"Trip Hop\"\r
REM DATE 1998
REM DISCID 860B640B
REM COMMENT \"ExactAudioCopy v0.99pb4\"
CATALOG 0724384559953
PERFORMER \"Massive Attack\"
TITLE \"Mezzanine \"\"live\"\"\"
REM DISCNUMBER 1
REM TOTALDISCS 2
FILE \"C:\\rips\\Mezzanine.wav\" WAVE
  TRACK 01 AUDIO
    TITLE \"Angel\"
    PERFORMER \"Massive Attack; Horace Andy\"
    ISRC GBAAA9800322
    FLAGS DCP
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE \"Risingson\"
    SONGWRITER \"Somebody\"
    INDEX 00 06:16:70
    INDEX 01 06:18:47
  TRACK 03 MODE1/2352
    INDEX 01 20:00:00
";

    #[test]
    fn a_sheet_of_an_album_in_one_file_is_read() {
        let sheet = parse(EAC).unwrap();
        assert_eq!(sheet.said.performer.as_deref(), Some("Massive Attack"));
        assert_eq!(sheet.said.genre.as_deref(), Some("Trip Hop"));
        assert_eq!((sheet.date.as_deref(), sheet.barcode.as_deref()), (Some("1998"), Some("0724384559953")));
        assert_eq!((sheet.disc_number.as_deref(), sheet.disc_total.as_deref()), (Some("1"), Some("2")));
        let [file] = &*sheet.files else { panic!("{sheet:?}") };
        assert_eq!((&*file.name, file.tracks.len()), ("Mezzanine.wav", 2), "data is no music");
        let [angel, risingson] = &*file.tracks else { panic!("{file:?}") };
        assert_eq!((angel.number, angel.start, angel.said.isrc.as_deref()), (1, 0, Some("GBAAA9800322")));
        assert_eq!((risingson.number, risingson.start), (2, (6 * 60 + 18) * 75 + 47));
        assert_eq!(risingson.said.performer.as_deref(), Some("Somebody"));
        assert_eq!(risingson.said.composer.as_deref(), Some("Somebody"));
    }

    #[test]
    fn a_sheet_of_a_file_a_track_has_gaps_at_the_ends_of_files() {
        let sheet = parse(
            "TITLE Album\nFILE 01.wav WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nTITLE Two\n\
             INDEX 00 03:10:00\nFILE \"02.wav\" WAVE\nINDEX 01 00:00:00",
        );
        let sheet = sheet.unwrap();
        let tracks: Vec<_> = sheet.files.iter().map(|file| (&*file.name, file.tracks.len())).collect();
        assert_eq!(tracks, [("01.wav", 1), ("02.wav", 1)]);
        assert_eq!(sheet.files[1].tracks[0].said.title.as_deref(), Some("Two"));
    }

    #[test]
    fn a_broken_sheet_says_where() {
        for (text, because) in [
            ("", "it names no track of a file"),
            ("PERFORMER x\nTITLE y", "it names no track of a file"),
            ("TRACK 01 AUDIO\nINDEX 01 00:00:00", "line 2: a time before the first FILE"),
            ("FILE a WAVE\nTRACK xx AUDIO", "line 2: a track without a number"),
            (
                "FILE a WAVE\nTRACK 01 AUDIO\nINDEX 01 00:61:00",
                "line 3: this is no time: minutes, seconds and frames are MM:SS:FF",
            ),
            ("FILE a WAVE\nTRACK 01 AUDIO\nTRACK 02 AUDIO", "line 3: the track before has no INDEX 01"),
            (
                "FILE a WAVE\nTRACK 01 AUDIO\nINDEX 01 01:00:00\nTRACK 02 AUDIO\nINDEX 01 00:30:00",
                "the track before begins no later than the one before it",
            ),
            (
                "FILE a WAVE\nTRACK 02 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 01 00:30:00",
                "the numbers of the tracks do not rise",
            ),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), because, "{text}");
        }
        assert!(parse(&"x".repeat(MAX_SHEET_BYTES + 1)).is_err());
    }
}
