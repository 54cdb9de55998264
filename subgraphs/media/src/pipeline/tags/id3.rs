//! `ID3v2` tags as their frames stand in files: text that is not in the charset it is marked as, and lyrics with times.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use lofty::TextEncoding;
use lofty::config::ParseOptions;
use lofty::file::{AudioFile, FileType};
use lofty::id3::v2::{Frame, Id3v2Tag, SynchronizedTextFrame, TimestampFormat};
use lofty::iff::{aiff::AiffFile, wav::WavFile};
use lofty::mpeg::MpegFile;
use polyphony_formats::charset;

/// A tag of more bytes is not read where it does not stand at the beginning of a file that lofty knows.
const MAX_TAG_BYTES: u64 = 32 * 1024 * 1024;

/// The `ID3v2` tag of a file, in the charsets that its texts are in; `kind` is what lofty takes the file for.
pub(super) fn read(path: &Path, kind: Option<FileType>, options: ParseOptions) -> Option<Id3v2Tag> {
    let mut file = BufReader::new(File::open(path).ok()?);
    let tag = match kind {
        Some(FileType::Mpeg) => MpegFile::read_from(&mut file, options).ok()?.id3v2().cloned(),
        Some(FileType::Aiff) => AiffFile::read_from(&mut file, options).ok()?.id3v2().cloned(),
        Some(FileType::Wav) => WavFile::read_from(&mut file, options).ok()?.id3v2().cloned(),
        Some(_) => None,
        None => {
            let bytes = elsewhere(&mut file)?;
            MpegFile::read_from(&mut Cursor::new(bytes), options).ok()?.id3v2().cloned()
        }
    }?;
    Some(in_its_charset(tag))
}

/// The bytes of the tag in files that lofty does not know: behind DSF's audio, in a chunk of DSDIFF, before TTA's.
fn elsewhere(file: &mut (impl Read + Seek)) -> Option<Vec<u8>> {
    let mut head = [0; 28];
    file.read_exact(&mut head).ok()?;
    let at = if head.starts_with(b"DSD ") {
        u64::from_le_bytes(head[20..28].try_into().ok()?)
    } else if head.starts_with(b"FRM8") {
        chunk_of_dsdiff(file)?
    } else if head.starts_with(b"ID3") {
        0
    } else {
        return None;
    };
    file.seek(SeekFrom::Start(at)).ok()?;
    let mut header = [0; 10];
    file.read_exact(&mut header).ok()?;
    if !header.starts_with(b"ID3") {
        return None;
    }
    let size = header[6..10].iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
    let mut bytes = header.to_vec();
    file.take(size.min(MAX_TAG_BYTES)).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Where the content of the chunk `ID3 ` begins.
fn chunk_of_dsdiff(file: &mut (impl Read + Seek)) -> Option<u64> {
    // The file's own header is 12 bytes, and names what it holds with 4.
    let mut at = 16;
    loop {
        file.seek(SeekFrom::Start(at)).ok()?;
        let mut header = [0; 12];
        file.read_exact(&mut header).ok()?;
        if header.starts_with(b"ID3 ") {
            return Some(at + 12);
        }
        let size = u64::from_be_bytes(header[4..12].try_into().ok()?);
        at = at.checked_add(12)?.checked_add(size)?.checked_add(size % 2)?;
    }
}

fn in_its_charset(tag: Id3v2Tag) -> Id3v2Tag {
    let marked: Vec<Vec<u8>> = (&tag).into_iter().filter_map(|frame| charset::latin1_bytes(latin1(frame)?)).collect();
    let Some(found) = charset::detect(marked.iter().map(Vec::as_slice)) else { return tag };
    let mut read = Id3v2Tag::new();
    for mut frame in tag {
        if latin1(&frame).is_some() {
            let again = |text: &str| charset::reread(text, found);
            match &mut frame {
                Frame::Text(frame) => frame.value = again(&frame.value).into(),
                Frame::UserText(frame) => frame.content = again(&frame.content).into(),
                Frame::UnsynchronizedText(frame) => frame.content = again(&frame.content).into(),
                _ => {}
            }
        }
        read.insert(frame);
    }
    read
}

/// The text of a frame that is marked as Latin-1.
fn latin1<'a>(frame: &'a Frame<'_>) -> Option<&'a str> {
    let (encoding, text) = match frame {
        Frame::Text(frame) => (frame.encoding, &frame.value),
        Frame::UserText(frame) => (frame.encoding, &frame.content),
        Frame::UnsynchronizedText(frame) => (frame.encoding, &frame.content),
        _ => return None,
    };
    (encoding == TextEncoding::Latin1).then_some(text)
}

/// The lyrics of the tag's first frame of lyrics with times in milliseconds (SYLT), as LRC.
pub(super) fn timed_lyrics(tag: &Id3v2Tag) -> Option<String> {
    let frames = tag.into_iter().filter_map(|frame| match frame {
        Frame::Binary(frame) if frame.id().as_str() == "SYLT" => {
            SynchronizedTextFrame::parse(&frame.data, frame.flags()).ok()
        }
        _ => None,
    });
    let mut timed = frames.filter(|frame| frame.timestamp_format == TimestampFormat::MS && !frame.content.is_empty());
    let line = |(at, text): &(u32, String)| {
        let (minutes, seconds, hundredths) = (at / 60_000, at / 1_000 % 60, at / 10 % 100);
        format!("[{minutes:02}:{seconds:02}.{hundredths:02}]{}", text.trim_matches(['\r', '\n']))
    };
    timed.next().map(|frame| frame.content.iter().map(line).collect::<Vec<_>>().join("\n"))
}
