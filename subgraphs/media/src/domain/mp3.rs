//! The gapless figures that LAME writes into the first frame of an MP3.
//! Layout: <http://gabriel.mp3-tech.org/mp3infotag.html>

/// What every MP3 decoder adds before the audio, besides what the encoder added.
const DECODER_DELAY: i32 = 529;

/// The samples before and behind the audio of an MP3 as a plain decoder gives them, from the file's first bytes.
pub fn gapless(head: &[u8]) -> Option<(i32, i32)> {
    let tag = head.windows(4).position(|four| four == b"Xing" || four == b"Info")?;
    let flags = u32::from_be_bytes(head.get(tag + 4..tag + 8)?.try_into().ok()?);
    // Frames, bytes, table of contents and quality are each there or not.
    let lengths = [(1, 4), (2, 4), (4, 100), (8, 4)];
    let optional: usize = lengths.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, length)| length).sum();
    let encoder = tag + 8 + optional;
    let figures = head.get(encoder + 21..encoder + 24)?;
    let delay = i32::from(figures[0]) << 4 | i32::from(figures[1]) >> 4;
    let padding = (i32::from(figures[1]) & 0x0f) << 8 | i32::from(figures[2]);
    Some((delay + DECODER_DELAY, (padding - DECODER_DELAY).max(0)))
}

#[cfg(test)]
mod tests {
    use super::gapless;

    #[test]
    fn delay_and_padding_are_twelve_bits_each_behind_the_encoders_name() {
        let mut head = b"junkInfo\x00\x00\x00\x0f".to_vec();
        head.extend([0; 4 + 4 + 100 + 4]);
        head.extend(b"LAME3.100");
        head.extend([0; 12]);
        head.extend([0x24, 0x04, 0x6d]);
        assert_eq!(gapless(&head), Some((576 + 529, 1133 - 529)));
        assert_eq!(gapless(b"ID3 and nothing else"), None);
    }
}
