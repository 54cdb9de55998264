//! What ffprobe says of a file, and what is believed of it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    super::{Limits, Rejection, tags::line},
    Chapter, SourceInfo,
};

/// Codecs that keep every bit, besides all `pcm_*` that are not companded and all `dsd_*`.
const LOSSLESS: [&str; 11] =
    ["alac", "ape", "flac", "mlp", "mp4als", "shorten", "tak", "truehd", "tta", "wavpack", "wmalossless"];
/// A header that claims more seconds than the file can hold at this rate is wrong, and is not believed. Silence in FLAC at
/// 44.1 kHz takes 150.
const LEAST_BYTES_PER_SECOND: f64 = 100.0;
/// Up to DSD512, whose eight one-bit samples FFmpeg counts as one.
const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 4_000..=2_822_400;
const MAX_CHANNELS: u16 = 8;

/// The part of ffprobe's JSON that we ask for.
#[derive(Deserialize)]
pub(super) struct Found {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    chapters: Vec<FoundChapter>,
    format: Format,
}

#[derive(Deserialize)]
struct FoundChapter {
    start_time: String,
    end_time: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

impl FoundChapter {
    fn read(&self) -> Option<Chapter> {
        let ms = |text: &String| Some((text.parse::<f64>().ok().filter(|s| s.is_finite())? * 1000.0).round() as i64);
        let title = self.tags.iter().find(|(name, _)| name.eq_ignore_ascii_case("title"));
        let title = title.and_then(|(_, title)| line(title));
        Some(Chapter { title, start_ms: ms(&self.start_time)?, end_ms: ms(&self.end_time)? })
    }
}

#[derive(Deserialize)]
struct Format {
    #[serde(rename = "format_name")]
    name: String,
    duration: Option<String>,
    bit_rate: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Stream {
    index: u32,
    #[serde(default)]
    codec_type: String,
    codec_name: Option<String>,
    profile: Option<String>,
    sample_fmt: Option<String>,
    sample_rate: Option<String>,
    channels: Option<u16>,
    bits_per_sample: Option<u16>,
    bits_per_raw_sample: Option<String>,
    bit_rate: Option<String>,
    duration: Option<String>,
    #[serde(default)]
    disposition: Disposition,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
struct Disposition {
    #[serde(default)]
    default: u8,
    #[serde(default)]
    attached_pic: u8,
}

impl Found {
    pub(super) fn into_info(self, bytes: u64, limits: &Limits) -> Result<SourceInfo, Rejection> {
        let audio = self.audio()?;
        let codec = audio.codec_name.clone().unwrap_or_default();
        let (sample_rate, channels) = audio.shape()?;
        let claimed = seconds(audio.duration.as_ref()).or_else(|| seconds(self.format.duration.as_ref()));
        let seconds = claimed.filter(|seconds| seconds * LEAST_BYTES_PER_SECOND <= bytes as f64);
        if let Some(seconds) = seconds {
            limits.check(seconds, (sample_rate, channels))?;
        }
        let has_video = self.videos().any(|video| video.disposition.attached_pic == 0);
        let total = number(self.format.bit_rate.as_ref()).or_else(|| average_bitrate(bytes, seconds));
        let bitrate = number(audio.bit_rate.as_ref()).or(if has_video { None } else { total });
        let mut tags = BTreeMap::new();
        // What stands with the pictures of a film is of its sound as well, where nothing else is said.
        let others = self.videos().flat_map(|video| &video.tags);
        for (key, value) in others.chain(&audio.tags).chain(&self.format.tags) {
            tags.insert(key.to_lowercase(), value.clone());
        }
        Ok(SourceInfo {
            container: self.format.name.split(',').next().unwrap_or_default().to_owned(),
            lossless: is_lossless(&codec, audio.profile.as_deref()),
            codec,
            sample_rate,
            channels,
            bits: audio.bits(),
            bitrate_kbps: bitrate.map(|b| (b as f64 / 1000.0).round() as u32).filter(|&kbps| kbps > 0),
            duration_ms: seconds.map(|s| (s * 1000.0).round() as u64),
            bytes,
            has_video,
            audio_stream: audio.index,
            chapters: self.chapters.iter().filter_map(FoundChapter::read).collect(),
            cover_stream: self.videos().find(|video| video.disposition.attached_pic != 0).map(|video| video.index),
            tags,
        })
    }

    /// The stream that a player would choose: the first default one, else the first one.
    fn audio(&self) -> Result<&Stream, Rejection> {
        let known = || self.streams.iter().filter(|s| s.codec_type == "audio" && s.codec_name.is_some());
        known()
            .find(|stream| stream.disposition.default != 0)
            .or_else(|| known().next())
            .ok_or_else(|| Rejection::unsupported("There is no audio in this file that we can decode."))
    }

    fn videos(&self) -> impl Iterator<Item = &Stream> {
        self.streams.iter().filter(|stream| stream.codec_type == "video")
    }
}

impl Stream {
    fn shape(&self) -> Result<(u32, u16), Rejection> {
        let rate = number(self.sample_rate.as_ref()).and_then(|rate| u32::try_from(rate).ok()).unwrap_or(0);
        let channels = self.channels.unwrap_or(0);
        if !SAMPLE_RATES.contains(&rate) {
            return Err(Rejection::unsupported(format!("A sample rate of {rate} Hz is not supported.")));
        }
        if !(1..=MAX_CHANNELS).contains(&channels) {
            return Err(Rejection::unsupported(format!("Audio with {channels} channels is not supported.")));
        }
        Ok((rate, channels))
    }

    fn bits(&self) -> Option<u16> {
        let from_format = || match self.sample_fmt.as_deref()?.trim_end_matches('p') {
            "u8" => Some(8),
            "s16" => Some(16),
            "s32" => Some(32),
            _ => None,
        };
        let raw = number(self.bits_per_raw_sample.as_ref()).and_then(|bits| u16::try_from(bits).ok());
        raw.filter(|&bits| bits > 0).or(self.bits_per_sample.filter(|&bits| bits > 0)).or_else(from_format)
    }
}

fn is_lossless(codec: &str, profile: Option<&str>) -> bool {
    LOSSLESS.contains(&codec)
        || codec.starts_with("dsd_")
        || (codec.starts_with("pcm_") && codec != "pcm_alaw" && codec != "pcm_mulaw" && codec != "pcm_vidc")
        || (codec == "dts" && profile == Some("DTS-HD MA"))
}

fn number(text: Option<&String>) -> Option<u64> {
    text?.parse().ok()
}

fn seconds(text: Option<&String>) -> Option<f64> {
    text?.parse::<f64>().ok().filter(|s| s.is_finite() && *s > 0.0)
}

fn average_bitrate(bytes: u64, seconds: Option<f64>) -> Option<u64> {
    seconds.map(|seconds| (bytes as f64 * 8.0 / seconds) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(json: &str) -> Result<SourceInfo, Rejection> {
        serde_json::from_str::<Found>(json).unwrap().into_info(1_000_000, &Limits::default())
    }

    #[test]
    fn the_default_audio_stream_is_chosen_and_a_cover_is_no_video() {
        let found = info(
            r#"{"format": {"format_name": "mov,mp4,m4a", "duration": "10.0", "tags": {"TITLE": "T"}}, "streams": [
            {"index": 0, "codec_type": "video", "codec_name": "mjpeg", "disposition": {"attached_pic": 1}},
            {"index": 1, "codec_type": "audio", "codec_name": "aac", "sample_rate": "48000", "channels": 2},
            {"index": 2, "codec_type": "audio", "codec_name": "alac", "sample_rate": "96000", "channels": 2,
             "bits_per_raw_sample": "24", "disposition": {"default": 1}}]}"#,
        )
        .unwrap();
        assert_eq!((found.audio_stream, found.cover_stream, found.has_video), (2, Some(0), false));
        assert_eq!((found.codec.as_str(), found.lossless, found.bits), ("alac", true, Some(24)));
        assert_eq!((found.container.as_str(), found.bitrate_kbps, found.duration_ms), ("mov", Some(800), Some(10_000)));
        assert_eq!(found.tags["title"], "T");
    }

    #[test]
    fn impossible_shapes_are_refused() {
        for (rate, channels) in [("0", 2), ("1", 1), ("99999999", 2), ("44100", 0), ("44100", 24)] {
            let json = format!(
                r#"{{"format": {{"format_name": "wav"}}, "streams": [{{"index": 0, "codec_type": "audio",
                "codec_name": "pcm_s16le", "sample_rate": "{rate}", "channels": {channels}}}]}}"#
            );
            assert!(info(&json).is_err(), "{rate} {channels}");
        }
    }

    #[test]
    fn a_length_that_the_file_cannot_hold_is_not_believed() {
        let of = |seconds: &str| {
            let json = format!(
                r#"{{"format": {{"format_name": "flac", "duration": "{seconds}"}}, "streams": [{{"index": 0,
                "codec_type": "audio", "codec_name": "flac", "sample_rate": "44100", "channels": 2}}]}}"#
            );
            info(&json).map(|info| info.duration_ms)
        };
        assert_eq!(of("1558264").ok(), Some(None), "a wrong header is no reason to refuse a file");
        assert_eq!(of("180").ok(), Some(Some(180_000)));
    }

    #[test]
    fn an_mp3_is_as_long_as_its_frames() {
        let claims = |duration: &str| {
            let json = format!(
                r#"{{"format": {{"format_name": "mp3", "duration": "{duration}", "bit_rate": "32000"}}, "streams": [{{
                "index": 0, "codec_type": "audio", "codec_name": "mp3", "sample_rate": "44100", "channels": 2}}]}}"#
            );
            info(&json).unwrap().with_mp3_frames(Some(1_723))
        };
        let wrong = claims("158");
        assert_eq!((wrong.duration_ms, wrong.bitrate_kbps), (Some(45_008), Some(177)));
        let right = claims("45.0");
        assert_eq!((right.duration_ms, right.bitrate_kbps), (Some(45_000), Some(32)));
    }

    #[test]
    fn companded_pcm_is_lossy() {
        assert!(is_lossless("pcm_s24le", None));
        assert!(!is_lossless("pcm_alaw", None));
        assert!(!is_lossless("dts", Some("DTS")));
    }
}
