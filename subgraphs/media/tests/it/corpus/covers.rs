//! Good sound with a cover that is anything but: the sound plays, the picture is left out.

use super::{Fate, Odd, Workshop, odd};

/// An ID3v2.3 tag with a cover of this type.
fn cover_tag(mime: &str, image: &[u8]) -> Vec<u8> {
    let content = [b"\0", mime.as_bytes(), b"\0\x03\0", image].concat();
    let frame = [b"APIC", &(content.len() as u32).to_be_bytes()[..], b"\0\0", &content].concat();
    let size = frame.len() as u32;
    let syncsafe = [size >> 21, size >> 14, size >> 7, size].map(|part| (part & 0x7f) as u8);
    [b"ID3\x03\0\0", &syncsafe[..], &frame].concat()
}

/// A PNG that claims a size and has nothing to show for it.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut image = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    image.extend([width, height].map(u32::to_be_bytes).concat());
    image.extend(b"\x08\x02\0\0\0\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82");
    image
}

pub(super) fn files(workshop: &Workshop) -> Vec<Odd> {
    let trap = workshop.trap;
    let large = workshop.ffmpeg("-f lavfi -i color=c=blue:s=6000x6000:d=0.04 -frames:v 1", "large.png");
    let huge = workshop.ffmpeg("-f lavfi -i color=c=blue:s=12000x12000:d=0.04 -frames:v 1", "huge.png");
    let jpeg = b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xd9";
    let gif = b"GIF89a\x30\x75\x30\x75\xf0\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x30\x75\x30\x75\0\x02\x02D\x01\0;";
    let svg = format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"http://127.0.0.1:{trap}/\"/></svg>");
    let list = format!("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nhttp://127.0.0.1:{trap}/\n#EXT-X-ENDLIST\n");
    let link = format!("http://127.0.0.1:{trap}/cover.jpg");
    let covers: [(&str, &str, &[u8]); 9] = [
        ("cover of 36 megapixels.mp3", "image/png", &large),
        ("cover of 144 megapixels.mp3", "image/png", &huge),
        ("cover says 65535 x 65535.mp3", "image/jpeg", jpeg),
        ("cover says 30000 x 30000.mp3", "image/gif", gif),
        ("cover says 4 billion squared.mp3", "image/png", &png(u32::MAX / 2, u32::MAX / 2)),
        ("cover is a vector with a link.mp3", "image/svg+xml", svg.as_bytes()),
        ("cover is a playlist.mp3", "image/jpeg", list.as_bytes()),
        ("cover is a link.mp3", "-->", link.as_bytes()),
        ("cover is empty.mp3", "image/jpeg", b""),
    ];
    let mut all = Vec::new();
    for (number, (name, mime, image)) in covers.into_iter().enumerate() {
        let sound = workshop.tone(500 + number as u32, "covered.mp3", "-b:a 128k -id3v2_version 0");
        all.push(odd(name, [cover_tag(mime, image), sound].concat(), Fate::Plays));
    }
    all
}
