//! Files that hold no sound but what a program makes sound of: modules of trackers, music of games, MIDI. They are not played, by
//! choice: what they sound like depends on the program, and each is a program for a foreign machine. The refusal says so.

use std::{fs::File, io::Read, path::Path};

/// Bytes that are looked at: the mark of a module of Amiga trackers stands behind its 31 samples and its order.
const LOOK_BYTES: u64 = 1084;

const TRACKER: &str = "a tracker module";
const GAME: &str = "game music";

/// What is where in such files, and what they are.
const MARKS: [(usize, &[u8], &str); 25] = [
    (0, b"Extended Module: ", TRACKER),
    (0, b"IMPM", TRACKER),
    (44, b"SCRM", TRACKER),
    (0, b"MTM\x10", TRACKER),
    (0, b"MO3", TRACKER),
    (0, b"OKTASONG", TRACKER),
    (0, b"MMD", TRACKER),
    (1080, b"M.K.", TRACKER),
    (1080, b"M!K!", TRACKER),
    (1080, b"FLT4", TRACKER),
    (1080, b"6CHN", TRACKER),
    (1080, b"8CHN", TRACKER),
    (0, b"NESM\x1a", GAME),
    (0, b"NSFE", GAME),
    (0, b"SNES-SPC700 Sound File Data", GAME),
    (0, b"Vgm ", GAME),
    (0, b"GBS\x01", GAME),
    (0, b"HESM", GAME),
    (0, b"KSCC", GAME),
    (0, b"KSSX", GAME),
    (0, b"ZXAYEMUL", GAME),
    (0, b"SAP\x0d\x0a", GAME),
    (0, b"PSID", GAME),
    (0, b"RSID", GAME),
    (0, b"MThd", "MIDI"),
];

/// Why the file is refused, if it is such a one.
pub(super) fn refusal(path: &Path) -> Option<String> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(LOOK_BYTES).read_to_end(&mut head).ok()?;
    let kind = kind(&head)?;
    Some(format!(
        "This is {kind}, which holds notes for a program and no sound. Upload a recording of it, such as a FLAC."
    ))
}

fn kind(head: &[u8]) -> Option<&'static str> {
    let holds = |(at, mark, _): &&(usize, &[u8], &str)| head.get(*at..).is_some_and(|rest| rest.starts_with(mark));
    MARKS.iter().find(holds).map(|(_, _, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_game_music_and_midi_are_known_by_their_marks_and_music_is_none() {
        let module = [&[0; 1080][..], b"M.K."].concat();
        let s3m = [&[0; 44][..], b"SCRM"].concat();
        for (head, expected) in [
            (&module[..], Some(TRACKER)),
            (&s3m, Some(TRACKER)),
            (b"Extended Module: x", Some(TRACKER)),
            (b"SNES-SPC700 Sound File Data v0.30", Some(GAME)),
            (b"MThd\0\0\0\x06", Some("MIDI")),
            (b"fLaC", None),
            (b"MP3", None),
            (b"", None),
        ] {
            assert_eq!(kind(head), expected, "{head:x?}");
        }
    }
}
