//! Plays a score into samples.

use super::flac::SAMPLE_RATE;
use super::score::Score;
use super::voice;

/// The loudest sample, as a part of the largest number.
const PEAK: f32 = 0.84;
/// Seconds.
const FADE_IN: f32 = 0.02;
const FADE_OUT: f32 = 1.6;

/// Plays a score, 16-bit stereo, with an echo in time with it, faded in and out and as loud as `PEAK`.
pub(super) fn render(score: &Score) -> Vec<[i16; 2]> {
    let frames = (score.seconds * f64::from(SAMPLE_RATE)) as usize;
    let mut sound = vec![[0.0_f32; 2]; frames];
    for note in &score.notes {
        voice::play(note, &mut sound);
    }
    // Three sixteenths: between the beats.
    echo(&mut sound, (score.bar * 3.0 / 16.0 * f64::from(SAMPLE_RATE)) as usize, score.echo);
    fade(&mut sound);
    let peak = sound.iter().flatten().fold(1e-6_f32, |peak, sample| peak.max(sample.abs()));
    let scale = PEAK * f32::from(i16::MAX) / peak;
    sound.iter().map(|frame| frame.map(|sample| (sample * scale) as i16)).collect()
}

/// Adds what was heard `delay` frames before, softer and on the other side.
fn echo(sound: &mut [[f32; 2]], delay: usize, gain: f32) {
    for at in delay.max(1)..sound.len() {
        let [left, right] = sound[at - delay.max(1)];
        sound[at][0] += right * gain;
        sound[at][1] += left * gain;
    }
}

fn fade(sound: &mut [[f32; 2]]) {
    let last = sound.len();
    for (at, frame) in sound.iter_mut().enumerate() {
        let from_start = at as f32 / (FADE_IN * SAMPLE_RATE as f32);
        let to_end = (last - at) as f32 / (FADE_OUT * SAMPLE_RATE as f32);
        let gain = from_start.min(to_end).min(1.0);
        frame[0] *= gain;
        frame[1] *= gain;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{score::compose, style::Style};
    use super::*;

    const ALL: [Style; 8] = [
        Style::Ambient,
        Style::Electronic,
        Style::Folk,
        Style::Chiptune,
        Style::Piano,
        Style::Dub,
        Style::Jazz,
        Style::Pop,
    ];

    #[test]
    fn every_style_is_heard_within_its_bounds_and_ends_in_silence() {
        for style in ALL {
            let score = compose("A Piece", style, 100.0, 10.0);
            let sound = render(&score);
            assert_eq!(sound.len(), (score.seconds * f64::from(SAMPLE_RATE)) as usize);
            let peak = sound.iter().flatten().map(|sample| i32::from(*sample).abs()).max().unwrap();
            assert!((27_000..28_000).contains(&peak), "{style:?} peaks at {peak}");
            let loudness = |part: &[[i16; 2]]| {
                let sum: f64 = part.iter().flatten().map(|sample| f64::from(*sample).powi(2)).sum();
                (sum / part.len() as f64 / 2.0).sqrt()
            };
            let middle = sound.len() / 2;
            assert!(loudness(&sound[middle..middle + 44_100]) > 500.0, "{style:?} is heard");
            assert!(loudness(&sound[sound.len() - 100..]) < 60.0, "{style:?} ends");
        }
    }

    #[test]
    fn a_piece_is_always_the_same_and_another_name_makes_another() {
        let piece = |name: &str| render(&compose(name, Style::Folk, 90.0, 8.0));
        assert!(piece("One") == piece("One"));
        assert!(piece("One") != piece("Two"));
    }
}
