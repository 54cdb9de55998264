//! The gapless figures that LAME writes into the first frame of an MP3.
//! Layout: <http://gabriel.mp3-tech.org/mp3infotag.html>

/// What every MP3 decoder adds before the audio, besides what the encoder added.
const DECODER_DELAY: i32 = 529;

/// The samples before and behind the audio of an MP3 as a plain decoder gives them, from the file's first bytes. They are read
/// at their place in the first frame and nowhere else: the same letters may stand in a title.
pub fn gapless(head: &[u8]) -> Option<(i32, i32)> {
    let frame = first_frame(head)?;
    let tag = frame.get(info_offset(frame)?..)?;
    if !(tag.starts_with(b"Xing") || tag.starts_with(b"Info")) {
        return None;
    }
    let flags = u32::from_be_bytes(tag.get(4..8)?.try_into().ok()?);
    // Frames, bytes, table of contents and quality are each there or not.
    let lengths = [(1, 4), (2, 4), (4, 100), (8, 4)];
    let optional: usize = lengths.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, length)| length).sum();
    let figures = tag.get(8 + optional + 21..8 + optional + 24)?;
    let delay = i32::from(figures[0]) << 4 | i32::from(figures[1]) >> 4;
    let padding = (i32::from(figures[1]) & 0x0f) << 8 | i32::from(figures[2]);
    Some((delay + DECODER_DELAY, (padding - DECODER_DELAY).max(0)))
}

/// What follows the `ID3v2` tags and what was left free behind them.
fn first_frame(mut head: &[u8]) -> Option<&[u8]> {
    while head.starts_with(b"ID3") {
        // Seven bits of each of four bytes; a footer repeats the ten of the header.
        let size = head.get(6..10)?.iter().fold(0, |size, byte| size << 7 | usize::from(byte & 0x7f));
        let footer = if head[5] & 0x10 == 0 { 0 } else { 10 };
        head = head.get(10 + size + footer..)?;
    }
    let padding = head.iter().take_while(|byte| **byte == 0).count();
    Some(&head[padding..])
}

/// Where the figures begin in a frame of layer III: behind its header and the side information, whose length depends on the
/// version and on whether there is one channel.
fn info_offset(frame: &[u8]) -> Option<usize> {
    let header = frame.get(..4)?;
    if header[0] != 0xff || header[1] & 0xe6 != 0xe2 {
        return None;
    }
    let (is_version_1, is_mono) = (header[1] & 0x18 == 0x18, header[3] & 0xc0 == 0xc0);
    Some(match (is_version_1, is_mono) {
        (true, false) => 4 + 32,
        (true, true) | (false, false) => 4 + 17,
        (false, true) => 4 + 9,
    })
}

#[cfg(test)]
mod tests {
    use super::gapless;

    fn id3(text: &[u8], has_footer: bool) -> Vec<u8> {
        let length = [(text.len() >> 7) as u8, (text.len() & 0x7f) as u8];
        let mut tag = [b"ID3\x04\x00".as_slice(), &[if has_footer { 0x10 } else { 0 }, 0, 0], &length, text].concat();
        if has_footer {
            tag.extend([b'x'; 10]);
        }
        tag
    }

    /// A first frame with these bytes of header behind the sync, and delay 576 and padding 1133 of the encoder.
    fn frame(header: [u8; 3], side_information: usize, name: &str) -> Vec<u8> {
        let mut frame = [&[0xff], &header[..]].concat();
        frame.extend(vec![0; side_information]);
        frame.extend(name.as_bytes());
        frame.extend([0, 0, 0, 0x0f]);
        frame.extend([0; 4 + 4 + 100 + 4]);
        frame.extend(b"LAME3.100");
        frame.extend([0; 12]);
        frame.extend([0x24, 0x04, 0x6d]);
        frame
    }

    const STEREO: [u8; 3] = [0xfb, 0x90, 0x44];
    const FIGURES: Option<(i32, i32)> = Some((576 + 529, 1133 - 529));

    #[test]
    fn delay_and_padding_are_twelve_bits_each_behind_the_encoders_name() {
        assert_eq!(gapless(&frame(STEREO, 32, "Info")), FIGURES);
        assert_eq!(gapless(&frame([0xfb, 0x90, 0xc4], 17, "Xing")), FIGURES, "mono");
        assert_eq!(gapless(&frame([0xf3, 0x90, 0x44], 17, "Info")), FIGURES, "MPEG-2");
        assert_eq!(gapless(&frame([0xe3, 0x90, 0xc4], 9, "Info")), FIGURES, "MPEG-2.5, mono");
    }

    #[test]
    fn letters_in_tags_are_no_figures() {
        for title in ["Informer", "Information Society", "Xingu", "Too Much Info"] {
            let long = title.repeat(50);
            for tag in [id3(title.as_bytes(), false), id3(long.as_bytes(), true)] {
                assert_eq!(gapless(&[&tag[..], &frame(STEREO, 32, "Info")].concat()), FIGURES, "{title}");
                assert_eq!(
                    gapless(&[&tag[..], &tag, &[0; 9], &frame(STEREO, 32, "Xing")].concat()),
                    FIGURES,
                    "{title}"
                );
                assert_eq!(gapless(&[&tag[..], &frame(STEREO, 32, "junk")].concat()), None, "{title}");
            }
        }
        for broken in [&b"ID3 and nothing else"[..], b"", b"Info", b"\xff\xfb", &[0; 64]] {
            assert_eq!(gapless(broken), None);
        }
    }
}
