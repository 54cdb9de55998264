//! What was made of an upload: renditions, loudness, and the figures that players need.

use polyphony_events::{UploadId, UserId};
use serde::{Deserialize, Serialize};

use super::text_enum;

text_enum! {
    /// How audio is encoded.
    Codec {
        /// AAC-LC.
        Aac = "AAC",
        /// FLAC, lossless.
        Flac = "FLAC",
        /// Opus.
        Opus = "OPUS",
        /// MPEG-1 layer III.
        Mp3 = "MP3",
    }
}

/// How loud a track is, by EBU R128.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loudness {
    /// Integrated loudness, LUFS.
    pub integrated_lufs: f64,
    /// True peak, dBTP.
    pub true_peak_dbtp: f64,
    /// The gain that brings it to the reference loudness, dB.
    pub track_gain_db: f64,
}

/// One HLS rendition without its segments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rendition {
    /// Its folder and its part in URLs.
    pub name: String,
    /// The name of its [`Codec`].
    pub codec: String,
    /// Nominal bit rate.
    pub bitrate_kbps: Option<i32>,
    /// Samples per second.
    pub sample_rate_hz: i32,
    /// Channels.
    pub channels: i32,
    /// Whether it is the source's samples exactly, up to 24 bits and 192 kHz, or the mix into two of those of more channels.
    pub lossless: bool,
    /// Bits per sample of lossless audio.
    pub bit_depth: Option<i32>,
    /// All its bytes; 0 until it is finished.
    pub size_bytes: i64,
    /// Samples before the audio.
    pub encoder_delay: i32,
    /// Samples behind the audio.
    pub padding: i32,
    /// Samples of the audio; an estimate until it is finished.
    pub total_samples: i64,
}

impl Rendition {
    /// Its codec.
    pub fn codec(&self) -> Option<Codec> {
        Codec::parse(&self.codec)
    }

    /// The same; while its samples are not counted, they are estimated from those of the source and their rate.
    #[must_use]
    pub fn or_estimated(mut self, (samples, rate_hz): (i64, i32)) -> Self {
        if self.total_samples == 0 {
            self.total_samples = resampled((samples, rate_hz), self.sample_rate_hz);
        }
        self
    }
}

/// How many samples so many at some rate are at another rate.
pub fn resampled((samples, rate_hz): (i64, i32), other_hz: i32) -> i64 {
    let rate = i128::from(rate_hz.max(1));
    ((i128::from(samples) * i128::from(other_hz) + rate / 2) / rate) as i64
}

/// The MP3, for downloads and for players without HLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mp3 {
    /// Its size.
    pub size_bytes: i64,
    /// Measured average.
    pub bitrate_kbps: i32,
    /// Samples per second.
    pub sample_rate_hz: i32,
    /// Channels.
    pub channels: i32,
    /// Samples before the audio.
    pub encoder_delay: i32,
    /// Samples behind the audio.
    pub padding: i32,
    /// Samples of the audio.
    pub total_samples: i64,
}

/// What the newest attempt has made of an upload so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoding {
    /// The upload that it was made of.
    pub upload: UploadId,
    /// By which attempt.
    pub attempt: i32,
    /// Whether all its renditions are there.
    pub finished: bool,
    /// Whether it is known what the audio is: then the file plays as it is, and how long it is is certain.
    pub is_measured: bool,
    /// Whether renditions that are not there come as soon as somebody wants them.
    pub is_awaited: bool,
    /// How long it plays.
    pub duration_ms: i64,
    /// Up to where it can be played.
    pub playable_until_ms: i64,
    /// Samples per channel of the source.
    pub total_samples: i64,
    /// Sample rate of the source.
    pub sample_rate_hz: i32,
    /// How loud it is as two speakers play it, once that is known.
    pub loudness: Option<Loudness>,
    /// How loud its channels are when there are more than two.
    pub surround_loudness: Option<Loudness>,
    /// The MP3, once it is there.
    pub mp3: Option<Mp3>,
    /// The attempt that made the MP3.
    pub mp3_attempt: i32,
    /// The HLS renditions, from low to high.
    pub renditions: Vec<Rendition>,
    /// What was uploaded.
    pub source: Source,
}

/// The file that was uploaded, for downloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The upload that has its bytes: of a track of an album in one file that of the whole.
    pub upload: UploadId,
    /// Who uploaded it.
    pub owner: UserId,
    /// Its name as the client gave it.
    pub filename: String,
    /// Its size.
    pub size_bytes: i64,
    /// What it is, by its content.
    pub content_type: String,
    /// How good it is; none of what was encoded before that was kept.
    pub quality: Option<SourceQuality>,
    /// Whether it lies in a folder on the server and is played from there.
    pub is_in_folder: bool,
    /// Whether its bytes can be had: not where they are gone from that folder.
    pub is_there: bool,
    /// The title that its tags give.
    pub title: Option<String>,
    /// The artist that its tags give.
    pub artist: Option<String>,
}

/// How good the audio of a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceQuality {
    /// FFmpeg's name of the codec.
    pub codec: String,
    /// Whether the codec loses nothing.
    pub lossless: bool,
    /// Channels.
    pub channels: i32,
    /// Average.
    pub bitrate_kbps: Option<i32>,
    /// Bits per sample of lossless audio.
    pub bit_depth: Option<i32>,
}

impl Source {
    /// A name for the MP3: artist and title where they are known, else the uploaded name.
    pub fn mp3_name(&self) -> String {
        match (&self.artist, &self.title) {
            (Some(artist), Some(title)) => file_name(&format!("{artist} - {title}"), Some("mp3")),
            (None, Some(title)) => file_name(title, Some("mp3")),
            _ => file_name(split_name(&self.filename).0, Some("mp3")),
        }
    }

    /// The uploaded name, made safe to save under.
    pub fn original_name(&self) -> String {
        let (stem, extension) = split_name(&self.filename);
        file_name(stem, extension)
    }
}

/// How many bytes of a name's stem are kept; with its extension it fits the 255 of common file systems.
const STEM_BYTES: usize = 200;

/// A name's stem and its extension, if it has one.
fn split_name(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once('.') {
        Some((stem, end)) if (1..=16).contains(&end.len()) && end.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            (stem, Some(end))
        }
        _ => (name, None),
    }
}

/// A name that can be saved in one folder on any system.
fn file_name(stem: &str, extension: Option<&str>) -> String {
    let clean = stem.replace(|c: char| c.is_control() || "/\\:*?\"<>|".contains(c), "_");
    let clean = clean.trim_matches(['.', ' ']);
    let clean = clean[..clean.floor_char_boundary(STEM_BYTES)].trim_end_matches(['.', ' ']);
    let stem = match clean {
        "" => "audio".to_owned(),
        name if is_device(name) => format!("_{name}"),
        name => name.to_owned(),
    };
    extension.map_or(stem.clone(), |extension| format!("{stem}.{extension}"))
}

/// Whether Windows takes the name for a device, whatever its extension.
fn is_device(name: &str) -> bool {
    let name = name.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    match name.strip_prefix("COM").or_else(|| name.strip_prefix("LPT")) {
        Some(number) => {
            matches!(number.chars().next(), Some('0'..='9' | '¹' | '²' | '³')) && number.chars().count() == 1
        }
        None => ["CON", "PRN", "AUX", "NUL"].contains(&name.as_str()),
    }
}

/// The `Content-Disposition` of a download under this name (RFC 6266 with RFC 8187 for what is not ASCII).
pub fn attachment(name: &str) -> String {
    let ascii = name.replace(|c: char| !(c.is_ascii_graphic() || c == ' ') || "\"\\%".contains(c), "_");
    let encoded: String = name
        .bytes()
        .map(|byte| match byte {
            b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_has_a_name_that_any_system_can_save() {
        let whole = |name: &str| {
            let (stem, extension) = split_name(name);
            file_name(stem, extension)
        };
        for (name, saved) in [
            ("../AC/DC: \"Live\"?", "_AC_DC_ _Live__"),
            (" .. ", "audio"),
            (".flac", "audio.flac"),
            ("Mr. Bean", "Mr. Bean"),
            ("Wait... .mp3", "Wait.mp3"),
            ("con.flac", "_con.flac"),
            ("LPT1.live.wav", "_LPT1.live.wav"),
            ("COM10.wav", "COM10.wav"),
            ("Aux Cord.wav", "Aux Cord.wav"),
        ] {
            assert_eq!(whole(name), saved);
        }
    }

    #[test]
    fn a_long_name_is_cut_by_bytes_between_characters_and_keeps_its_extension() {
        for (name, bytes) in
            [("a".repeat(250) + ".flac", 205), ("ö".repeat(250) + ".flac", 205), ("永".repeat(250), 198)]
        {
            let (stem, extension) = split_name(&name);
            let saved = file_name(stem, extension);
            assert_eq!((saved.len(), split_name(&saved).1), (bytes, extension), "{saved}");
        }
    }

    #[test]
    fn what_is_not_ascii_is_escaped_in_the_header_of_a_download() {
        assert_eq!(
            attachment("Röyksopp - 100%.mp3"),
            "attachment; filename=\"R_yksopp - 100_.mp3\"; filename*=UTF-8''R%C3%B6yksopp%20-%20100%25.mp3"
        );
    }
}
