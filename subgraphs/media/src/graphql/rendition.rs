//! Encodings of a track as clients see them.

use async_graphql::{Enum, SimpleObject};

use crate::domain::{encoding, original::Original};

/// How audio is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "encoding::Codec")]
pub enum AudioCodec {
    /// AAC-LC.
    Aac,
    /// FLAC, lossless.
    Flac,
    /// Opus.
    Opus,
    /// MPEG-1 layer III.
    #[graphql(name = "MP3")]
    Mp3,
}

/// One encoding of a track.
#[derive(Clone, Debug, SimpleObject)]
pub struct Rendition {
    /// How it is encoded.
    codec: AudioCodec,
    /// Its bit rate: nominal for AAC, measured for others. None while it is not known.
    bitrate_kbps: Option<i32>,
    /// Samples per second.
    sample_rate_hz: i32,
    /// How many channels it has.
    channels: i32,
    /// Whether it is the source's samples exactly, as far as they have no more than 24 bits and 192 kHz; what has more, such
    /// as 32-bit float and DSD, comes down to that. Of a source with more than two channels that is listed in two: their mix.
    lossless: bool,
    /// Bits per sample of lossless audio; null for others, and where it is not known.
    bit_depth: Option<i32>,
    /// All its bytes; 0 until it is finished.
    size_bytes: f64,
    /// How to cut what was decoded of it.
    gapless: Gapless,
}

/// Samples to skip at each end so that consecutive tracks join without a gap.
#[derive(Clone, Copy, Debug, Default, SimpleObject)]
pub struct Gapless {
    /// Samples before the audio.
    encoder_delay: i32,
    /// Samples behind the audio.
    padding: i32,
    /// The rate at which these samples count.
    sample_rate_hz: i32,
    /// Samples of the audio itself; an estimate while it is being encoded.
    total_samples: f64,
}

impl From<&encoding::Rendition> for Gapless {
    fn from(rendition: &encoding::Rendition) -> Self {
        Self {
            encoder_delay: rendition.encoder_delay,
            padding: rendition.padding,
            sample_rate_hz: rendition.sample_rate_hz,
            total_samples: rendition.total_samples as f64,
        }
    }
}

impl From<encoding::Mp3> for Gapless {
    fn from(mp3: encoding::Mp3) -> Self {
        Self {
            encoder_delay: mp3.encoder_delay,
            padding: mp3.padding,
            sample_rate_hz: mp3.sample_rate_hz,
            total_samples: mp3.total_samples as f64,
        }
    }
}

impl From<Original<'_>> for Gapless {
    fn from(original: Original<'_>) -> Self {
        Self {
            encoder_delay: 0,
            padding: 0,
            sample_rate_hz: original.sample_rate_hz,
            total_samples: original.total_samples as f64,
        }
    }
}

impl From<&encoding::Rendition> for Rendition {
    fn from(rendition: &encoding::Rendition) -> Self {
        Self {
            codec: rendition.codec().unwrap_or(encoding::Codec::Aac).into(),
            bitrate_kbps: rendition.bitrate_kbps,
            sample_rate_hz: rendition.sample_rate_hz,
            channels: rendition.channels,
            lossless: rendition.lossless,
            bit_depth: rendition.bit_depth,
            size_bytes: rendition.size_bytes as f64,
            gapless: rendition.into(),
        }
    }
}

impl From<encoding::Mp3> for Rendition {
    fn from(mp3: encoding::Mp3) -> Self {
        Self {
            codec: AudioCodec::Mp3,
            bitrate_kbps: Some(mp3.bitrate_kbps),
            sample_rate_hz: mp3.sample_rate_hz,
            channels: mp3.channels,
            lossless: false,
            bit_depth: None,
            size_bytes: mp3.size_bytes as f64,
            gapless: mp3.into(),
        }
    }
}
