//! Encodings of a track as clients see them.

use async_graphql::{Enum, SimpleObject};

use crate::domain::encoding;

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
    /// Whether it is the source's samples exactly.
    lossless: bool,
    /// All its bytes; 0 until it is finished.
    size_bytes: f64,
}

impl From<&encoding::Rendition> for Rendition {
    fn from(rendition: &encoding::Rendition) -> Self {
        Self {
            codec: rendition.codec().unwrap_or(encoding::Codec::Aac).into(),
            bitrate_kbps: rendition.bitrate_kbps,
            sample_rate_hz: rendition.sample_rate_hz,
            channels: rendition.channels,
            lossless: rendition.lossless,
            size_bytes: rendition.size_bytes as f64,
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
            size_bytes: mp3.size_bytes as f64,
        }
    }
}
