//! Cue sheets: the text that lies beside a whole album in one file, or inside it, and says where its tracks begin and what they
//! are called.

mod parse;

pub use parse::{SheetError, parse};

use crate::extension;

/// The longest sheet that is read, in bytes.
pub const MAX_SHEET_BYTES: usize = 64 << 10;
/// Sheets count time in frames: so many are a second.
pub const FRAMES_PER_SECOND: u64 = 75;

/// What a sheet says. Text is as it stands there, without its quotes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// What it says of the album: `TITLE` is the album's, `PERFORMER` its artist.
    pub said: Said,
    /// `CATALOG`: the bar code of the release, 13 digits.
    pub barcode: Option<String>,
    /// `REM DATE`.
    pub date: Option<String>,
    /// `REM DISCNUMBER`.
    pub disc_number: Option<String>,
    /// `REM TOTALDISCS`.
    pub disc_total: Option<String>,
    /// The files that it divides, in order. Each has a track.
    pub files: Vec<SheetFile>,
}

/// What a sheet says of an album or of a track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// `TITLE`.
    pub title: Option<String>,
    /// `PERFORMER`, and where there is none `SONGWRITER`.
    pub performer: Option<String>,
    /// `REM COMPOSER`, and where there is none `SONGWRITER`.
    pub composer: Option<String>,
    /// `REM GENRE`.
    pub genre: Option<String>,
    /// `REM COMMENT`.
    pub comment: Option<String>,
    /// `ISRC`.
    pub isrc: Option<String>,
}

/// A file that a sheet names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetFile {
    /// Its name, without its folders.
    pub name: String,
    /// The tracks whose music begins in it, in order.
    pub tracks: Vec<SheetTrack>,
}

/// A track of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetTrack {
    /// Its number.
    pub number: u32,
    /// What is said of it.
    pub said: Said,
    /// Where its music begins in its file (`INDEX 01`), in frames. The gap before it (`INDEX 00`) is the end of the track before.
    pub start: u64,
}

impl Sheet {
    /// How many tracks there are in all files.
    #[must_use]
    pub fn track_count(&self) -> usize {
        self.files.iter().map(|file| file.tracks.len()).sum()
    }

    /// What it says of the file of this name: the file that it names so, whatever its ending is by now (`album.wav` was made
    /// into `album.flac`), or the only one that it names.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&SheetFile> {
        let (whole, stem) = (name.to_lowercase(), stem(name));
        let named = self.files.iter().find(|file| file.name.to_lowercase() == whole);
        let alike = || self.files.iter().find(|file| self::stem(&file.name) == stem);
        let only = || Some(self.files.as_slice()).filter(|files| files.len() == 1).map(|files| &files[0]);
        named.or_else(alike).or_else(only)
    }
}

/// A file's name without its ending, in lower case.
#[must_use]
pub fn stem(name: &str) -> String {
    let ending = extension(name).map_or(0, |ending| ending.len() + 1);
    name[..name.len() - ending].to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(names: &[&str]) -> Sheet {
        let file = |name: &&str| SheetFile { name: (*name).to_owned(), tracks: vec![SheetTrack::default()] };
        Sheet { files: names.iter().map(file).collect(), ..Sheet::default() }
    }

    #[test]
    fn a_file_is_found_by_its_name_whatever_was_made_of_it() {
        let two = sheet(&["01 One.wav", "02 Two.wav"]);
        assert_eq!(two.file("02 two.FLAC").map(|file| &*file.name), Some("02 Two.wav"));
        assert_eq!(two.file("03 Three.flac"), None);
        assert_eq!(sheet(&["CDImage.wav"]).file("Album.ape").map(|file| &*file.name), Some("CDImage.wav"));
    }
}
