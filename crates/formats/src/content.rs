//! What a file is by its first bytes.

/// How many bytes of a file are looked at.
pub const LOOK_BYTES: usize = 64;

/// What files of music begin with: an offset, a colon, and bytes in hexadecimal. Several with `&` must all hold.
pub(crate) const SIGNATURES: [&str; 29] = [
    "0:494433",               // ID3v2: MP3, AAC, TTA and others
    "0:664c6143",             // fLaC
    "0:4f676753",             // OggS
    "0:52494646&8:57415645",  // RIFF WAVE
    "0:52494646&8:41564920",  // RIFF AVI
    "0:52463634&8:57415645",  // RF64 WAVE
    "0:42573634&8:57415645",  // BW64 WAVE
    "0:726966662e91cf11",     // Wave64
    "0:464f524d&8:41494646",  // FORM AIFF
    "0:464f524d&8:41494643",  // FORM AIFC
    "0:46524d38&12:44534420", // FRM8 DSD: DSDIFF
    "0:44534420",             // DSF
    "0:1a45dfa3",             // EBML: Matroska and WebM
    "0:3026b2758e66cf11",     // ASF
    "0:63616666",             // caff
    "0:2e736e64",             // .snd: AU
    "0:7776706b",             // wvpk
    "0:4d414320",             // Monkey's Audio
    "0:4d50434b",             // Musepack 8
    "0:4d502b",               // Musepack 7
    "0:54544131",             // TTA1
    "0:7442614b",             // tBaK: TAK
    "0:616a6b67",             // ajkg: Shorten
    "0:2321414d52",           // AMR
    "0:464c5601",             // FLV
    "0:0b77",                 // AC-3, E-AC-3
    "0:7ffe8001",             // DTS
    "0:000001ba",             // MPEG program stream
    "4:66747970",             // ftyp: MP4 and QuickTime, if it is no picture
];
/// Brands of MP4's relatives that are pictures.
pub(crate) const PICTURE_BRANDS: [&str; 8] = ["avif", "avis", "crx ", "heic", "heix", "hevc", "mif1", "msf1"];

/// Whether a file that begins so may be music.
#[must_use]
pub fn is_music_content(head: &[u8]) -> bool {
    let is_picture = |brand: &[u8]| PICTURE_BRANDS.iter().any(|picture| picture.as_bytes() == brand);
    let has_signature = SIGNATURES.iter().any(|signature| signature.split('&').all(|part| holds(part, head)));
    (has_signature && !(holds("4:66747970", head) && head.get(8..12).is_some_and(is_picture)))
        || is_mpeg_frame(head)
        || is_transport_stream(head)
}

/// Whether the bytes of `offset:hexadecimal` are there.
fn holds(part: &str, head: &[u8]) -> bool {
    let Some((offset, hex)) = part.split_once(':') else { return false };
    let Ok(offset) = offset.parse::<usize>() else { return false };
    let pairs =
        (0..hex.len()).step_by(2).map(|at| hex.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()));
    pairs.enumerate().all(|(n, byte)| byte.is_some() && head.get(offset + n).copied() == byte)
}

/// A frame of MPEG audio: layers 1 to 3, or ADTS. A byte order mark of UTF-16 is none.
fn is_mpeg_frame(head: &[u8]) -> bool {
    let [0xff, second, third, ..] = head else { return false };
    let is_adts = second & 0xf6 == 0xf0 && third >> 2 & 0xf < 13;
    let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
    let is_mpeg = second & 0xe0 == 0xe0 && version != 1 && matches!(layer, 1 | 2);
    is_adts || is_mpeg && third >> 4 != 15 && third >> 4 != 0 && third >> 2 & 3 != 3
}

/// Packets of an MPEG transport stream, of 188 bytes: only the first is in what is looked at, so its header must make sense.
fn is_transport_stream(head: &[u8]) -> bool {
    // Starts with the program association table or the service description table, as multiplexers write it.
    matches!(head, [0x47, second, third, fourth, ..] if second & 0x9f == 0 && matches!(third, 0 | 0x11) && fourth & 0xd0 == 0x10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn music_is_known_by_its_first_bytes() {
        let riff = |kind: &[u8]| [b"RIFF\x10\0\0\0", kind].concat();
        for head in [
            b"fLaC\0\0\0\x22".as_slice(),
            b"ID3\x04",
            b"OggS\0",
            b"\xff\xfb\x90\x64",
            b"\xff\xf1\x50\x80",
            b"\0\0\0\x20ftypM4A ",
            b"\x1a\x45\xdf\xa3",
            b"FRM8\0\0\0\0\0\0\0\x10DSD ",
            b"\x47\x40\x11\x10",
            &riff(b"WAVE"),
        ] {
            assert!(is_music_content(head), "{head:x?}");
        }
    }

    #[test]
    fn pictures_and_texts_are_none() {
        let riff = |kind: &[u8]| [b"RIFF\x10\0\0\0", kind].concat();
        for head in [
            b"".as_slice(),
            b"\xff\xd8\xff\xe0",
            b"\x89PNG\r\n\x1a\n",
            b"\0\0\0\x20ftypheic",
            b"\xff\xfeH\0i\0",
            b"\xfe\xff\0H",
            b"Gentle reader",
            b"import { x } from 'y';",
            b"#!/bin/sh",
            b"%PDF-1.7",
            &riff(b"WEBP"),
        ] {
            assert!(!is_music_content(head), "{head:x?}");
        }
    }
}
