//! Loudness by EBU R128, read from the summary that FFmpeg's `ebur128` filter prints after the last sample.

/// The loudness that players bring tracks to: -18 LUFS, the reference of `ReplayGain` 2.0. It leaves loud masters room
/// to be turned down and quiet ones room to be turned up without clipping.
pub const TARGET_LUFS: f64 = -18.0;
/// At and below this the filter has found nothing to measure: silence, or less than one 400 ms block.
const SILENCE_LUFS: f64 = -70.0;
/// Stands for a true peak of minus infinity, so that every figure is a finite number.
const SILENCE_DBTP: f64 = -100.0;

/// How loud a track is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loudness {
    /// Integrated loudness; -70 when there is nothing to measure.
    pub integrated_lufs: f64,
    /// True peak (four times oversampled); -100 for digital silence.
    pub true_peak_dbtp: f64,
    /// What a player adds to reach [`TARGET_LUFS`]; 0 when there is nothing to measure.
    pub track_gain_db: f64,
}

impl Loudness {
    /// Whether there is nothing to hear.
    pub fn is_silence(&self) -> bool {
        self.integrated_lufs <= SILENCE_LUFS
    }

    fn of(integrated: f64, peak: f64) -> Self {
        let measured = integrated.is_finite() && integrated > SILENCE_LUFS;
        Self {
            integrated_lufs: if measured { integrated } else { SILENCE_LUFS },
            true_peak_dbtp: if peak.is_finite() { peak.max(SILENCE_DBTP) } else { SILENCE_DBTP },
            track_gain_db: if measured { ((TARGET_LUFS - integrated) * 10.0).round() / 10.0 } else { 0.0 },
        }
    }
}

/// The figures seen so far; the last ones win, so text in a file's own tags cannot stand for the summary.
#[derive(Debug, Default)]
pub(super) struct Summary {
    integrated: Option<f64>,
    peak: Option<f64>,
}

impl Summary {
    /// Takes a line of FFmpeg's log: `    I:         -13.4 LUFS` or `    Peak:       -7.6 dBFS`.
    pub(super) fn observe(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        match (words.next(), words.next().and_then(|word| word.parse().ok()), words.next()) {
            (Some("I:"), Some(figure), Some("LUFS")) => self.integrated = Some(figure),
            (Some("Peak:"), Some(figure), Some("dBFS")) => self.peak = Some(figure),
            _ => {}
        }
    }

    /// The loudness of the whole, always finite.
    pub(super) fn loudness(&self) -> Loudness {
        Loudness::of(self.integrated.unwrap_or(SILENCE_LUFS), self.peak.unwrap_or(SILENCE_DBTP))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(lines: &[&str]) -> Loudness {
        let mut summary = Summary::default();
        for line in lines {
            summary.observe(line);
        }
        summary.loudness()
    }

    #[test]
    fn the_gain_brings_a_loud_track_down_to_the_target() {
        let loudness = summary(&["  Integrated loudness:", "    I:         -13.4 LUFS", "    Peak:       -7.6 dBFS"]);
        assert_eq!(loudness, Loudness { integrated_lufs: -13.4, true_peak_dbtp: -7.6, track_gain_db: -4.6 });
    }

    #[test]
    fn silence_has_finite_figures_and_no_gain() {
        let silent = Loudness { integrated_lufs: -70.0, true_peak_dbtp: -100.0, track_gain_db: 0.0 };
        assert_eq!(summary(&["    I:         -70.0 LUFS", "    Peak:        -inf dBFS"]), silent);
        assert_eq!(summary(&["    I:          nan LUFS", "    Peak:         nan dBFS"]), silent);
        assert_eq!(summary(&[]), silent);
    }
}
