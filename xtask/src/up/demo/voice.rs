//! The instruments: how a note of each sounds. They know nothing of chords and bars.

use std::f32::consts::TAU;
use std::sync::LazyLock;

use super::flac::SAMPLE_RATE;
use super::random::Random;

/// An instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    Pad,
    Keys,
    Pluck,
    Square,
    Bass,
    Bell,
    Kick,
    Snare,
    Hat,
}

/// A note to be played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Note {
    pub(super) voice: Voice,
    /// Seconds from the start of the piece.
    pub(super) at: f64,
    /// Seconds until it is let go.
    pub(super) length: f64,
    /// Hertz; drums have their own.
    pub(super) pitch: f64,
    pub(super) gain: f32,
    /// From -1, left, to 1, right.
    pub(super) pan: f32,
}

const TABLE: usize = 2048;
const RATE: f32 = SAMPLE_RATE as f32;

/// An instrument with pitch: it begins with one wave and fades to another, as strings do.
struct Tone {
    bright: Vec<f32>,
    dull: Vec<f32>,
    /// How fast the first wave gives way to the second, per second.
    fade: f32,
    /// Seconds.
    attack: f32,
    /// How fast it dies away while it is held, per second.
    decay: f32,
    /// Seconds from being let go to silence.
    release: f32,
    /// How much lower the right side is, as a part of the pitch.
    detune: f32,
}

struct Shape {
    bright: &'static [(f32, f32)],
    dull: &'static [(f32, f32)],
    fade: f32,
    attack: f32,
    decay: f32,
    release: f32,
    detune: f32,
}

const PAD: Shape = Shape {
    bright: &[(1.0, 0.7), (2.0, 0.3), (3.0, 0.2), (4.0, 0.1), (5.0, 0.06)],
    dull: &[(1.0, 0.8), (2.0, 0.2), (3.0, 0.06)],
    fade: 0.6,
    attack: 0.7,
    decay: 0.05,
    release: 1.2,
    detune: 0.003,
};

const KEYS: Shape = Shape {
    bright: &[(1.0, 0.7), (2.0, 0.45), (3.0, 0.25), (4.0, 0.18), (6.0, 0.09), (7.0, 0.05)],
    dull: &[(1.0, 0.9), (2.0, 0.15)],
    fade: 3.0,
    attack: 0.004,
    decay: 1.6,
    release: 0.3,
    detune: 0.0006,
};

const PLUCK: Shape = Shape {
    bright: &[(1.0, 0.6), (2.0, 0.5), (3.0, 0.4), (4.0, 0.25), (5.0, 0.2), (7.0, 0.12), (9.0, 0.06)],
    dull: &[(1.0, 0.8), (2.0, 0.3), (3.0, 0.08)],
    fade: 7.0,
    attack: 0.002,
    decay: 3.2,
    release: 0.15,
    detune: 0.0004,
};

const PULSE: &[(f32, f32)] = &[(1.0, 0.8), (3.0, 0.27), (5.0, 0.16), (7.0, 0.11), (9.0, 0.09), (11.0, 0.07)];

const SQUARE: Shape =
    Shape { bright: PULSE, dull: PULSE, fade: 1.0, attack: 0.003, decay: 0.9, release: 0.03, detune: 0.0 };

const BASS: Shape = Shape {
    bright: &[(1.0, 0.9), (2.0, 0.4), (3.0, 0.2), (4.0, 0.08)],
    dull: &[(1.0, 1.0), (2.0, 0.15)],
    fade: 5.0,
    attack: 0.006,
    decay: 0.7,
    release: 0.08,
    detune: 0.0,
};

const BELL: Shape = Shape {
    bright: &[(1.0, 0.7), (3.0, 0.2), (5.0, 0.16), (9.0, 0.07)],
    dull: &[(1.0, 0.9), (2.0, 0.05)],
    fade: 4.0,
    attack: 0.003,
    decay: 1.3,
    release: 0.6,
    detune: 0.0009,
};

/// One period of these harmonics, each with its strength, and the first sample again at the end.
fn wave(harmonics: &[(f32, f32)]) -> Vec<f32> {
    let at = |n: usize| {
        let turn = n as f32 / TABLE as f32 * TAU;
        harmonics.iter().map(|(number, strength)| strength * (number * turn).sin()).sum()
    };
    (0..=TABLE).map(at).collect()
}

impl Tone {
    fn new(shape: &Shape) -> Self {
        let Shape { bright, dull, fade, attack, decay, release, detune } = *shape;
        Self { bright: wave(bright), dull: wave(dull), fade, attack, decay, release, detune }
    }

    fn of(voice: Voice) -> Option<&'static Self> {
        static TONES: LazyLock<[Tone; 6]> =
            LazyLock::new(|| [&PAD, &KEYS, &PLUCK, &SQUARE, &BASS, &BELL].map(Tone::new));
        let at = match voice {
            Voice::Pad => 0,
            Voice::Keys => 1,
            Voice::Pluck => 2,
            Voice::Square => 3,
            Voice::Bass => 4,
            Voice::Bell => 5,
            Voice::Kick | Voice::Snare | Voice::Hat => return None,
        };
        Some(&TONES[at])
    }

    fn play(&self, note: &Note, into: &mut [[f32; 2]]) {
        let held = note.length as f32;
        let frames = ((held + self.release) * RATE) as usize;
        let step = note.pitch as f32 / RATE * TABLE as f32;
        let steps = [step, step * (1.0 - self.detune)];
        let gains = sides(note);
        let (fade_step, decay_step) = ((-self.fade / RATE).exp(), (-self.decay / RATE).exp());
        let (mut bright, mut level, mut phases) = (1.0_f32, 1.0_f32, [0.0_f32; 2]);
        for (n, frame) in into.iter_mut().take(frames).enumerate() {
            let time = n as f32 / RATE;
            let rise = (time / self.attack).min(1.0);
            let fall = (1.0 - (time - held) / self.release).clamp(0.0, 1.0);
            let loudness = level * rise * fall * fall;
            for side in 0..2 {
                let phase = phases[side];
                let at = phase as usize;
                let part = phase - at as f32;
                let in_table = |table: &[f32]| table[at] + part * (table[at + 1] - table[at]);
                let (first, second) = (in_table(&self.bright), in_table(&self.dull));
                frame[side] += gains[side] * loudness * (second + bright * (first - second));
                let next = phase + steps[side];
                phases[side] = if next >= TABLE as f32 { next % TABLE as f32 } else { next };
            }
            bright *= fade_step;
            level *= decay_step;
        }
    }
}

/// The loudness left and right.
fn sides(note: &Note) -> [f32; 2] {
    [note.gain * (1.0 - note.pan.max(0.0) * 0.8), note.gain * (1.0 + note.pan.min(0.0) * 0.8)]
}

/// Adds a note to a piece; what is beyond its end is not heard.
pub(super) fn play(note: &Note, into: &mut [[f32; 2]]) {
    let from = ((note.at.max(0.0) * f64::from(SAMPLE_RATE)) as usize).min(into.len());
    let into = &mut into[from..];
    match Tone::of(note.voice) {
        Some(tone) => tone.play(note, into),
        None => drum(note, into),
    }
}

fn drum(note: &Note, into: &mut [[f32; 2]]) {
    let (seconds, decay) = match note.voice {
        Voice::Kick => (0.3, 12.0),
        Voice::Snare => (0.2, 18.0),
        _ => (0.07, 60.0),
    };
    let gains = sides(note);
    let mut random = Random::of("drums");
    let (mut phase, mut last) = (0.0_f32, 0.0_f32);
    for (n, frame) in into.iter_mut().take((seconds * RATE) as usize).enumerate() {
        let time = n as f32 / RATE;
        let noise = random.between(-1.0, 1.0) as f32;
        let sound = match note.voice {
            Voice::Kick => {
                // Falls from 170 Hz to 45 Hz.
                phase += (45.0 + 125.0 * (-time * 30.0).exp()) / RATE * TAU;
                phase.sin()
            }
            Voice::Snare => 0.6 * noise + 0.5 * (time * 185.0 * TAU).sin(),
            _ => 0.5 * (noise - last),
        };
        last = noise;
        let loudness = (-time * decay).exp();
        frame[0] += gains[0] * loudness * sound;
        frame[1] += gains[1] * loudness * sound;
    }
}
