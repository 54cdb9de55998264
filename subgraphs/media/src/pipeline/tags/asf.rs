//! The attributes of ASF files (WMA), which may have several values. Layout: the Advanced Systems Format specification,
//! revision 01.20.06, sections 3.10, 3.11, 4.7 and 4.8.

use std::io::Read;

use super::pairs::Pairs;

const HEADER: [u8; 16] = guid(0x75B2_2630, 0x668E, 0x11CF, [0xA6, 0xD9, 0x00, 0xAA, 0x00, 0x62, 0xCE, 0x6C]);
const CONTENT_DESCRIPTION: [u8; 16] =
    guid(0x75B2_2633, 0x668E, 0x11CF, [0xA6, 0xD9, 0x00, 0xAA, 0x00, 0x62, 0xCE, 0x6C]);
const EXTENDED_CONTENT: [u8; 16] = guid(0xD2D0_A440, 0xE307, 0x11D2, [0x97, 0xF0, 0x00, 0xA0, 0xC9, 0x5E, 0xA8, 0x50]);
const HEADER_EXTENSION: [u8; 16] = guid(0x5FBF_03B5, 0xA92E, 0x11CF, [0x8E, 0xE3, 0x00, 0xC0, 0x0C, 0x20, 0x53, 0x65]);
const METADATA: [u8; 16] = guid(0xC5F8_CBEA, 0x5BAF, 0x4877, [0x84, 0x67, 0xAA, 0x8C, 0x44, 0xFA, 0x4C, 0xCA]);
const METADATA_LIBRARY: [u8; 16] = guid(0x4423_1C94, 0x9498, 0x49D1, [0xA1, 0x41, 0x1D, 0x13, 0x4E, 0x45, 0x70, 0x54]);

/// A header of more bytes has pictures that ffprobe finds as well.
const MAX_HEADER_BYTES: u64 = 16 * 1024 * 1024;

/// A GUID as it stands in a file: three little-endian numbers and eight bytes.
const fn guid(a: u32, b: u16, c: u16, d: [u8; 8]) -> [u8; 16] {
    let (a, b, c) = (a.to_le_bytes(), b.to_le_bytes(), c.to_le_bytes());
    [a[0], a[1], a[2], a[3], b[0], b[1], c[0], c[1], d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]]
}

/// Reads the attributes, names in lower case; nothing when it is no ASF file. What is broken ends the reading.
pub(super) fn read(file: &mut impl Read) -> Option<Pairs> {
    let mut head = [0; 30];
    file.read_exact(&mut head).ok()?;
    if head[..16] != HEADER {
        return None;
    }
    let size = u64::from_le_bytes(head[16..24].try_into().ok()?).saturating_sub(30).min(MAX_HEADER_BYTES);
    let mut header = Vec::new();
    file.take(size).read_to_end(&mut header).ok()?;
    let mut pairs = Pairs::new();
    let extension = objects(&header, &mut pairs);
    objects(extension, &mut pairs);
    Some(pairs)
}

/// Reads the objects of a header; gives those of its extension, where further values of an attribute stand.
fn objects<'a>(mut bytes: &'a [u8], pairs: &mut Pairs) -> &'a [u8] {
    let mut extension: &[u8] = &[];
    while let Some((object, size)) = bytes.first_chunk::<16>().zip(number::<8>(bytes, 16)) {
        let Some(body) = usize::try_from(size).ok().and_then(|size| bytes.get(24..size)) else { break };
        match *object {
            CONTENT_DESCRIPTION => drop(content_description(body, pairs)),
            EXTENDED_CONTENT => drop(extended_content(body, pairs)),
            METADATA | METADATA_LIBRARY => drop(metadata(body, pairs)),
            HEADER_EXTENSION => extension = body.get(22..).unwrap_or_default(),
            _ => {}
        }
        bytes = &bytes[24 + body.len()..];
    }
    extension
}

fn content_description(body: &[u8], pairs: &mut Pairs) -> Option<()> {
    let mut from = 10;
    for (at, name) in ["title", "author", "copyright", "comment", "rating"].into_iter().enumerate() {
        let length = number::<2>(body, at * 2)? as usize;
        push(pairs, name, &utf16(body.get(from..from + length)?));
        from += length;
    }
    Some(())
}

fn extended_content(body: &[u8], pairs: &mut Pairs) -> Option<()> {
    let mut rest = body.get(2..)?;
    for _ in 0..number::<2>(body, 0)? {
        let name_length = number::<2>(rest, 0)? as usize;
        let name = utf16(rest.get(2..2 + name_length)?);
        let kind = number::<2>(rest, 2 + name_length)?;
        let length = number::<2>(rest, 4 + name_length)? as usize;
        let value = rest.get(6 + name_length..6 + name_length + length)?;
        push(pairs, &name, &text(kind, value)?);
        rest = rest.get(6 + name_length + length..)?;
    }
    Some(())
}

fn metadata(body: &[u8], pairs: &mut Pairs) -> Option<()> {
    let mut rest = body.get(2..)?;
    for _ in 0..number::<2>(body, 0)? {
        let name_length = number::<2>(rest, 4)? as usize;
        let kind = number::<2>(rest, 6)?;
        let length = number::<4>(rest, 8)? as usize;
        let name = utf16(rest.get(12..12 + name_length)?);
        let value = rest.get(12 + name_length..12 + name_length + length)?;
        push(pairs, &name, &text(kind, value)?);
        rest = rest.get(12 + name_length + length..)?;
    }
    Some(())
}

/// A value as text; bytes and GUIDs are none.
fn text(kind: u64, value: &[u8]) -> Option<String> {
    Some(match kind {
        0 => utf16(value),
        2..=5 => {
            let mut bytes = [0; 8];
            bytes.get_mut(..value.len())?.copy_from_slice(value);
            u64::from_le_bytes(bytes).to_string()
        }
        _ => String::new(),
    })
}

fn push(pairs: &mut Pairs, name: &str, value: &str) {
    if !value.is_empty() {
        pairs.entry(name.to_lowercase()).or_default().push(value.to_owned());
    }
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned()
}

/// A little-endian number of `N` bytes.
fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let mut wide = [0; 8];
    wide[..N].copy_from_slice(bytes.get(at..at + N)?);
    Some(u64::from_le_bytes(wide))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
    }

    fn object(id: [u8; 16], body: &[u8]) -> Vec<u8> {
        [&id[..], &(body.len() as u64 + 24).to_le_bytes(), body].concat()
    }

    fn short(number: usize) -> [u8; 2] {
        (number as u16).to_le_bytes()
    }

    fn file(objects: &[u8]) -> Vec<u8> {
        [&HEADER[..], &(objects.len() as u64 + 30).to_le_bytes(), &[0; 6], objects].concat()
    }

    #[test]
    fn attributes_with_several_values_have_them_all() {
        let (title, alpha, beta, name) = (wide("Title"), wide("Alpha"), wide("Beta"), wide("Author"));
        let lengths = [short(title.len()), short(alpha.len()), short(0), short(0), short(0)].concat();
        let description = object(CONTENT_DESCRIPTION, &[&lengths[..], &title, &alpha].concat());
        let (track, key) = (7_u32.to_le_bytes(), wide("WM/TrackNumber"));
        let extended =
            object(EXTENDED_CONTENT, &[&short(1)[..], &short(key.len()), &key, &short(3), &short(4), &track].concat());
        let library = object(
            METADATA_LIBRARY,
            &[&short(1)[..], &[0; 4], &short(name.len()), &short(0), &(beta.len() as u32).to_le_bytes(), &name, &beta]
                .concat(),
        );
        let extension = object(HEADER_EXTENSION, &[&[0; 22][..], &library].concat());
        let bytes = file(&[extension, description, extended].concat());
        let pairs = read(&mut bytes.as_slice()).unwrap();
        assert_eq!(pairs["author"], ["Alpha", "Beta"]);
        assert_eq!((pairs["title"].join(""), pairs["wm/tracknumber"].join("")), ("Title".to_owned(), "7".to_owned()));
    }

    proptest! {
        #[test]
        fn no_bytes_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..400), cut in 0_usize..400) {
            read(&mut file(&object(METADATA, &bytes)).as_slice());
            read(&mut file(&object(EXTENDED_CONTENT, &bytes)).as_slice());
            let whole = file(&object(CONTENT_DESCRIPTION, &bytes));
            read(&mut &whole[..cut.min(whole.len())]);
        }
    }
}
