//! Which tracks a file holds: by the cue sheet that came with it, or by the one inside it.

mod cuesheet_block;
mod sheet_tags;

use std::path::Path;

use polyphony_formats::cue::{self, FRAMES_PER_SECOND, Sheet, SheetFile};

use super::{SourceInfo, Tags};

/// Where and what a track of a file is.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its first sample.
    pub start: u64,
    /// The first sample that is not of it; none for the last one, which goes on to the end.
    pub end: Option<u64>,
    /// What it says of itself.
    pub tags: Tags,
}

/// What a sheet makes of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Division {
    /// It is one track, of which the sheet may say more.
    Whole(Box<Tags>),
    /// It is several, in order: the first begins at the first sample, and each where the one before ends.
    Parts(Vec<Part>),
}

/// A file, and what may divide it.
#[derive(Clone, Copy, Debug)]
pub struct Divided<'a> {
    /// The file.
    pub path: &'a Path,
    /// Its name, as the sheet may call it.
    pub name: &'a str,
    /// The sheet beside it.
    pub sheet: Option<&'a str>,
    /// What it is.
    pub info: &'a SourceInfo,
    /// What it says of itself: whatever the sheet does not say of the album.
    pub tags: &'a Tags,
}

/// Reads the sheet beside the file, else the one in its tags, else the `CUESHEET` block of FLAC. Without any the file is whole.
/// The error is a sentence for a person: the sheet is broken, or does not fit the file, which is one track then.
pub fn divide(file: Divided<'_>) -> Result<Division, String> {
    if let Some(text) = file.sheet {
        return by_text(&file, text);
    }
    let Some(text) = file.info.tags.get("cuesheet") else { return by_block(&file) };
    match by_text(&file, text) {
        // Of a single track the sheet says what the file's own tags say better.
        Ok(Division::Whole(_)) => Ok(whole()),
        Err(because) => match by_block(&file) {
            Ok(Division::Parts(parts)) => Ok(Division::Parts(parts)),
            _ => Err(because),
        },
        parts => parts,
    }
}

/// As many as a CD has at most. Each is decoded from the file's beginning.
const MAX_TRACKS: usize = 99;

/// How much audio may be decoded for all tracks of one file: 200 hours.
const MAX_DECODED_SECONDS: f64 = 720_000.0;
/// No file is longer than 12 hours.
const MAX_SECONDS: f64 = 43_200.0;

fn whole() -> Division {
    Division::Whole(Box::default())
}

fn by_text(file: &Divided<'_>, text: &str) -> Result<Division, String> {
    let sheet = cue::parse(text).map_err(|error| error.to_string())?;
    let part = sheet.file(file.name).ok_or("the sheet does not name this file")?;
    if let [only] = part.tracks.as_slice() {
        return Ok(Division::Whole(Box::new(sheet_tags::of_track(&sheet, only))));
    }
    let starts = starts(part, file.info)?;
    let tags = part.tracks.iter().map(|track| {
        let mut tags = sheet_tags::of_track(&sheet, track);
        tags.fill(sheet_tags::of_album(file.tags));
        tags
    });
    Ok(Division::Parts(parts(&starts, tags)))
}

/// The first samples of the tracks.
fn starts(file: &SheetFile, info: &SourceInfo) -> Result<Vec<u64>, String> {
    let rate = u64::from(info.sample_rate);
    let sample = |frames: u64| (frames * rate + FRAMES_PER_SECOND / 2) / FRAMES_PER_SECOND;
    let starts: Vec<u64> = file.tracks.iter().map(|track| sample(track.start)).collect();
    fits(&starts, info)?;
    Ok(starts)
}

fn fits(starts: &[u64], info: &SourceInfo) -> Result<(), String> {
    if starts.len() > MAX_TRACKS {
        return Err(format!(
            "the sheet names {} tracks, and a file is divided into at most {MAX_TRACKS}",
            starts.len()
        ));
    }
    if starts.windows(2).any(|pair| pair[1].saturating_sub(pair[0]) < u64::from(info.sample_rate)) {
        return Err("the sheet names a track that is shorter than a second".to_owned());
    }
    let last = starts.last().copied().unwrap_or_default() as f64 / f64::from(info.sample_rate);
    let length = info.duration_ms.map(|ms| ms as f64 / 1000.0);
    if length.is_some_and(|length| length * starts.len() as f64 > MAX_DECODED_SECONDS) {
        let message = "of so long a file it names more tracks than can be decoded, each from the file's beginning";
        return Err(format!("{message}: {}", starts.len()));
    }
    // Where the file does not say how long it is, it is as long as any may be.
    match length.or(Some(MAX_SECONDS)).filter(|length| last >= *length) {
        Some(length) => Err(format!(
            "the sheet is of another file: its last track begins at {last:.0} s, and the file ends at {length:.0} s"
        )),
        None => Ok(()),
    }
}

fn by_block(file: &Divided<'_>) -> Result<Division, String> {
    let block = if file.info.container == "flac" { cuesheet_block::read(file.path) } else { None };
    let Some(tracks) = block.filter(|tracks| tracks.len() > 1) else { return Ok(whole()) };
    let starts: Vec<u64> = tracks.iter().map(|track| track.start).collect();
    fits(&starts, file.info)?;
    let sheet = Sheet::default();
    let tags = tracks.iter().map(|track| {
        let mut tags = sheet_tags::of_track(&sheet, &track.told);
        tags.track_total = u32::try_from(tracks.len()).ok();
        tags.fill(sheet_tags::of_album(file.tags));
        tags
    });
    Ok(Division::Parts(parts(&starts, tags)))
}

/// What is before the first track is of it: nothing of the file is lost.
fn parts(starts: &[u64], tags: impl Iterator<Item = Tags>) -> Vec<Part> {
    let starts: Vec<u64> = std::iter::once(0).chain(starts.iter().skip(1).copied()).collect();
    let ends = starts.iter().skip(1).copied().map(Some).chain([None]);
    starts.iter().zip(ends).zip(tags).map(|((start, end), tags)| Part { start: *start, end, tags }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(sample_rate: u32, seconds: u64, sheet: Option<&str>) -> SourceInfo {
        SourceInfo {
            container: "wav".to_owned(),
            codec: "pcm_s16le".to_owned(),
            lossless: true,
            sample_rate,
            channels: 2,
            bits: Some(16),
            bitrate_kbps: None,
            duration_ms: Some(seconds * 1000),
            bytes: 1,
            has_video: false,
            audio_stream: 0,
            cover_stream: None,
            chapters: Vec::new(),
            tags: sheet.map(|sheet| ("cuesheet".to_owned(), sheet.to_owned())).into_iter().collect(),
        }
    }

    fn divided(sheet: Option<&str>, info: &SourceInfo, tags: &Tags) -> Result<Division, String> {
        divide(Divided { path: Path::new("/nowhere"), name: "album.flac", sheet, info, tags })
    }

    const SHEET: &str = "PERFORMER A\nTITLE Album\nFILE album.wav WAVE\nTRACK 01 AUDIO\nTITLE One\nINDEX 01 00:00:32\n\
                         TRACK 02 AUDIO\nTITLE Two\nPERFORMER \"B; C\"\nINDEX 00 00:09:00\nINDEX 01 00:10:01";

    #[test]
    fn tracks_begin_where_their_music_does_and_nothing_is_lost() {
        let own = Tags { date: Some("1999".to_owned()), title: Some("ignored".to_owned()), ..Tags::default() };
        for (sheet, tag) in [(Some(SHEET), None), (None, Some(SHEET))] {
            let Ok(Division::Parts(parts)) = divided(sheet, &info(44_100, 20, tag), &own) else { panic!("{sheet:?}") };
            let [one, two] = &*parts else { panic!("{parts:?}") };
            assert_eq!((one.start, one.end, two.start, two.end), (0, Some(441_588), 441_588, None));
            assert_eq!((one.tags.title.as_deref(), one.tags.track_number), (Some("One"), Some(1)));
            assert_eq!((one.tags.artists.join("|"), two.tags.artists.join("|")), ("A".to_owned(), "B|C".to_owned()));
            assert_eq!((two.tags.album.as_deref(), two.tags.track_total), (Some("Album"), Some(2)));
            assert_eq!((two.tags.album_artists.join("|"), two.tags.date.as_deref()), ("A".to_owned(), Some("1999")));
        }
        let Ok(Division::Parts(parts)) = divided(Some(SHEET), &info(8_000, 20, None), &own) else { panic!() };
        assert_eq!(parts[1].start, 80_107, "rates that no frame divides are rounded");
    }

    #[test]
    fn a_sheet_that_does_not_fit_leaves_the_file_whole() {
        let tags = Tags::default();
        let because = divided(Some(SHEET), &info(44_100, 5, None), &tags).unwrap_err();
        assert_eq!(because, "the sheet is of another file: its last track begins at 10 s, and the file ends at 5 s");
        assert_eq!(divided(None, &info(44_100, 5, None), &tags), Ok(whole()));
        // Without a length nothing may begin behind the longest that a file may be.
        let unknown = SourceInfo { duration_ms: None, ..info(44_100, 5, None) };
        let late = SHEET.replace("00:10:01", "00:10:01\nTRACK 03 AUDIO\nINDEX 01 800:00:00");
        assert!(divided(Some(SHEET), &unknown, &tags).is_ok());
        assert!(divided(Some(&late), &unknown, &tags).unwrap_err().contains("43200"));
        let many: Vec<String> = (1..=60).map(|n| format!("TRACK {n} AUDIO\nINDEX 01 {n}:00:00")).collect();
        let many = format!("FILE album.wav WAVE\n{}\n", many.join("\n"));
        assert!(divided(Some(&many), &info(8_000, 3 * 3_600, None), &tags).is_ok());
        assert!(divided(Some(&many), &info(8_000, 4 * 3_600, None), &tags).unwrap_err().ends_with(": 60"));
        let others =
            "FILE x.wav WAVE\nTRACK 01 AUDIO\nINDEX 01 00:00:00\nFILE y.wav WAVE\nTRACK 02 AUDIO\nINDEX 01 00:00:00";
        assert_eq!(
            divided(Some(others), &info(44_100, 5, None), &tags).unwrap_err(),
            "the sheet does not name this file"
        );
    }

    #[test]
    fn a_sheet_of_a_file_a_track_gives_it_tags() {
        let sheet = "TITLE Album\nFILE album.wav WAVE\nTRACK 01 AUDIO\nTITLE One\nINDEX 01 00:00:00\n\
                     FILE b.wav WAVE\nTRACK 02 AUDIO\nINDEX 01 00:00:00";
        let Ok(Division::Whole(tags)) = divided(Some(sheet), &info(44_100, 5, None), &Tags::default()) else {
            panic!()
        };
        assert_eq!((tags.title.as_deref(), tags.album.as_deref()), (Some("One"), Some("Album")));
        assert_eq!((tags.track_number, tags.track_total), (Some(1), Some(2)));
    }
}
