//! The waveform: the highest sample of each stretch, gathered while the audio passes and without knowing its length.

/// When there are more stretches than this, neighbours are joined and each covers twice as much.
const MAX_STRETCHES: usize = 4096;

/// Gathers peaks of a stream of unknown length in bounded memory.
#[derive(Debug)]
pub(super) struct Waveform {
    peaks: Vec<u16>,
    frames_per_stretch: u32,
    current: u16,
    filled: u32,
}

impl Waveform {
    pub(super) fn new() -> Self {
        Self { peaks: Vec::with_capacity(MAX_STRETCHES), frames_per_stretch: 64, current: 0, filled: 0 }
    }

    /// Takes whole frames of 16-bit little-endian PCM.
    pub(super) fn feed(&mut self, frames: &[u8], channels: usize) {
        let mut rest = frames;
        while !rest.is_empty() {
            let room = (self.frames_per_stretch - self.filled) as usize * channels * 2;
            let (here, after) = rest.split_at(room.min(rest.len()));
            self.current = self.current.max(highest(here));
            self.filled += (here.len() / (channels * 2)) as u32;
            if self.filled == self.frames_per_stretch {
                self.end_stretch();
            }
            rest = after;
        }
    }

    fn end_stretch(&mut self) {
        self.peaks.push(self.current);
        (self.current, self.filled) = (0, 0);
        if self.peaks.len() == MAX_STRETCHES {
            self.peaks = self.peaks.chunks(2).map(|pair| pair.iter().copied().max().unwrap_or(0)).collect();
            self.frames_per_stretch *= 2;
        }
    }

    /// The peaks at `points` evenly spaced places, from 0 to 1 of full scale.
    pub(super) fn finish(mut self, points: usize) -> Vec<f32> {
        if self.filled > 0 {
            self.peaks.push(self.current);
        }
        let stretches = self.peaks.len();
        if stretches == 0 {
            return vec![0.0; points];
        }
        let peak_at = |point: usize| {
            let from = point * stretches / points;
            let to = ((point + 1) * stretches / points).clamp(from + 1, stretches);
            self.peaks[from..to].iter().copied().max().unwrap_or(0)
        };
        (0..points).map(|point| (f32::from(peak_at(point)) / f32::from(i16::MAX)).min(1.0)).collect()
    }
}

/// The highest absolute sample. Every sample of a track passes here, so it is a plain loop, which is quick without
/// optimisation too.
fn highest(samples: &[u8]) -> u16 {
    let (mut highest, mut at) = (0, 1);
    while at < samples.len() {
        let sample = i16::from_le_bytes([samples[at - 1], samples[at]]).unsigned_abs();
        if sample > highest {
            highest = sample;
        }
        at += 2;
    }
    highest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waveform(samples: impl Iterator<Item = i16>, points: usize) -> Vec<f32> {
        let mut waveform = Waveform::new();
        let bytes: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
        bytes.chunks(10_000).for_each(|chunk| waveform.feed(chunk, 1));
        waveform.finish(points)
    }

    #[test]
    fn the_loud_half_is_high_and_the_silent_half_is_zero_however_long_the_track() {
        for frames in [300_u32, 100_000, 3_000_000] {
            let points = waveform((0..frames).map(|n| if n < frames / 2 { 0 } else { 32_767 }), 1000);
            assert_eq!(points.len(), 1000);
            assert!(points[..390].iter().all(|&p| p == 0.0), "{frames}");
            assert!(points[510..].iter().all(|&p| (p - 1.0).abs() < 1e-6), "{frames}");
        }
    }

    #[test]
    fn nothing_heard_is_a_flat_line() {
        assert_eq!(waveform(std::iter::empty(), 3), vec![0.0; 3]);
    }

    #[test]
    fn full_scale_negative_samples_stay_within_one() {
        assert_eq!(waveform(std::iter::repeat_n(i16::MIN, 64), 1), vec![1.0]);
    }
}
