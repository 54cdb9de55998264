//! The files of the cases: made by FFmpeg, or tagged byte by byte where FFmpeg cannot write what taggers write.

use std::{fs, path::Path};

use polyphony_e2e::audio::{self, Piece, ffmpeg};

/// How a file is made. Texts may hold `@`, which becomes what is this run's alone, and `$1` to `$3`, which become its MusicBrainz
/// ids.
#[derive(Clone, Copy)]
pub(super) enum Make {
    /// A tone of this pitch and so many seconds; silence at pitch 0. The ending of its name decides what it is.
    Tone(u32, u32, &'static [(&'static str, &'static str)]),
    /// The same with a picture inside.
    Pictured(u32, u32, &'static [(&'static str, &'static str)]),
    /// The samples of a file that is there, in the format of its own name, under other tags.
    Of(&'static str, &'static [(&'static str, &'static str)]),
    /// An MP3 of this pitch behind an `ID3v2` tag of this version.
    Id3(u32, u8, &'static [Frame]),
    /// A DSF of one block behind an ID3v2.4 tag.
    Dsf(&'static [Frame]),
    /// An MP3 that claims 2^31 frames, or a FLAC that claims 2^36 samples.
    Claims(u32, &'static [(&'static str, &'static str)]),
    /// An MP3 without an index that begins quietly.
    Vbr(&'static [(&'static str, &'static str)]),
    /// A picture.
    Picture,
    /// Text.
    Text(&'static str),
}

/// A frame of ID3: its name, and what is in it.
#[derive(Clone, Copy)]
pub(super) enum Frame {
    /// UTF-8.
    Utf8(&'static str, &'static str),
    /// UTF-16, as ID3v2.3 has it.
    Utf16(&'static str, &'static str),
    /// Bytes that are marked as Latin-1.
    Latin1(&'static str, &'static [u8]),
    /// A text with a name of its own.
    User(&'static str, &'static str),
    /// Lyrics with times.
    Timed(&'static [(&'static str, u32)]),
    /// Lyrics without.
    Plain(&'static str),
}

/// What makes the names and the sounds of this run its own.
pub(super) struct Own<'a> {
    pub(super) mark: &'a str,
    /// Is added to every pitch.
    pub(super) hertz: u32,
}

impl Own<'_> {
    fn text(&self, text: &str) -> String {
        let id = |n: u8| {
            let hex = hex::encode(self.mark);
            format!("{}-{}-4{}-8{}-{n:012}", &hex[..8], &hex[8..12], &hex[12..15], &hex[15..18])
        };
        text.replace("$1", &id(1)).replace("$2", &id(2)).replace("$3", &id(3)).replace('@', self.mark)
    }

    fn tags(&self, tags: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
        tags.iter().map(|(key, value)| (*key, self.text(value))).collect()
    }

    /// Makes the file at `path` below `root`.
    pub(super) fn make(&self, root: &Path, path: &str, make: Make) {
        let file = root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        match make {
            Make::Tone(0, seconds, tags) => {
                let silence = format!("anullsrc=r=44100:cl=stereo:d={seconds}");
                run(&["-f", "lavfi", "-i", &silence], &self.tags(tags), &file);
            }
            Make::Tone(hertz, seconds, tags) => self.tone(&file, (hertz, seconds), tags, false),
            Make::Pictured(hertz, seconds, tags) => self.tone(&file, (hertz, seconds), tags, true),
            Make::Of(source, tags) => {
                let source = root.join(source);
                run(&["-i", &source.to_string_lossy(), "-map_metadata", "-1", "-b:a", "64k"], &self.tags(tags), &file);
            }
            Make::Id3(hertz, version, frames) => {
                let bare = self.bare_mp3(&file, hertz);
                fs::write(&file, [id3(version, &self.frames(frames)), bare].concat()).unwrap();
            }
            Make::Dsf(frames) => fs::write(&file, dsf(&id3(4, &self.frames(frames)))).unwrap(),
            Make::Claims(hertz, tags) => {
                self.tone(&file, (hertz, 5), tags, false);
                let mut content = fs::read(&file).unwrap();
                claim_too_much(&mut content);
                fs::write(&file, content).unwrap();
            }
            Make::Vbr(tags) => {
                let parts = "[1:a]aformat=channel_layouts=stereo[n];[0:a][n]concat=n=2:v=0:a=1[o]";
                let noise = format!("anoisesrc=d=6:r=44100:a=0.5:c=pink:seed={}", self.hertz);
                let inputs = ["-f", "lavfi", "-i", "aevalsrc=0|0:d=4:s=44100", "-f", "lavfi", "-i", &noise];
                let options = ["-filter_complex", parts, "-map", "[o]", "-q:a", "0", "-write_xing", "0"];
                run(&[&inputs[..], &options].concat(), &self.tags(tags), &file);
            }
            Make::Picture => run(&["-f", "lavfi", "-i", "testsrc=s=300x300", "-frames:v", "1"], &[], &file),
            Make::Text(text) => fs::write(&file, self.text(text)).unwrap(),
        }
    }

    /// Makes a file whose artist, title and album hold this name.
    pub(super) fn search(&self, root: &Path, number: u32, name: &str) {
        let folder = root.join(format!("search/{number}"));
        fs::create_dir_all(&folder).unwrap();
        let tags = self.tags(&[("artist", name), ("title", name), ("album", name)]);
        let piece =
            Piece { file: "1.mp3", seconds: 4, hertz: 600 + 5 * number + self.hertz, tags: &tags, ..Piece::default() };
        audio::make(&folder, &piece);
    }

    fn tone(&self, file: &Path, (hertz, seconds): (u32, u32), tags: &[(&'static str, &str)], cover: bool) {
        let (folder, tags) = (file.parent().unwrap(), self.tags(tags));
        let name = file.file_name().unwrap().to_str().unwrap();
        let piece = Piece { file: name, seconds, hertz: hertz + self.hertz, tags: &tags, cover, video: false };
        audio::make(folder, &piece);
    }

    fn bare_mp3(&self, file: &Path, hertz: u32) -> Vec<u8> {
        let sine = format!("sine=frequency={}:d=4", hertz + self.hertz);
        run(&["-f", "lavfi", "-i", &sine, "-id3v2_version", "0", "-write_id3v1", "0"], &[], file);
        fs::read(file).unwrap()
    }

    fn frames(&self, frames: &[Frame]) -> Vec<u8> {
        frames.iter().flat_map(|frame| self.frame(*frame)).collect()
    }

    fn frame(&self, of: Frame) -> Vec<u8> {
        match of {
            Frame::Utf8(name, text) => frame(name, &[&[3], self.text(text).as_bytes()].concat()),
            Frame::Utf16(name, text) => {
                let units: Vec<u8> = self.text(text).encode_utf16().flat_map(u16::to_le_bytes).collect();
                frame(name, &[&[1, 0xff, 0xfe], units.as_slice()].concat())
            }
            Frame::Latin1(name, bytes) => frame(name, &[&[0], bytes].concat()),
            Frame::User(name, text) => {
                frame("TXXX", &[b"\0", name.as_bytes(), b"\0", self.text(text).as_bytes()].concat())
            }
            Frame::Timed(lines) => {
                let line = |(text, at): &(&str, u32)| [text.as_bytes(), b"\0", &at.to_be_bytes()].concat();
                let lines: Vec<u8> = lines.iter().flat_map(line).collect();
                frame("SYLT", &[b"\x03eng\x02\x01\0", lines.as_slice()].concat())
            }
            Frame::Plain(text) => frame("USLT", &[b"\x03eng\0", text.as_bytes()].concat()),
        }
    }
}

/// Runs FFmpeg for a file of these tags.
fn run(arguments: &[&str], tags: &[(&str, String)], file: &Path) {
    let mut all: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    all.extend(tags.iter().flat_map(|(key, value)| ["-metadata".to_owned(), format!("{key}={value}")]));
    all.push(file.to_string_lossy().into_owned());
    ffmpeg(&all);
}

/// A frame of ID3v2.3 or ID3v2.4 that is short enough for both to write its size alike.
fn frame(name: &str, content: &[u8]) -> Vec<u8> {
    assert!(content.len() < 128, "{name}");
    [name.as_bytes(), &(content.len() as u32).to_be_bytes(), &[0, 0], content].concat()
}

fn id3(version: u8, frames: &[u8]) -> Vec<u8> {
    let size: Vec<u8> = (0..4).rev().map(|at| (frames.len() >> (7 * at) & 0x7f) as u8).collect();
    [b"ID3", &[version, 0, 0][..], &size, frames].concat()
}

/// A DSF file of 24 blocks per channel, with a tag behind it.
fn dsf(tag: &[u8]) -> Vec<u8> {
    let data = vec![0x69; 2 * 24 * 4096];
    let end = 28 + 52 + 12 + data.len() as u64;
    let wide = |number: u64| number.to_le_bytes();
    let short = |number: u32| number.to_le_bytes();
    let form = [short(1), short(0), short(2), short(2), short(2_822_400), short(1)].concat();
    let head = [&b"DSD "[..], &wide(28), &wide(end + tag.len() as u64), &wide(end), b"fmt ", &wide(52), &form];
    let body = [&wide(24 * 4096 * 8)[..], &[short(4096), short(0)].concat(), b"data", &wide(12 + data.len() as u64)];
    [head.concat(), body.concat(), data, tag.to_vec()].concat()
}

/// Makes the header say that the file is days long.
fn claim_too_much(content: &mut [u8]) {
    if content.starts_with(b"fLaC") {
        content[21] |= 0x0f;
        content[22..26].copy_from_slice(&[0xff; 4]);
        return;
    }
    let at = content.windows(4).position(|four| four == b"Info" || four == b"Xing").unwrap();
    content[at + 8..at + 12].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
}
