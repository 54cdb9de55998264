//! What a transcode has made: files and the figures that playlists, players and the database need.

use std::path::PathBuf;

use super::{AudioHash, Histogram, Loudness, Rung, SEGMENT_SECONDS};

/// The initialization segment of a rendition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
}

/// A finished media segment; it never changes again.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Where it lies.
    pub path: PathBuf,
    /// Its place in the rendition, from 0.
    pub index: u32,
    /// Its length, exact to the sample; the first AAC segment includes the encoder's delay.
    pub duration_s: f64,
    /// Its size.
    pub bytes: u64,
}

/// Bits per second, as `EXT-X-STREAM-INF` declares them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bandwidth {
    /// The highest of any run of segments that is about as long as one should be.
    pub peak: u64,
    /// Over the whole rendition.
    pub average: u64,
}

/// Measures the bandwidth of segments given as bytes and seconds. `None` while there are none.
///
/// The peak is that of RFC 8216, 4.3.4.2: of any contiguous segments that last from 0.5 to 1.5 target durations. So a last
/// segment of a fraction of a second counts with the one before; a track that is shorter than that counts as a whole.
pub fn bandwidth(segments: &[(u64, f64)]) -> Option<Bandwidth> {
    let rate = |run: &[(u64, f64)]| {
        let (bytes, seconds) = run.iter().fold((0, 0.0), |sum, segment| (sum.0 + segment.0, sum.1 + segment.1));
        (bytes as f64 * 8.0 / seconds, seconds)
    };
    let (average, seconds) = rate(segments);
    if seconds <= 0.0 {
        return None;
    }
    let target = f64::from(SEGMENT_SECONDS);
    // Only the last one is short, so three together last too long.
    let runs = (1..=2).flat_map(|length| segments.windows(length)).map(rate);
    let counted = runs.filter(|(_, seconds)| (0.5 * target..=1.5 * target).contains(seconds));
    let peak = counted.map(|(rate, _)| rate).reduce(f64::max).unwrap_or(average);
    Some(Bandwidth { peak: peak.ceil() as u64, average: average.ceil() as u64 })
}

/// How to cut a decoded rendition to get exactly the source's samples: drop `encoder_delay` at the beginning and
/// `padding` at the end. All figures count samples per channel at `sample_rate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gapless {
    /// Samples that the encoder put before the audio; the files have no edit list that would drop them.
    pub encoder_delay: u32,
    /// Samples after the audio that fill the last frame.
    pub padding: u32,
    /// The rendition's sample rate.
    pub sample_rate: u32,
    /// Samples of the audio itself.
    pub total_samples: u64,
}

impl Gapless {
    /// Length of the audio itself.
    pub fn seconds(&self) -> f64 {
        self.total_samples as f64 / f64::from(self.sample_rate)
    }
}

/// A finished HLS rendition.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendition {
    /// What was asked for: name, codec, rate and channels.
    pub rung: Rung,
    /// Nominal bitrate of AAC, measured average of FLAC.
    pub bitrate_kbps: u32,
    /// Its initialization segment.
    pub init: InitFile,
    /// Its segments; every rendition of a track has as many.
    pub segments: Vec<Segment>,
    /// All its files together.
    pub bytes: u64,
    /// Measured over all segments.
    pub bandwidth: Bandwidth,
    /// How to cut it.
    pub gapless: Gapless,
}

/// The finished MP3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mp3File {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Measured average.
    pub bitrate_kbps: u32,
    /// Its sample rate.
    pub sample_rate: u32,
    /// Its channels.
    pub channels: u16,
}

/// What one transcode has made.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The HLS renditions, in the ladder's order.
    pub renditions: Vec<Rendition>,
    /// The download.
    pub mp3: Mp3File,
}

/// What one decode has found: the truth about the audio, whatever is made of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// The true length: decoded samples over sample rate.
    pub duration_ms: u64,
    /// Decoded samples per channel at the source's rate.
    pub total_samples: u64,
    /// The source's rate.
    pub sample_rate: u32,
    /// How loud it is as two speakers play it.
    pub loudness: Loudness,
    /// How loud all channels are, of a source with more than two.
    pub surround_loudness: Option<Loudness>,
    /// The blocks of which the loudness of whole albums is made.
    pub loudness_histogram: Histogram,
    /// [`super::measure`] gives 1000 points from 0 to 1.
    pub waveform: Vec<f32>,
    /// For finding duplicates.
    pub audio_hash: AudioHash,
}

/// Shorter audio is often the same by chance: clicks, gaps, jingles. ms.
const SHORTEST_EVIDENCE_MS: u64 = 3_000;

impl Measured {
    /// Whether another file of the same samples is the same recording. Silence and what is very short say nothing.
    pub fn is_distinctive(&self) -> bool {
        self.duration_ms >= SHORTEST_EVIDENCE_MS && !self.loudness.is_silence()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_the_highest_segment_and_the_average_is_over_all() {
        assert_eq!(bandwidth(&[(750, 6.0), (1_500, 6.0)]), Some(Bandwidth { peak: 2_000, average: 1_500 }));
        assert_eq!(bandwidth(&[]), None);
    }

    #[test]
    fn a_crumb_at_the_end_is_no_peak_of_its_own() {
        // 0.3 s of 8,000 bit/s behind 6 s of 1,000: 8,400 bits in 6.3 s.
        assert_eq!(bandwidth(&[(750, 6.0), (300, 0.3)]).unwrap().peak, 1_334);
        assert_eq!(bandwidth(&[(300, 0.3)]).unwrap().peak, 8_000, "when there is nothing else it counts");
        assert_eq!(bandwidth(&[(750, 6.0), (1_500, 3.0)]).unwrap().peak, 4_000);
    }
}
