//! Which files may be music, for the importer, the web player and the media service: by the ending of their name, or by their
//! first bytes where it has none. Whether a file can be played, FFmpeg decides on the server.
//!
//! - [`DEMUXERS`]: what the server opens.
//! - [`EXTENSIONS`]: the endings that such files have.
//! - [`is_music_name`], [`needs_look`] and [`is_music_content`]: whether a file is offered to the server.
//! - [`is_litter`]: what systems and programs leave behind in folders.
//! - [`cue`]: the sheets that say which tracks a file holds.
//! - [`charset`]: texts of which nobody says how they are written.
//!
//! `web/src/uploads/kinds.ts` holds the same tables; a test compares them.

pub mod charset;
mod content;
pub mod cue;
mod litter;

pub use content::{LOOK_BYTES, is_music_content};
pub use litter::is_litter;

/// FFmpeg's demuxers of files that hold music, separated by commas. None of these opens another file.
pub const DEMUXERS: &str = "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,iff,matroska,mov,mp3,mpeg,mpegts,\
                            mpc,mpc8,ogg,shn,tak,tta,w64,wav,wv";

/// Endings of names, in lower case, by the demuxer that opens such files: audio, and video with sound.
pub const EXTENSIONS: [(&str, &[&str]); 28] = [
    ("aac", &["aac", "adts"]),
    ("ac3", &["ac3"]),
    ("aiff", &["aif", "aifc", "aiff", "afc"]),
    ("amr", &["amr", "awb"]),
    ("ape", &["ape", "mac"]),
    ("asf", &["asf", "wma", "wmv"]),
    ("au", &["au", "snd"]),
    ("avi", &["avi"]),
    ("caf", &["caf"]),
    ("dsf", &["dsf"]),
    ("dts", &["dts"]),
    ("eac3", &["eac3", "ec3"]),
    ("flac", &["flac", "fla"]),
    ("flv", &["flv"]),
    ("iff", &["dff"]),
    ("matroska", &["mka", "mkv", "weba", "webm"]),
    ("mov", &["3g2", "3gp", "alac", "f4a", "f4v", "m4a", "m4b", "m4p", "m4r", "m4v", "mov", "mp4", "qt"]),
    ("mp3", &["mp1", "mp2", "mp3", "mpga"]),
    ("mpeg", &["mpeg", "mpg", "vob"]),
    ("mpegts", &["m2ts", "mts"]),
    ("mpc", &["mp+", "mpc", "mpp"]),
    ("ogg", &["mogg", "oga", "ogg", "ogm", "ogv", "ogx", "opus", "spx"]),
    ("shn", &["shn"]),
    ("tak", &["tak"]),
    ("tta", &["tta"]),
    ("w64", &["w64"]),
    ("wav", &["bwf", "rf64", "wav", "wave"]),
    ("wv", &["wv"]),
];

/// The longest ending: a name such as `Mr. Brightside` has none.
const MAX_EXTENSION: usize = 8;

/// The ending of a file's name in lower case, without its dot. None of `Mr. Brightside`, `.mp3`, `..` and `a.`.
#[must_use]
pub fn extension(name: &str) -> Option<String> {
    let (stem, ending) = name.rsplit_once('.')?;
    let is_ending = (1..=MAX_EXTENSION).contains(&ending.len())
        && ending.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+')
        && !ending.bytes().all(|byte| byte.is_ascii_digit());
    (is_ending && stem.chars().any(|c| c != '.')).then(|| ending.to_ascii_lowercase())
}

/// Whether a file of this name is music by its ending.
#[must_use]
pub fn is_music_name(name: &str) -> bool {
    extension(name).is_some_and(|ending| EXTENSIONS.iter().any(|(_, endings)| endings.contains(&ending.as_str())))
}

/// Whether only the content of a file of this name can tell: it has no ending, or `ts`, which programs and texts have too.
#[must_use]
pub fn needs_look(name: &str) -> bool {
    extension(name).is_none_or(|ending| ending == "ts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_decides_whatever_its_case() {
        for name in
            ["a.mp3", "b.FLAC", "c d.Opus", "e.tar.m4a", "ö.ogg", "...Baby One More Time.flac", "x.MP+", ".x.wv"]
        {
            assert!(is_music_name(name), "{name}");
        }
        for name in
            ["cover.jpg", "mp3", ".mp3", "notes.txt", "song.mp3.part", "Mr. Brightside", "Vol.2", "...mp3", "a."]
        {
            assert!(!is_music_name(name), "{name}");
        }
    }

    #[test]
    fn a_name_without_ending_asks_for_a_look() {
        for name in ["mp3", ".mp3", "Mr. Brightside", "01. Intro", "track.01", "Vol.2", "clip.TS", "..."] {
            assert!(needs_look(name), "{name}");
        }
        for name in ["a.mp3", "a.jpg", "a.part", "a.unknown"] {
            assert!(!needs_look(name), "{name}");
        }
    }

    #[test]
    fn every_ending_has_a_demuxer_that_the_server_uses_and_is_there_once() {
        let mut endings: Vec<_> = EXTENSIONS.iter().flat_map(|(_, endings)| *endings).collect();
        for (demuxer, _) in EXTENSIONS {
            assert!(DEMUXERS.split(',').any(|known| known == demuxer), "{demuxer}");
        }
        let (count, ()) = (endings.len(), endings.sort());
        endings.dedup();
        assert_eq!(endings.len(), count);
    }

    /// The strings between single quotes of the array `name` in a file of TypeScript.
    fn strings<'a>(source: &'a str, name: &str) -> Vec<&'a str> {
        let from = source.find(&format!("const {name} ")).unwrap_or_else(|| panic!("{name} is gone"));
        let array = source[from..].split_once('[').unwrap().1.split_once(']').unwrap().0;
        array.split('\'').skip(1).step_by(2).collect()
    }

    #[test]
    fn the_player_in_the_browser_has_the_same_tables() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src/uploads/kinds.ts");
        let source = std::fs::read_to_string(path).unwrap();
        let mut endings: Vec<_> = EXTENSIONS.iter().flat_map(|(_, endings)| *endings).copied().collect();
        endings.sort_unstable();
        assert_eq!(strings(&source, "EXTENSIONS").join(" "), endings.join(" "));
        assert_eq!(strings(&source, "SIGNATURES"), content::SIGNATURES);
        assert_eq!(strings(&source, "PICTURE_BRANDS"), content::PICTURE_BRANDS);
        assert_eq!(strings(&source, "LITTER"), litter::LITTER);
        assert_eq!(strings(&source, "LITTER_BEGINNINGS"), litter::BEGINNINGS);
    }
}
