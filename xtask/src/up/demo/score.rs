//! Composes a piece: chords, bass, tune and drums, from a style and a name. The same name gives the same piece.

use super::random::Random;
use super::style::{Band, Style};
use super::voice::{Note, Voice};

const BEATS: f64 = 4.0;
const SIXTEENTHS: usize = 16;
/// The notes of an arpeggio, as steps above the chord.
const UP_AND_DOWN: [i32; 8] = [0, 2, 4, 7, 9, 7, 4, 2];
/// The lowest note that a piece may be in, as a MIDI number.
const LOWEST_ROOT: i32 = 48;

/// Seconds in which the last chord dies away.
pub(super) const ENDING: f64 = 2.0;

/// A piece as it is played.
pub(super) struct Score {
    pub(super) notes: Vec<Note>,
    /// Seconds, with the time in which the last chord dies away.
    pub(super) seconds: f64,
    /// Seconds of a bar.
    pub(super) bar: f64,
    /// How much of the echo is heard, 0 to 1.
    pub(super) echo: f32,
}

/// Composes a piece of about so many seconds, in pairs of bars. `tempo` is in beats per minute.
pub(super) fn compose(name: &str, style: Style, tempo: f64, seconds: f64) -> Score {
    let mut random = Random::of(name);
    let bar = BEATS * 60.0 / tempo;
    let bars = ((seconds / bar / 2.0).round() as usize * 2).max(4);
    let band = style.band();
    let mut composer = Composer {
        root: LOWEST_ROOT + random.below(12) as i32,
        progression: *random.pick(&band.progressions),
        motif: Vec::new(),
        notes: Vec::new(),
        band,
        random,
        bar,
    };
    composer.motif = composer.invent();
    for number in 0..bars {
        composer.bar(number, bars);
    }
    let Composer { mut notes, band, .. } = composer;
    notes.sort_by(|one, other| one.at.total_cmp(&other.at));
    Score { notes, seconds: bars as f64 * bar + ENDING, bar, echo: band.echo }
}

struct Composer {
    band: Band,
    random: Random,
    /// A MIDI number.
    root: i32,
    progression: [i32; 4],
    /// Two bars of tune: for each eighth the step from the chord's root, if a note begins.
    motif: Vec<Option<i32>>,
    notes: Vec<Note>,
    bar: f64,
}

impl Composer {
    /// The pitch of a step of the scale, in Hertz.
    fn pitch(&self, step: i32, octave: i32) -> f64 {
        let half_tones = self.band.scale[step.rem_euclid(7) as usize] + 12 * (step.div_euclid(7) + octave);
        440.0 * (f64::from(self.root + half_tones - 69) / 12.0).exp2()
    }

    fn invent(&mut self) -> Vec<Option<i32>> {
        let density = self.band.lead.as_ref().map_or(0.0, |lead| lead.density);
        let mut step = *self.random.pick(&[0, 2, 4]);
        let eighth = |at: usize| {
            // Strong beats are more likely to begin a note, and rest on the chord.
            let is_strong = at.is_multiple_of(4);
            let chance = if is_strong { density + 0.35 } else { density * 0.8 };
            step = (step + *self.random.pick(&[-2, -1, -1, 0, 1, 1, 2])).clamp(-2, 7);
            if is_strong {
                step = step / 2 * 2;
            }
            (self.random.unit() < chance).then_some(step)
        };
        (0..SIXTEENTHS).map(eighth).collect()
    }

    fn bar(&mut self, number: usize, bars: usize) {
        let start = number as f64 * self.bar;
        let is_last = number + 1 == bars;
        let chord = if is_last { 0 } else { self.progression[number % 4] };
        self.held_chord(start, chord, is_last);
        if is_last {
            return self.add(Voice::Bass, start, self.bar, self.pitch(0, -1), (0.4, 0.0));
        }
        self.comp(start, chord);
        self.arpeggio(start, chord);
        self.tune(start, chord, number);
        let band_bass = self.band.bass;
        for (at, gain) in strokes(band_bass) {
            // The fifth now and then, off the first beat.
            let step = if at > 0 && self.random.unit() < 0.25 { chord + 4 } else { chord };
            self.add(Voice::Bass, self.time(start, at), self.bar / 8.0, self.pitch(step, -1), (0.42 * gain, 0.0));
        }
        // Drums come in after two bars, so that a piece opens.
        if number >= 2 || bars <= 4 {
            self.drums(start);
        }
    }

    /// When a sixteenth of a bar is played.
    fn time(&self, start: f64, sixteenth: usize) -> f64 {
        let length = self.bar / SIXTEENTHS as f64;
        let late = if sixteenth % 4 == 2 { self.band.swing * 2.0 } else { 0.0 };
        start + (sixteenth as f64 + late) * length
    }

    fn add(&mut self, voice: Voice, at: f64, length: f64, pitch: f64, (gain, pan): (f32, f32)) {
        self.notes.push(Note { voice, at, length, pitch, gain, pan });
    }

    fn held_chord(&mut self, start: f64, chord: i32, is_last: bool) {
        let gain = if is_last { self.band.pad.max(0.18) } else { self.band.pad };
        if gain <= 0.0 {
            return;
        }
        for (step, pan) in [(0, -0.4), (2, 0.4), (4, 0.0)] {
            self.add(Voice::Pad, start, self.bar, self.pitch(chord + step, 0), (gain / 3.0, pan));
        }
    }

    fn comp(&mut self, start: f64, chord: i32) {
        let Some(comping) = &self.band.comping else { return };
        let (voice, gain, spread, rhythm) = (comping.voice, comping.gain, comping.spread, comping.rhythm);
        for (at, stroke) in strokes(rhythm) {
            for (place, step) in [0, 2, 4, 7].into_iter().enumerate() {
                let time = self.time(start, at) + place as f64 * spread;
                let pan = place as f32 * 0.2 - 0.3;
                self.add(voice, time, self.bar / 6.0, self.pitch(chord + step, 0), (gain * stroke, pan));
            }
        }
    }

    fn arpeggio(&mut self, start: f64, chord: i32) {
        let Some(arpeggio) = &self.band.arpeggio else { return };
        let (voice, step, gain) = (arpeggio.voice, arpeggio.step, arpeggio.gain);
        for (place, at) in (0..SIXTEENTHS).step_by(step).enumerate() {
            let pitch = self.pitch(chord + UP_AND_DOWN[place % 8], 1);
            let accent = if at == 0 { 1.0 } else { 0.75 };
            let pan = if place % 2 == 0 { -0.35 } else { 0.35 };
            let length = self.bar / SIXTEENTHS as f64 * step as f64;
            self.add(voice, self.time(start, at), length, pitch, (gain * accent, pan));
        }
    }

    /// The motif, varied every fourth bar; the tune waits for the third one.
    fn tune(&mut self, start: f64, chord: i32, number: usize) {
        let Some(lead) = &self.band.lead else { return };
        let (voice, gain, octave) = (lead.voice, lead.gain, lead.octave);
        if number < 2 {
            return;
        }
        let varies = number % 4 == 3;
        let half = (number % 2) * 8;
        for eighth in 0..8 {
            let Some(step) = self.motif[half + eighth] else { continue };
            let step = if varies && self.random.unit() < 0.4 { step + *self.random.pick(&[-1, 1, 2]) } else { step };
            let rest = self.motif[half + eighth + 1..half + 8].iter().position(Option::is_some).unwrap_or(3);
            let length = self.bar / 8.0 * (rest as f64 + 0.9);
            self.add(voice, self.time(start, eighth * 2), length, self.pitch(chord + step, octave), (gain, 0.1));
        }
    }

    fn drums(&mut self, start: f64) {
        let parts = [
            (Voice::Kick, self.band.kick, 0.6, 0.0),
            (Voice::Snare, self.band.snare, 0.22, -0.1),
            (Voice::Hat, self.band.hat, 0.12, 0.3),
        ];
        for (voice, rhythm, gain, pan) in parts {
            for (at, stroke) in strokes(rhythm) {
                self.add(voice, self.time(start, at), 0.1, 0.0, (gain * stroke, pan));
            }
        }
    }
}

/// The sixteenths that a rhythm strikes, each with its strength.
fn strokes(rhythm: &'static str) -> impl Iterator<Item = (usize, f32)> {
    rhythm.bytes().enumerate().filter_map(|(at, stroke)| match stroke {
        b'x' => Some((at, 1.0)),
        b'o' => Some((at, 0.55)),
        _ => None,
    })
}
