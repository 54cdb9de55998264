//! Containers that are cut, damaged, misnamed, or claim what is not so.

use super::{Fate, Odd, Workshop, odd};

/// Cuts a file at a place that depends on a seed, the same in each run.
fn cut(bytes: &[u8], seed: u64) -> Vec<u8> {
    let random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    bytes[..(random as usize % bytes.len()).max(1)].to_vec()
}

/// An MP4 box.
fn atom(kind: &str, content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32 + 8).to_be_bytes()[..], kind.as_bytes(), content].concat()
}

/// An ID3v2.3 tag with one frame.
fn id3(frame: &str, flags: [u8; 2], content: &[u8]) -> Vec<u8> {
    let frame = [frame.as_bytes(), &(content.len() as u32).to_be_bytes()[..], &flags, content].concat();
    let size = frame.len() as u32;
    let syncsafe = [size >> 21, size >> 14, size >> 7, size].map(|part| (part & 0x7f) as u8);
    [b"ID3\x03\0\0", &syncsafe[..], &frame].concat()
}

pub(super) fn files(workshop: &Workshop) -> Vec<Odd> {
    let mut all = Vec::new();
    let formats = [
        ("a.flac", ""),
        ("a.mp3", "-b:a 128k"),
        ("a.m4a", "-c:a aac"),
        ("a.ogg", "-c:a libvorbis"),
        ("a.opus", "-c:a libopus"),
        ("a.mka", "-c:a flac"),
        ("a.wma", "-c:a wmav2"),
        ("a.aiff", ""),
    ];
    for (number, (name, options)) in formats.into_iter().enumerate() {
        let whole = workshop.tone(400 + number as u32, name, options);
        all.push(odd(format!("cut {name}"), cut(&whole, 7 + number as u64), Fate::Either));
        all.push(odd(format!("cut again {name}"), cut(&whole, 99 + number as u64), Fate::Either));
    }
    let damaged = |hertz: u32, name: &str, options: &str| {
        let mut bytes = workshop.tone(hertz, name, options);
        let length = bytes.len();
        for (n, byte) in bytes[length / 3..length / 2].iter_mut().enumerate() {
            *byte = (n * 131 % 251) as u8;
        }
        bytes
    };
    let mp3 = |hertz| workshop.tone(hertz, "plain.mp3", "-b:a 128k -write_xing 0 -id3v2_version 0");
    let nested = (0..20_000).fold(
        Vec::new(),
        |inner: Vec<u8>, depth| if depth % 2 == 0 { atom("udta", &inner) } else { atom("moov", &inner) },
    );
    let chained =
        [workshop.tone(420, "1.ogg", "-c:a libvorbis"), workshop.tone(421, "2.ogg", "-c:a libvorbis -ar 22050")];
    all.extend([
        odd("damaged.flac", damaged(410, "d.flac", ""), Fate::Either),
        odd("damaged.mp3", damaged(411, "d.mp3", ""), Fate::Plays),
        odd("a flac.mp3", workshop.tone(412, "b.flac", ""), Fate::Plays),
        odd("an mp3.txt", workshop.tone(413, "b.mp3", ""), Fate::Plays),
        odd("no extension", workshop.tone(414, "b.wav", ""), Fate::Plays),
        odd("rubbish first.mp3", [vec![0x55; 50_000], mp3(415)].concat(), Fate::Either),
        odd(
            "rate changes.mp3",
            [mp3(416), workshop.tone(417, "low.mp3", "-ar 22050 -ac 1 -write_xing 0 -id3v2_version 0")].concat(),
            Fate::Either,
        ),
        odd("chained.ogg", chained.concat(), Fate::Either),
        odd("nested 20000 deep.m4a", [atom("ftyp", b"M4A \0\0\0\0M4A "), nested].concat(), Fate::Refused),
        odd(
            "title of 5 MB.mp3",
            [id3("TIT2", [0; 2], format!("\0{}", "t".repeat(5_000_000)).as_bytes()), mp3(422)].concat(),
            Fate::Plays,
        ),
        // A compressed frame: 4 bytes of the size that it unpacks to, then zlib data that never gets there.
        odd(
            "compressed tag says 2 GB.mp3",
            [
                id3("TIT2", [0, 0x80], &[&0x7fff_ffff_u32.to_be_bytes()[..], b"\x78\x9c\x03\0\0\0\0\x01"].concat()),
                mp3(423),
            ]
            .concat(),
            Fate::Plays,
        ),
        odd("20000 tags.flac", many_tags(workshop), Fate::Plays),
        odd("tag says 4 GB.flac", lying_tag(workshop), Fate::Either),
        odd(
            "random bytes.mp3",
            (0..200_000_u64).map(|n| (n.wrapping_mul(6_364_136_223_846_793_005) >> 33) as u8).collect::<Vec<_>>(),
            Fate::Either,
        ),
        odd("one byte.flac", b"f".to_vec(), Fate::Refused),
        odd("only a magic number.flac", b"fLaC".to_vec(), Fate::Refused),
    ]);
    all
}

fn many_tags(workshop: &Workshop) -> Vec<u8> {
    let tags: String =
        (0..20_000).map(|n| format!("KEY{n}=value\n")).fold(";FFMETADATA1\n".to_owned(), |all, one| all + &one);
    workshop.write("tags.txt", tags);
    workshop.ffmpeg("-f lavfi -i sine=frequency=424:duration=1 -i tags.txt -map_metadata 1", "tags.flac")
}

/// A FLAC whose comment block claims a vendor name of 4 GB.
fn lying_tag(workshop: &Workshop) -> Vec<u8> {
    let mut bytes = workshop.tone(425, "lying.flac", "");
    // Behind the marker and STREAMINFO (4 + 4 + 34 bytes) the comments begin: a header of 4 bytes, then the length.
    bytes[46..50].copy_from_slice(&[0xff; 4]);
    bytes
}
