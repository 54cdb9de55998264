//! Text frames of `ID3v2`, and `ID3v1`, as they stand in MP3s that lofty reads less of: where a frame is there twice, a header
//! promises what is not there, or a frame in the middle is broken. Layout: id3.org's documents of `ID3v2.2` to `ID3v2.4`.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use polyphony_formats::charset;

use super::pairs::Pairs;

/// Frames of a larger tag than this are left to lofty.
const MAX_TAG_BYTES: u64 = 1024 * 1024;

/// The frames that are read, by their names in `ID3v2.2` and later, and what [`super::pairs`] calls them.
const FRAMES: [(&[u8], &[u8], &str); 8] = [
    (b"TT2", b"TIT2", "title"),
    (b"TP1", b"TPE1", "artist"),
    (b"TAL", b"TALB", "album"),
    (b"TP2", b"TPE2", "album_artist"),
    (b"TRK", b"TRCK", "track"),
    (b"TPA", b"TPOS", "disc"),
    (b"TCO", b"TCON", "genre"),
    (b"TYE", b"TYER", "date"),
];

/// Reads a file that begins with `ID3v2`; the tag at its end says what that leaves out.
pub(super) fn read(path: &Path) -> Option<Pairs> {
    let mut file = File::open(path).ok()?;
    let mut header = [0; 10];
    file.read_exact(&mut header).ok()?;
    if !header.starts_with(b"ID3") {
        return None;
    }
    let mut tag = Vec::new();
    file.by_ref().take(synchsafe(&header[6..10]).min(MAX_TAG_BYTES)).read_to_end(&mut tag).ok()?;
    let mut pairs = frames(&tag, header[3], header[5]);
    if let Some(last) = v1(&mut file) {
        for (name, values) in last {
            pairs.entry(name).or_insert(values);
        }
    }
    Some(pairs)
}

fn synchsafe(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f))
}

fn frames(tag: &[u8], version: u8, flags: u8) -> Pairs {
    let (id_bytes, head) = if version == 2 { (3, 6) } else { (4, 10) };
    let mut rest = tag;
    if flags & 0x40 != 0 && version > 2 {
        let size = rest.get(..4).map_or(0, |size| if version == 3 { 4 + plain(size) } else { synchsafe(size) });
        // Some programs announce an extended header and write none.
        let is_frame = rest.get(..4).is_some_and(|id| id.iter().all(u8::is_ascii_alphanumeric));
        rest =
            if is_frame { rest } else { rest.get(usize::try_from(size).unwrap_or(usize::MAX)..).unwrap_or_default() };
    }
    let mut pairs = Pairs::new();
    while let Some((header, body)) = rest.split_at_checked(head) {
        let size = match version {
            2 => plain(&header[3..6]),
            3 => plain(&header[4..8]),
            _ => synchsafe(&header[4..8]),
        };
        let Some((content, tail)) = usize::try_from(size).ok().and_then(|size| body.split_at_checked(size)) else {
            break;
        };
        rest = tail;
        let id = &header[..id_bytes];
        let known = FRAMES.iter().find(|(short, long, _)| id == *short || id == *long);
        // What is compressed or encrypted is left to lofty.
        let is_plain = version == 2 || header[9] == 0;
        let text = known.filter(|_| is_plain).and_then(|(_, _, name)| Some((*name, text(content)?)));
        if let Some((name, text)) = text {
            let values = text.split('\0').map(str::to_owned).filter(|value| !value.trim().is_empty());
            pairs.entry(name.to_owned()).or_default().extend(values);
        }
    }
    pairs.retain(|_, values| !values.is_empty());
    pairs
}

fn plain(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |size, byte| size << 8 | u64::from(*byte))
}

/// A text behind the byte that says how it is written.
fn text(content: &[u8]) -> Option<String> {
    let (encoding, bytes) = content.split_first()?;
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect()
    };
    match (encoding, bytes) {
        (0, bytes) => Some(latin1(bytes)),
        (1, [0xff, 0xfe, rest @ ..]) => Some(utf16(rest, u16::from_le_bytes)),
        (1, [0xfe, 0xff, rest @ ..]) | (2, rest) => Some(utf16(rest, u16::from_be_bytes)),
        (3, bytes) => std::str::from_utf8(bytes).ok().map(str::to_owned),
        _ => None,
    }
}

/// Text that is marked as Latin-1, in the charset that it is in.
fn latin1(bytes: &[u8]) -> String {
    match charset::detect(std::iter::once(bytes)) {
        Some(found) => found.decode_without_bom_handling(bytes).0.into_owned(),
        None => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The tag in the last 128 bytes.
fn v1(file: &mut File) -> Option<Pairs> {
    file.seek(SeekFrom::End(-128)).ok()?;
    let mut tag = [0; 128];
    file.read_exact(&mut tag).ok()?;
    if !tag.starts_with(b"TAG") {
        return None;
    }
    let field = |name: &str, bytes: &[u8]| {
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        let text = latin1(&bytes[..end]);
        (!text.trim().is_empty()).then(|| (name.to_owned(), vec![text.trim().to_owned()]))
    };
    let fields = [field("title", &tag[3..33]), field("artist", &tag[33..63]), field("album", &tag[63..93])];
    let track = (tag[125] == 0 && tag[126] > 0).then(|| ("track".to_owned(), vec![tag[126].to_string()]));
    Some(fields.into_iter().flatten().chain(track).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_is_there_twice_has_two_values() {
        let tag = b"TPE1\0\0\0\x02\0\0\0ATPE1\0\0\0\x02\0\0\0BTIT2\0\0\0\x03\0\0\x03\xc3\x9cTALB\0\0\0\xff\0\0";
        let pairs = frames(tag, 3, 0);
        assert_eq!((pairs["artist"].join("|"), pairs["title"].join("|")), ("A|B".to_owned(), "Ü".to_owned()));
        assert!(!pairs.contains_key("album"), "it is cut off");
    }

    #[test]
    fn an_extended_header_that_is_not_there_is_not_skipped() {
        let pairs = frames(b"TIT2\0\0\0\x02\0\0\x03x", 4, 0x40);
        assert_eq!(pairs["title"], ["x"]);
    }
}
