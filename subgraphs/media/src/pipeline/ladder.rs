//! Which renditions are made of a source: pure rules, no FFmpeg.

use super::{Bandwidth, SourceInfo};

/// Length of an HLS segment.
pub const SEGMENT_SECONDS: u32 = 6;
/// The AAC rungs below the highest, in kbit/s.
const LOWER_KBPS: [u32; 2] = [64, 128];
/// The highest. More than this costs twice the time of encoding and is not told apart.
const TOP_KBPS: u32 = 256;
/// A rung is worth making when the highest has a quarter more.
const STEP: (u32, u32) = (5, 4);
/// AAC has a ceiling per channel; a mono rung above this would not get the bits that its name promises.
const MAX_MONO_KBPS: u32 = 192;
/// When a source's bitrate cannot be known, it is taken for an ordinary one.
const ASSUMED_KBPS: u32 = 192;
/// Below this AAC stops sounding like music, so the lowest pair of rungs does not go further down.
const LOWEST_KBPS: (u32, u32) = (32, 48);

/// How a rung is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// AAC-LC at a constant bitrate.
    Aac {
        /// Nominal bitrate.
        kbps: u32,
    },
    /// FLAC in fragmented MP4.
    Flac {
        /// 16 or 24 bits per sample.
        bits: u16,
    },
}

/// One HLS rendition to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// Name of its folder and its part in URLs: `aac-128`, `flac`.
    pub name: String,
    /// How it is encoded.
    pub codec: Codec,
    /// Sample rate of the output.
    pub sample_rate: u32,
    /// Channels of the output.
    pub channels: u16,
}

impl Rung {
    fn aac(kbps: u32, sample_rate: u32, channels: u16) -> Self {
        Self { name: format!("aac-{kbps}"), codec: Codec::Aac { kbps }, sample_rate, channels }
    }

    /// Whether it keeps every bit of the source that it was made from.
    pub fn is_lossless(&self) -> bool {
        matches!(self.codec, Codec::Flac { .. })
    }

    /// The codec as RFC 6381 writes it, for `CODECS` and `isTypeSupported`.
    pub fn codecs(&self) -> &'static str {
        match self.codec {
            Codec::Aac { .. } => "mp4a.40.2",
            Codec::Flac { .. } => "fLaC",
        }
    }

    /// What to declare in a master playlist before enough is measured: room for the muxer and for uneven frames, and
    /// for FLAC the size of the uncompressed samples.
    pub fn expected_bandwidth(&self) -> Bandwidth {
        let average = match self.codec {
            Codec::Aac { kbps } => u64::from(kbps) * 1_050,
            Codec::Flac { bits } => u64::from(self.sample_rate) * u64::from(self.channels) * u64::from(bits),
        };
        Bandwidth { peak: average * 5 / 4, average }
    }
}

impl SourceInfo {
    /// Whether it is one-bit audio, which FFmpeg decodes at an eighth of its rate.
    pub(super) fn is_dsd(&self) -> bool {
        self.codec.starts_with("dsd_")
    }
}

/// The MP3 for downloads: variable bitrate by LAME's quality, 0 (best, about 245 kbit/s) to 9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mp3Plan {
    /// LAME's `-V`.
    pub quality: u8,
    /// Sample rate of the output.
    pub sample_rate: u32,
    /// Channels of the output.
    pub channels: u16,
}

/// Everything that is made of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    /// The HLS renditions: AAC from low to high, then FLAC, of a source with more than two channels first their mix into two.
    pub rungs: Vec<Rung>,
    /// The file for downloads and for players without HLS.
    pub mp3: Mp3Plan,
}

impl Ladder {
    /// Decides what to make of a source. A lossless one gets every rung and FLAC; a lossy one gets no rung above its own
    /// bitrate (rounded up to 8 kbit/s, headers say 127,9 for 128), yet always two, so that players can switch.
    ///
    /// Renditions that a player may switch between have the same channels and are equally loud: those in two, one mix of all.
    pub fn plan(source: &SourceInfo) -> Self {
        let sample_rate = lossy_rate(source.sample_rate);
        let channels = source.channels.min(2);
        let mut rungs: Vec<_> =
            aac_kbps(source, channels).into_iter().map(|kbps| Rung::aac(kbps, sample_rate, channels)).collect();
        if source.lossless {
            rungs.push(flac(source, channels));
            if source.channels > channels {
                rungs.push(flac(source, source.channels));
            }
        }
        Self { rungs, mp3: Mp3Plan { quality: mp3_quality(source), sample_rate, channels } }
    }
}

/// Keeps every sample: `flac`, and with more than two channels `flac-6`.
fn flac(source: &SourceInfo, channels: u16) -> Rung {
    let bits = if source.bits.is_some_and(|bits| bits <= 16) { 16 } else { 24 };
    Rung {
        name: if channels > 2 { format!("flac-{channels}") } else { "flac".to_owned() },
        codec: Codec::Flac { bits },
        sample_rate: flac_rate(source),
        channels,
    }
}

fn aac_kbps(source: &SourceInfo, channels: u16) -> Vec<u32> {
    let ceiling = match (source.lossless, source.bitrate_kbps) {
        (true, _) => TOP_KBPS,
        (false, kbps) => kbps.unwrap_or(ASSUMED_KBPS).next_multiple_of(8).max(LOWEST_KBPS.1),
    };
    let top = ceiling.min(if channels == 1 { MAX_MONO_KBPS } else { TOP_KBPS });
    let mut rungs: Vec<u32> = LOWER_KBPS.into_iter().filter(|kbps| kbps * STEP.0 <= top * STEP.1).collect();
    if rungs.is_empty() {
        rungs.push(LOWEST_KBPS.0);
    }
    rungs.push(top);
    rungs
}

/// LAME's quality: no smaller than the source sounds, no larger than makes sense.
fn mp3_quality(source: &SourceInfo) -> u8 {
    match (source.lossless, source.bitrate_kbps.unwrap_or(ASSUMED_KBPS)) {
        (true, _) | (_, 224..) => 0,
        (_, 160..) => 2,
        (_, 112..) => 4,
        _ => 6,
    }
}

/// 44.1 and 48 kHz stay; others go to the one of the two that they are a multiple or fraction of.
fn lossy_rate(rate: u32) -> u32 {
    if rate.is_multiple_of(11_025) { 44_100 } else { 48_000 }
}

/// FLAC keeps the source's rate up to 192 kHz; what is higher comes down within its family, one-bit audio to what holds its
/// music (DSD64 has some 30 kHz of it).
fn flac_rate(source: &SourceInfo) -> u32 {
    match source.sample_rate {
        ..=352_800 if source.is_dsd() => 88_200,
        rate @ ..=192_000 => rate,
        rate if rate.is_multiple_of(11_025) => 176_400,
        _ => 192_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(lossless: bool, kbps: Option<u32>, rate: u32, channels: u16, bits: Option<u16>) -> SourceInfo {
        SourceInfo {
            container: "x".into(),
            codec: "x".into(),
            lossless,
            sample_rate: rate,
            channels,
            bits,
            bitrate_kbps: kbps,
            duration_ms: None,
            bytes: 1,
            has_video: false,
            audio_stream: 0,
            cover_stream: None,
            chapters: Vec::new(),
            tags: std::collections::BTreeMap::default(),
        }
    }

    fn names(source: &SourceInfo) -> Vec<String> {
        Ladder::plan(source).rungs.into_iter().map(|rung| rung.name).collect()
    }

    #[test]
    fn a_lossless_source_gets_every_rung_and_flac_as_it_is() {
        let figures = |channels| -> Vec<(String, u32, u16)> {
            let ladder = Ladder::plan(&source(true, Some(900), 96_000, channels, Some(24)));
            assert_eq!(ladder.rungs[3].codec, Codec::Flac { bits: 24 });
            ladder.rungs.into_iter().map(|rung| (rung.name, rung.sample_rate, rung.channels)).collect()
        };
        let of = |name: &str, rate, channels| (name.to_owned(), rate, channels);
        let aac = |kbps: u32| of(&format!("aac-{kbps}"), 48_000, 2);
        let stereo = [aac(64), aac(128), aac(256), of("flac", 96_000, 2)];
        assert_eq!(figures(2), stereo);
        assert_eq!(figures(6), [&stereo[..], &[of("flac-6", 96_000, 6)]].concat());
        assert_eq!(names(&source(true, Some(500), 44_100, 1, Some(16))), ["aac-64", "aac-128", "aac-192", "flac"]);
    }

    #[test]
    fn a_lossy_source_gets_no_rung_above_itself_but_always_two() {
        assert_eq!(names(&source(false, Some(320), 44_100, 2, None)), ["aac-64", "aac-128", "aac-256"]);
        assert_eq!(names(&source(false, Some(192), 44_100, 2, None)), ["aac-64", "aac-128", "aac-192"]);
        assert_eq!(names(&source(false, Some(144), 44_100, 2, None)), ["aac-64", "aac-144"]);
        assert_eq!(names(&source(false, Some(127), 44_100, 2, None)), ["aac-64", "aac-128"]);
        assert_eq!(names(&source(false, Some(96), 48_000, 2, None)), ["aac-64", "aac-96"]);
        assert_eq!(names(&source(false, Some(64), 48_000, 2, None)), ["aac-32", "aac-64"]);
        assert_eq!(names(&source(false, Some(8), 8_000, 1, None)), ["aac-32", "aac-48"]);
        assert_eq!(names(&source(false, None, 48_000, 2, None)), ["aac-64", "aac-128", "aac-192"]);
    }

    #[test]
    fn rates_stay_in_their_family() {
        for (from, lossy, flac) in
            [(8_000, 48_000, 8_000), (22_050, 44_100, 22_050), (88_200, 44_100, 88_200), (352_800, 44_100, 176_400)]
        {
            let source = source(true, None, from, 2, Some(24));
            assert_eq!((lossy_rate(from), flac_rate(&source)), (lossy, flac));
        }
        for (from, flac) in [(352_800, 88_200), (705_600, 176_400), (1_411_200, 176_400)] {
            let source = SourceInfo { codec: "dsd_lsbf".into(), ..source(true, None, from, 2, None) };
            assert_eq!(flac_rate(&source), flac);
        }
    }
}
