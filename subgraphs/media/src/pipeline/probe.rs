//! What a file is. `ffprobe` decides by content alone: it sees the file under a name without extension, may open that
//! one file and nothing else, and knows only containers of audio and video, so playlists, scripts, images and texts
//! are refused whatever they are called.

use std::collections::BTreeMap;
use std::path::Path;

use polyphony_formats::{DEMUXERS, charset::utf8_lines};
use serde::Deserialize;

use super::process::{confined, file_argument, is_ours, run};
use super::{Limits, PipelineError, Rejection, tags::line};

/// Codecs that keep every bit, besides all `pcm_*` that are not companded and all `dsd_*`.
const LOSSLESS: [&str; 11] =
    ["alac", "ape", "flac", "mlp", "mp4als", "shorten", "tak", "truehd", "tta", "wavpack", "wmalossless"];
/// More JSON than this means absurd tags; the file is then read without them.
const MAX_JSON: usize = 2 * 1024 * 1024;
/// A header that claims more seconds than the file can hold at this rate is wrong, and is not believed. Silence in FLAC at
/// 44.1 kHz takes 150.
const LEAST_BYTES_PER_SECOND: f64 = 100.0;
const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 4_000..=768_000;
const MAX_CHANNELS: u16 = 8;

/// A part of a file that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// What it is called.
    pub title: Option<String>,
    /// Where it begins.
    pub start_ms: i64,
    /// Where it ends.
    pub end_ms: i64,
}

/// What a file is, by its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceInfo {
    /// The container, as FFmpeg's demuxer is called: `flac`, `mp3`, `mov`, `matroska` and so on.
    pub container: String,
    /// The audio codec, as FFmpeg calls it.
    pub codec: String,
    /// Whether the codec keeps every bit.
    pub lossless: bool,
    /// Samples per second and channel.
    pub sample_rate: u32,
    /// Channels, 1 to 8.
    pub channels: u16,
    /// Significant bits per sample, where the codec has such a notion.
    pub bits: Option<u16>,
    /// The audio's bitrate in kbit/s, from the header or else from size and duration.
    pub bitrate_kbps: Option<u32>,
    /// The length that the header claims; only [`super::Output::duration_ms`] is the truth.
    pub duration_ms: Option<u64>,
    /// Size of the file.
    pub bytes: u64,
    /// Whether there is moving video beside the audio.
    pub has_video: bool,
    /// The stream that is decoded.
    pub audio_stream: u32,
    /// The stream that is an embedded cover.
    pub cover_stream: Option<u32>,
    /// The chapters that it names, in the file's order.
    pub chapters: Vec<Chapter>,
    /// The container's own tags with keys in lower case; [`super::read_tags`] falls back to them.
    pub tags: BTreeMap<String, String>,
}

impl SourceInfo {
    /// Whether the container holds a cover image.
    pub fn has_cover(&self) -> bool {
        self.cover_stream.is_some()
    }

    /// The same of a part of the source, with its share of the bytes. `end` is that of the source when absent.
    #[must_use]
    pub fn part(&self, start: u64, end: Option<u64>) -> Self {
        let ms = |samples: u64| samples * 1_000 / u64::from(self.sample_rate);
        let end_ms = end.map(ms).or(self.duration_ms);
        let duration_ms = end_ms.map(|end| end.saturating_sub(ms(start)));
        let share = duration_ms.zip(self.duration_ms.filter(|whole| *whole > 0));
        let bytes = share.map_or(self.bytes, |(part, whole)| (self.bytes as f64 * part as f64 / whole as f64) as u64);
        Self { duration_ms, bytes, ..self.clone() }
    }

    /// What an MP3 is by the number of its frames. Its first frame claims a length, or is taken for one of all when there is
    /// no claim; both may be far off, and the bit rate with them.
    fn with_mp3_frames(self, frames: Option<u64>) -> Self {
        let samples_per_frame = if self.sample_rate < 32_000 { 576 } else { 1_152 };
        let Some(counted) = frames.map(|frames| frames * samples_per_frame * 1_000 / u64::from(self.sample_rate))
        else {
            return self;
        };
        let is_near = |claimed: u64| claimed.abs_diff(counted) * 10 <= counted;
        if counted == 0 || self.duration_ms.is_some_and(is_near) {
            return self;
        }
        let kbps = u32::try_from(self.bytes * 8 / counted).ok().filter(|kbps| *kbps > 0);
        Self { duration_ms: Some(counted), bitrate_kbps: kbps.or(self.bitrate_kbps), ..self }
    }
}

/// Finds out what the file is, or refuses it.
pub async fn probe(path: &Path, limits: &Limits) -> Result<SourceInfo, PipelineError> {
    let bytes = tokio::fs::metadata(path).await.map_err(PipelineError::io("reading the source"))?.len();
    if bytes == 0 {
        return Err(Rejection::unsupported("The file is empty.").into());
    }
    if bytes > limits.source_bytes {
        return Err(Rejection::too_large(format!("The file is larger than {} bytes.", limits.source_bytes)).into());
    }
    // FFmpeg gives a name's extension a say in what the content is; a name without one has none.
    let folder = tempfile::tempdir().map_err(PipelineError::io("making a temporary folder"))?;
    let nameless = folder.path().join("source");
    let absolute = std::path::absolute(path).map_err(PipelineError::io("reading the source"))?;
    tokio::fs::symlink(&absolute, &nameless).await.map_err(PipelineError::io("linking the source"))?;
    let found = match ffprobe(&nameless, true, limits).await {
        Err(PipelineError::Tool { .. }) => ffprobe(&nameless, false, limits).await?,
        other => other?,
    };
    let info = found.into_info(bytes, limits)?;
    if info.codec != "mp3" {
        return Ok(info);
    }
    let frames = count_packets(&nameless, info.audio_stream, limits).await?;
    Ok(info.with_mp3_frames(frames))
}

/// Counts the packets of a stream without decoding them.
async fn count_packets(path: &Path, stream: u32, limits: &Limits) -> Result<Option<u64>, PipelineError> {
    let stream = stream.to_string();
    let mut arguments: Vec<std::ffi::OsString> = Vec::new();
    arguments.extend(["-hide_banner", "-loglevel", "level+error"].map(Into::into));
    arguments.extend(["-protocol_whitelist", "file", "-format_whitelist", DEMUXERS].map(Into::into));
    arguments.extend(["-select_streams", &stream, "-count_packets"].map(Into::into));
    arguments.extend(["-show_entries", "stream=nb_read_packets", "-of", "default=nw=1:nk=1", "-i"].map(Into::into));
    arguments.push(file_argument(path));
    let command = confined("ffprobe", limits, limits.probe_wall);
    let finished = run(command, arguments, None, MAX_JSON, limits.probe_wall).await?;
    Ok(std::str::from_utf8(&finished.stdout).ok().and_then(|count| count.trim().parse().ok()))
}

async fn ffprobe(path: &Path, with_tags: bool, limits: &Limits) -> Result<Found, PipelineError> {
    let mut entries = "format=format_name,duration,bit_rate:stream=index,codec_type,codec_name,profile,sample_fmt,\
                       sample_rate,channels,bits_per_sample,bits_per_raw_sample,bit_rate,duration:\
                       stream_disposition=default,attached_pic"
        .to_owned();
    if with_tags {
        entries.push_str(":format_tags:stream_tags:chapter=start_time,end_time:chapter_tags=title");
    }
    let max_pixels = limits.pixels.to_string();
    let mut arguments: Vec<std::ffi::OsString> = Vec::new();
    arguments.extend(["-hide_banner", "-loglevel", "level+error", "-max_pixels", &max_pixels].map(Into::into));
    arguments.extend(["-protocol_whitelist", "file", "-format_whitelist", DEMUXERS].map(Into::into));
    // Texts that are no UTF-8 come as they are: they are in some other charset.
    arguments.extend(["-show_entries", &entries, "-of", "json=string_validation=ignore", "-i"].map(Into::into));
    arguments.push(file_argument(path));
    let command = confined("ffprobe", limits, limits.probe_wall);
    let finished = run(command, arguments, None, MAX_JSON, limits.probe_wall).await?;
    if !finished.status.success() {
        let reason = finished.log.reason();
        if is_ours(finished.status, &finished.log) {
            let message = format!("{reason} ({})", finished.status);
            return Err(PipelineError::Tool { program: "ffprobe", message });
        }
        tracing::debug!(reason, status = %finished.status, "ffprobe refused a file");
        return Err(Rejection::unsupported("This is not an audio or video file that we know.").into());
    }
    serde_json::from_str(&utf8_lines(&finished.stdout))
        .map_err(|error| PipelineError::Tool { program: "ffprobe", message: error.to_string() })
}

/// The part of ffprobe's JSON that we ask for.
#[derive(Deserialize)]
struct Found {
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
    fn into_info(self, bytes: u64, limits: &Limits) -> Result<SourceInfo, Rejection> {
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
