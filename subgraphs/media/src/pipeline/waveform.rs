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

    /// Takes the highest absolute sample of one frame over all channels.
    pub(super) fn push(&mut self, peak: u16) {
        self.current = self.current.max(peak);
        self.filled += 1;
        if self.filled == self.frames_per_stretch {
            self.peaks.push(self.current);
            (self.current, self.filled) = (0, 0);
            if self.peaks.len() == MAX_STRETCHES {
                self.peaks = self.peaks.chunks(2).map(|pair| pair.iter().copied().max().unwrap_or(0)).collect();
                self.frames_per_stretch *= 2;
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn waveform(peaks: impl Iterator<Item = u16>, points: usize) -> Vec<f32> {
        let mut waveform = Waveform::new();
        peaks.for_each(|peak| waveform.push(peak));
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
        assert_eq!(waveform(std::iter::repeat_n(32_768, 64), 1), vec![1.0]);
    }
}
