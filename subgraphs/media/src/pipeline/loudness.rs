//! Loudness by EBU R128, read from what FFmpeg's `ebur128` filter prints each 100 ms and after the last sample.

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

/// Names of the meters in FFmpeg's graph, which its log gives: of what two speakers play, and of all channels of a source
/// that has more.
pub(super) const HEARD: &str = "heard";
pub(super) const SURROUND: &str = "surround";

/// How often audio was how loud: the 400 ms blocks of BS.1770, each 100 ms, counted in steps of 0.1 LU from -70 LUFS to
/// +5. Of several tracks' counts the loudness of all of them together follows, gated as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram(Vec<u32>);

const STEPS: usize = 751;
/// A block's loudness and the mean square of its samples: L = -0.691 + 10 log10.
const OFFSET_LU: f64 = -0.691;
/// Blocks that are so much quieter than the mean count for nothing, LU.
const RELATIVE_GATE: f64 = -10.0;

impl Default for Histogram {
    fn default() -> Self {
        Self(vec![0; STEPS])
    }
}

impl Histogram {
    /// As it was kept; counts that are missing are 0.
    pub fn from_counts(counts: &[i32]) -> Self {
        let mut all: Vec<u32> = counts.iter().map(|count| (*count).max(0) as u32).collect();
        all.resize(STEPS, 0);
        Self(all)
    }

    /// To keep it: without the zeros at its end.
    pub fn counts(&self) -> Vec<i32> {
        let end = self.0.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
        self.0[..end].iter().map(|count| i32::try_from(*count).unwrap_or(i32::MAX)).collect()
    }

    /// Counts another's blocks, too.
    pub fn add(&mut self, other: &Self) {
        for (count, more) in self.0.iter_mut().zip(&other.0) {
            *count = count.saturating_add(*more);
        }
    }

    /// The integrated loudness of all blocks, LUFS; `None` when all were silent.
    pub fn integrated_lufs(&self) -> Option<f64> {
        let all = self.mean(0)?;
        let gate = ((all + RELATIVE_GATE - SILENCE_LUFS) * 10.0).ceil().max(0.0) as usize;
        self.mean(gate)
    }

    /// How loud everything together is, with the highest true peak of it; `None` when all was silent.
    pub fn loudness(&self, true_peak_dbtp: f64) -> Option<Loudness> {
        Some(Loudness::of(self.integrated_lufs()?, true_peak_dbtp))
    }

    fn observe(&mut self, lufs: f64) {
        if lufs >= SILENCE_LUFS {
            let step = (((lufs - SILENCE_LUFS) * 10.0).round() as usize).min(STEPS - 1);
            self.0[step] = self.0[step].saturating_add(1);
        }
    }

    /// The mean of the energies from a step on, as loudness.
    fn mean(&self, from: usize) -> Option<f64> {
        let loudness = |step: usize| SILENCE_LUFS + step as f64 / 10.0;
        let counted = self.0.iter().enumerate().skip(from).filter(|(_, count)| **count > 0);
        let (energy, blocks) = counted.fold((0.0, 0.0), |(energy, blocks), (step, count)| {
            let count = f64::from(*count);
            (energy + count * 10_f64.powf((loudness(step) - OFFSET_LU) / 10.0), blocks + count)
        });
        (blocks > 0.0).then(|| OFFSET_LU + 10.0 * (energy / blocks).log10())
    }
}

/// The figures of one meter; the last ones win, so text in a file's own tags cannot stand for them.
#[derive(Debug, Default)]
struct Figures {
    integrated: Option<f64>,
    peak: Option<f64>,
}

impl Figures {
    fn loudness(&self) -> Loudness {
        Loudness::of(self.integrated.unwrap_or(SILENCE_LUFS), self.peak.unwrap_or(SILENCE_DBTP))
    }
}

/// What the meters have said so far.
#[derive(Debug, Default)]
pub(super) struct Summary {
    heard: Figures,
    surround: Figures,
    histogram: Histogram,
    /// Whose summary the next lines are.
    is_surround: bool,
    /// Whether the meter of what is heard has measured anything since it was built.
    has_measured: bool,
    /// How often it summed that up: more than once when the audio changed its format.
    sums: u32,
}

impl Summary {
    /// Takes a line of FFmpeg's log: one of each 100 ms, the head of a summary, or a line of one, `    I:  -13.4 LUFS` or
    /// `    Peak:  -7.6 dBFS`.
    pub(super) fn observe(&mut self, line: &str) {
        if let Some(line) = line.strip_prefix("[ebur128@") {
            if line.contains("Summary:") {
                self.is_surround = line.starts_with(SURROUND);
                // FFmpeg builds and drops a graph before it knows the format.
                if !self.is_surround && std::mem::take(&mut self.has_measured) {
                    self.sums += 1;
                }
            } else if line.starts_with(HEARD) {
                self.has_measured = true;
                self.observe_block(line);
            }
            return;
        }
        let figures = if self.is_surround { &mut self.surround } else { &mut self.heard };
        let mut words = line.split_whitespace();
        match (words.next(), words.next().and_then(|word| word.parse().ok()), words.next()) {
            (Some("I:"), Some(figure), Some("LUFS")) => figures.integrated = Some(figure),
            (Some("Peak:"), Some(figure), Some("dBFS")) => figures.peak = Some(figure),
            _ => {}
        }
    }

    /// `t: 0.4  TARGET:-23 LUFS  M: -20.7 S:-120.7  I: …`: the momentary loudness is that of a block, once there is a whole one.
    fn observe_block(&mut self, line: &str) {
        let figure = |name: &str| line.split_once(name)?.1.split_whitespace().next()?.parse::<f64>().ok();
        if let (Some(time), Some(momentary)) = (figure(" t:"), figure(" M:"))
            && time > 0.39
        {
            self.histogram.observe(momentary);
        }
    }

    /// The loudness of what two speakers play, always finite.
    pub(super) fn loudness(&self) -> Loudness {
        self.heard.loudness()
    }

    /// The loudness of all channels of a source that has more than two.
    pub(super) fn surround(&self) -> Option<Loudness> {
        self.surround.integrated.map(|_| self.surround.loudness())
    }

    /// Whether the meter was built anew on the way, as FFmpeg does where the format changes.
    pub(super) fn was_cut(&self) -> bool {
        self.sums > 1
    }

    /// The blocks of what two speakers play.
    pub(super) fn histogram(&self) -> &Histogram {
        &self.histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(lines: &[&str]) -> Summary {
        let mut summary = Summary::default();
        for line in lines {
            summary.observe(line);
        }
        summary
    }

    fn summary(lines: &[&str]) -> Loudness {
        observed(lines).loudness()
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

    #[test]
    fn two_meters_are_told_apart_by_their_names() {
        let both = observed(&[
            "[ebur128@surround @ 0x1] [info] Summary:",
            "    I:         -11.8 LUFS",
            "    Peak:       -1.0 dBFS",
            "[ebur128@heard @ 0x2] [info] Summary:",
            "    I:         -14.0 LUFS",
            "    Peak:       -2.0 dBFS",
        ]);
        let heard = Loudness { integrated_lufs: -14.0, true_peak_dbtp: -2.0, track_gain_db: -4.0 };
        assert_eq!(both.loudness(), heard);
        assert_eq!(
            both.surround().map(|loudness| (loudness.integrated_lufs, loudness.true_peak_dbtp)),
            Some((-11.8, -1.0))
        );
        assert_eq!(observed(&["    I:  -14.0 LUFS"]).surround(), None);
    }

    #[test]
    fn blocks_are_read_from_the_log_of_what_is_heard() {
        let line = |name: &str, t: &str, m: &str| {
            format!(
                "[ebur128@{name} @ 0x5] [info] t: {t}  TARGET:-23 LUFS    M:{m} S:-120.7     I: -20.7 LUFS       LRA:   0.0 LU"
            )
        };
        let lines = [
            line("heard", "0.0999", " -9.0"),
            line("heard", "0.4", " -20.0"),
            line("heard", "0.5", " -20.0"),
            line("surround", "0.6", " -9.0"),
            line("heard", "0.7", "-120.7"),
            line("heard", "0.8", " -40.0"),
            line("heard", "0.9", "nan"),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let histogram = observed(&lines).histogram;
        // The quiet block is gated.
        assert!((histogram.integrated_lufs().unwrap() + 20.0).abs() < 1e-9, "{histogram:?}");
        assert_eq!(histogram.counts().iter().sum::<i32>(), 3);
        assert_eq!(Histogram::from_counts(&histogram.counts()), histogram);
    }

    #[test]
    fn a_meter_that_is_built_anew_on_the_way_is_noticed() {
        let (sum, block) = ("[ebur128@heard @ 0x2] [info] Summary:", "[ebur128@heard @ 0x5] [info] t: 0.4  M: -20.0");
        assert!(!observed(&[sum, block, block, sum]).was_cut());
        assert!(!observed(&[sum, block, "[ebur128@surround @ 0x1] [info] Summary:", sum]).was_cut());
        assert!(observed(&[sum, block, sum, block, sum]).was_cut());
    }

    #[test]
    fn tracks_together_are_as_loud_as_all_their_blocks() {
        let of = |lufs: f64, blocks: usize| {
            let mut histogram = Histogram::default();
            (0..blocks).for_each(|_| histogram.observe(lufs));
            histogram
        };
        let mut album = of(-20.0, 300);
        album.add(&of(-14.0, 100));
        let expected = 10.0 * ((3.0 * 10_f64.powf(-2.0) + 10_f64.powf(-1.4)) / 4.0).log10();
        assert!((album.integrated_lufs().unwrap() - expected).abs() < 1e-9);
        assert_eq!(Histogram::default().integrated_lufs(), None);
        assert_eq!(of(-80.0, 3), Histogram::default());
    }
}
