//! What a file is. `ffprobe` decides by content alone: it sees the file under a name without extension, may open that
//! one file and nothing else, and knows only containers of audio and video, so playlists, scripts, images and texts
//! are refused whatever they are called.

mod found;
mod scores;

use std::collections::BTreeMap;
use std::path::Path;

use polyphony_formats::{DEMUXERS, charset::utf8_lines};

use self::found::Found;
use super::process::{confined, file_argument, is_ours, run};
use super::{Limits, PipelineError, Rejection};

/// More JSON than this means absurd tags; the file is then read without them.
const MAX_JSON: usize = 2 * 1024 * 1024;

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
        Err(PipelineError::Tool { .. }) => ffprobe(&nameless, false, limits).await,
        other => other,
    };
    let read = found.and_then(|found| Ok(found.into_info(bytes, limits)?));
    if matches!(read, Err(PipelineError::Rejected(_)))
        && let Some(because) = tokio::task::spawn_blocking(move || scores::refusal(&absolute)).await.ok().flatten()
    {
        return Err(Rejection::unsupported(because).into());
    }
    let info = read?;
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
