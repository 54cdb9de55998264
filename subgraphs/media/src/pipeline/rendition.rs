//! What a transcode has made: files and the figures that playlists, players and the database need.

use std::path::PathBuf;

use super::{AudioHash, Loudness, Rung};

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
    /// The highest of any segment.
    pub peak: u64,
    /// Over the whole rendition.
    pub average: u64,
}

/// Measures the bandwidth of segments given as bytes and seconds. `None` while there are none.
pub fn bandwidth(segments: impl IntoIterator<Item = (u64, f64)>) -> Option<Bandwidth> {
    let (mut bits, mut seconds, mut peak) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (bytes, duration) in segments {
        bits += bytes as f64 * 8.0;
        seconds += duration;
        if duration > 0.0 {
            peak = peak.max(bytes as f64 * 8.0 / duration);
        }
    }
    (seconds > 0.0).then(|| Bandwidth { peak: peak.ceil() as u64, average: (bits / seconds).ceil() as u64 })
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

/// Everything that one transcode has made and measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The HLS renditions, in the ladder's order.
    pub renditions: Vec<Rendition>,
    /// The download.
    pub mp3: Mp3File,
    /// The true length: decoded samples over sample rate.
    pub duration_ms: u64,
    /// Decoded samples per channel at the source's rate.
    pub total_samples: u64,
    /// The source's rate.
    pub sample_rate: u32,
    /// How loud it is.
    pub loudness: Loudness,
    /// [`super::transcode`] gives 1000 points from 0 to 1.
    pub waveform: Vec<f32>,
    /// For finding duplicates.
    pub audio_hash: AudioHash,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_the_highest_segment_and_the_average_is_over_all() {
        assert_eq!(bandwidth([(750, 6.0), (1_500, 6.0)]), Some(Bandwidth { peak: 2_000, average: 1_500 }));
        assert_eq!(bandwidth([]), None);
    }
}
