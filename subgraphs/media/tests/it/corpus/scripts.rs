//! What is no audio but wants to be read as something else: playlists, scripts, archives, and names that are tricks.

use super::{Fate, Odd, Workshop, odd};

pub(super) fn files(workshop: &Workshop) -> Vec<Odd> {
    let trap = format!("http://127.0.0.1:{}", workshop.trap);
    let hls = |uri: &str| format!("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n{uri}\n#EXT-X-ENDLIST\n");
    let local = workshop.path("local.flac");
    workshop.tone(600, "local.flac", "");
    let local = local.display();
    let data = "data:audio/wav;base64,UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";
    let dash =
        format!("<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><BaseURL>{trap}/</BaseURL></MPD>");
    let mut all = Vec::new();
    for (name, text) in [
        ("hls of a web address.mp3", hls(&format!("{trap}/a.ts"))),
        ("hls of a local file.mp3", hls(&format!("file://{local}"))),
        ("hls of a data url.mp3", hls(data)),
        ("hls of a concat.mp3", hls(&format!("concat:{local}|{local}"))),
        (
            "hls with a key.m3u8",
            format!("#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI=\"{trap}/key\"\n#EXTINF:6,\nfile://{local}\n"),
        ),
        ("concat script.mp3", format!("ffconcat version 1.0\nfile '{local}'\n")),
        ("concat of a web address.mp3", format!("ffconcat version 1.0\nfile '{trap}/a.mp3'\n")),
        ("dash.mp3", dash),
        ("list.pls", format!("[playlist]\nFile1={trap}/a.mp3\nNumberOfEntries=1\n")),
        (
            "list.xspf",
            format!(
                "<?xml version=\"1.0\"?><playlist><trackList><track><location>{trap}/</location></track></trackList></playlist>"
            ),
        ),
        ("list.asx", format!("<asx version=\"3.0\"><entry><ref href=\"{trap}/\"/></entry></asx>")),
        (
            "session.sdp",
            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n".to_owned(),
        ),
        ("redirect.mov", format!("RTSPtext\r\nrtsp://127.0.0.1:{}/a\r\n", workshop.trap)),
        ("shell.mp3", "#!/bin/sh\ntouch /tmp/pwned\n".repeat(100)),
        ("page.mp3", "<!doctype html><audio src=x>".repeat(1_000)),
    ] {
        all.push(odd(name, text, Fate::Refused));
    }
    let archive = [b"PK\x03\x04\x14\0\0\0\x08\0".to_vec(), vec![0; 10_000]].concat();
    all.push(odd("archive.mp3", archive, Fate::Refused));
    all.push(odd("program.flac", [b"\x7fELF\x02\x01\x01\0".to_vec(), vec![0; 10_000]].concat(), Fate::Refused));
    all.push(odd("reference.mov", with_reference(workshop, &format!("{trap}/a.mov")), Fate::Either));
    let long = "é".repeat(255);
    let tricks = [
        "../../../etc/passwd",
        "file:///etc/passwd",
        "-i.mp3",
        "%d %s %n.mp3",
        "$(touch pwned).mp3",
        "a|b;c&d.mp3",
        "concat:a|b",
        "con.wav",
        "a\r\nX-Evil: 1.mp3",
        &long,
    ];
    for (number, name) in tricks.into_iter().enumerate() {
        all.push(odd(name, workshop.tone(610 + number as u32, "trick.mp3", "-b:a 96k"), Fate::Plays));
    }
    all
}

/// An MP4 whose samples are said to lie in another file, at a web address.
fn with_reference(workshop: &Workshop, url: &str) -> Vec<u8> {
    let mut bytes = workshop.tone(601, "reference.mov", "-c:a pcm_s16le");
    // `url ` with the flag 1 says "in this file"; without it an address follows, which we write over what comes next.
    let at = bytes.windows(8).position(|window| window == b"url \0\0\0\x01").unwrap();
    bytes[at + 7] = 0;
    let end = (at + 8 + url.len()).min(bytes.len());
    let length = end - at - 8;
    bytes[at + 8..end].copy_from_slice(&url.as_bytes()[..length]);
    bytes
}
