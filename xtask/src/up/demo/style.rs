//! How music of a kind is played: scale, who plays what, and in which rhythm.
//!
//! A rhythm is a bar of sixteenths, `x` a stroke, `o` a softer one, `.` none.

use super::voice::Voice;

/// A kind of music.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Style {
    Ambient,
    Electronic,
    Folk,
    Chiptune,
    Piano,
    Dub,
    Jazz,
    Pop,
}

/// What plays chords.
pub(super) struct Comping {
    pub(super) voice: Voice,
    pub(super) rhythm: &'static str,
    pub(super) gain: f32,
    /// Seconds between the notes of one chord: a strum.
    pub(super) spread: f64,
}

/// What plays a chord note by note.
pub(super) struct Arpeggio {
    pub(super) voice: Voice,
    /// Sixteenths from note to note.
    pub(super) step: usize,
    pub(super) gain: f32,
}

/// What plays the tune.
pub(super) struct Lead {
    pub(super) voice: Voice,
    /// How many of the eighths begin a note, 0 to 1.
    pub(super) density: f64,
    pub(super) octave: i32,
    pub(super) gain: f32,
}

/// Who plays.
pub(super) struct Band {
    /// Half tones above the root.
    pub(super) scale: [i32; 7],
    /// Sequences of chords, as steps of the scale; a piece chooses one.
    pub(super) progressions: [[i32; 4]; 3],
    /// How much later every second eighth comes, as a part of an eighth.
    pub(super) swing: f64,
    /// The loudness of held chords.
    pub(super) pad: f32,
    pub(super) comping: Option<Comping>,
    pub(super) arpeggio: Option<Arpeggio>,
    pub(super) bass: &'static str,
    pub(super) lead: Option<Lead>,
    pub(super) kick: &'static str,
    pub(super) snare: &'static str,
    pub(super) hat: &'static str,
    /// How much of the echo is heard, 0 to 1.
    pub(super) echo: f32,
}

const MAJOR: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
const MINOR: [i32; 7] = [0, 2, 3, 5, 7, 8, 10];
const DORIAN: [i32; 7] = [0, 2, 3, 5, 7, 9, 10];
const LYDIAN: [i32; 7] = [0, 2, 4, 6, 7, 9, 11];

const NOBODY: Band = Band {
    scale: MAJOR,
    progressions: [[0, 5, 3, 4], [0, 3, 5, 4], [0, 4, 5, 3]],
    swing: 0.0,
    pad: 0.0,
    comping: None,
    arpeggio: None,
    bass: "",
    lead: None,
    kick: "",
    snare: "",
    hat: "",
    echo: 0.15,
};

const fn lead(voice: Voice, density: f64, octave: i32, gain: f32) -> Lead {
    Lead { voice, density, octave, gain }
}

const fn comping(voice: Voice, rhythm: &'static str, gain: f32, spread: f64) -> Comping {
    Comping { voice, rhythm, gain, spread }
}

const fn arpeggio(voice: Voice, step: usize, gain: f32) -> Arpeggio {
    Arpeggio { voice, step, gain }
}

const AMBIENT: Band = Band {
    scale: LYDIAN,
    progressions: [[0, 1, 5, 3], [0, 4, 1, 5], [5, 3, 0, 1]],
    pad: 0.5,
    arpeggio: Some(arpeggio(Voice::Bell, 4, 0.16)),
    bass: "x...............",
    echo: 0.45,
    ..NOBODY
};

const ELECTRONIC: Band = Band {
    scale: MINOR,
    progressions: [[0, 5, 2, 6], [0, 3, 5, 6], [5, 6, 0, 0]],
    pad: 0.16,
    arpeggio: Some(arpeggio(Voice::Pluck, 1, 0.24)),
    bass: "x..x..x...x.x...",
    lead: Some(lead(Voice::Square, 0.35, 1, 0.12)),
    kick: "x...x...x...x..o",
    snare: "....x.......x...",
    hat: "..x...x...x...x.",
    echo: 0.25,
    ..NOBODY
};

const FOLK: Band = Band {
    comping: Some(comping(Voice::Pluck, "x..ox.o.x..ox.o.", 0.22, 0.018)),
    bass: "x.......x.......",
    lead: Some(lead(Voice::Keys, 0.5, 1, 0.26)),
    hat: "....o.......o...",
    echo: 0.12,
    ..NOBODY
};

const CHIPTUNE: Band = Band {
    progressions: [[0, 4, 5, 3], [5, 3, 0, 4], [0, 5, 1, 4]],
    arpeggio: Some(arpeggio(Voice::Square, 1, 0.12)),
    bass: "x.x.x.x.x.x.x.x.",
    lead: Some(lead(Voice::Square, 0.7, 1, 0.2)),
    kick: "x.......x.......",
    snare: "....x.......x..o",
    hat: "x.x.x.x.x.x.x.x.",
    echo: 0.05,
    ..NOBODY
};

const PIANO: Band = Band {
    scale: MINOR,
    progressions: [[0, 5, 3, 4], [0, 6, 5, 4], [0, 2, 5, 3]],
    pad: 0.05,
    arpeggio: Some(arpeggio(Voice::Keys, 2, 0.22)),
    bass: "x...............",
    lead: Some(lead(Voice::Keys, 0.4, 1, 0.34)),
    echo: 0.22,
    ..NOBODY
};

const DUB: Band = Band {
    scale: DORIAN,
    progressions: [[0, 0, 3, 3], [0, 0, 5, 6], [0, 3, 0, 4]],
    pad: 0.12,
    comping: Some(comping(Voice::Keys, "..x...x...x..ox.", 0.2, 0.0)),
    bass: "x..x....x..x..o.",
    kick: "x...x...x...x...",
    hat: "..x...x...x...xo",
    echo: 0.5,
    ..NOBODY
};

const JAZZ: Band = Band {
    scale: DORIAN,
    progressions: [[1, 4, 0, 5], [0, 3, 1, 4], [2, 5, 1, 4]],
    swing: 0.33,
    comping: Some(comping(Voice::Keys, "x.....o.....x...", 0.16, 0.006)),
    bass: "x...x...x...x...",
    lead: Some(lead(Voice::Bell, 0.55, 1, 0.24)),
    snare: "....o.......o...",
    hat: "x...x.o.x...x.o.",
    ..NOBODY
};

const POP: Band = Band {
    progressions: [[5, 3, 0, 4], [0, 4, 5, 3], [3, 0, 4, 5]],
    pad: 0.2,
    arpeggio: Some(arpeggio(Voice::Pluck, 2, 0.16)),
    bass: "x.....x.x.....x.",
    lead: Some(lead(Voice::Bell, 0.5, 1, 0.22)),
    kick: "x.....o.x.......",
    snare: "....x.......x...",
    hat: "x.x.x.x.x.x.x.xo",
    ..NOBODY
};

impl Style {
    /// Who plays it.
    pub(super) const fn band(self) -> Band {
        match self {
            Self::Ambient => AMBIENT,
            Self::Electronic => ELECTRONIC,
            Self::Folk => FOLK,
            Self::Chiptune => CHIPTUNE,
            Self::Piano => PIANO,
            Self::Dub => DUB,
            Self::Jazz => JAZZ,
            Self::Pop => POP,
        }
    }
}
