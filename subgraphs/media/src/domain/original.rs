//! The file as it was uploaded, played as it is: by whom it can be.

use super::encoding::{Encoding, Source, SourceQuality};

/// A file that can be played as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Original<'a> {
    /// The file.
    pub source: &'a Source,
    /// How good it is.
    pub quality: &'a SourceQuality,
    /// Samples per second.
    pub sample_rate_hz: i32,
    /// Samples of the audio; an estimate until it was decoded.
    pub total_samples: i64,
}

impl Encoding {
    /// The file, where it is that track and nothing else, and is there.
    pub fn original(&self) -> Option<Original<'_>> {
        let source = &self.source;
        let quality = source.quality.as_ref().filter(|_| source.is_there && source.upload == self.upload)?;
        Some(Original { source, quality, sample_rate_hz: self.sample_rate_hz, total_samples: self.total_samples })
    }
}

impl Original<'_> {
    /// Whether one of these media types (RFC 9110, with `codecs` as RFC 6381 has it) says that a client plays it. A type without
    /// `codecs` stands for every codec in such a file.
    pub fn is_accepted(&self, accepts: &[String]) -> bool {
        let (kind, codec) = (plain(&self.source.content_type), self.codec());
        accepts.iter().any(|accepted| {
            let mut parts = accepted.split(';');
            let is_kind = parts.next().is_some_and(|accepted| plain(accepted) == kind);
            let codecs = parts.filter_map(|part| part.trim().split_once('=')).find(|(name, _)| *name == "codecs");
            is_kind && codecs.is_none_or(|(_, named)| named.trim_matches('"').trim().eq_ignore_ascii_case(codec))
        })
    }

    /// Its codec by the name that `codecs` gives it.
    fn codec(&self) -> &str {
        match self.quality.codec.as_str() {
            "aac" => "mp4a.40.2",
            codec if codec.starts_with("pcm_") => "1",
            codec => codec,
        }
    }
}

/// A media type without its parameters, by the name that is registered for it.
fn plain(kind: &str) -> String {
    let kind = kind.trim().to_ascii_lowercase();
    match kind.as_str() {
        "audio/x-flac" => "audio/flac".to_owned(),
        "audio/mp3" => "audio/mpeg".to_owned(),
        "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "audio/wav".to_owned(),
        "audio/x-m4a" | "audio/m4a" => "audio/mp4".to_owned(),
        "audio/x-aiff" => "audio/aiff".to_owned(),
        "audio/aacp" => "audio/aac".to_owned(),
        "application/ogg" => "audio/ogg".to_owned(),
        _ => kind,
    }
}

#[cfg(test)]
mod tests {
    use polyphony_events::{UploadId, UserId};

    use super::*;

    fn source(content_type: &str, codec: &str) -> Source {
        let quality = SourceQuality {
            codec: codec.to_owned(),
            lossless: false,
            channels: 2,
            bitrate_kbps: None,
            bit_depth: None,
        };
        Source {
            upload: UploadId::new(),
            owner: UserId::new(),
            filename: "a".to_owned(),
            size_bytes: 1,
            content_type: content_type.to_owned(),
            quality: Some(quality),
            is_in_folder: false,
            is_there: true,
            title: None,
            artist: None,
        }
    }

    #[test]
    fn a_client_is_given_what_it_says_that_it_plays() {
        for (content_type, codec, accepted, is_accepted) in [
            ("audio/mpeg", "mp3", "audio/mpeg", true),
            ("audio/mpeg", "mp3", "audio/mp3", true),
            ("audio/flac", "flac", "Audio/X-FLAC", true),
            ("audio/flac", "flac", "audio/mpeg", false),
            ("audio/ogg", "vorbis", "audio/ogg; codecs=vorbis", true),
            ("audio/ogg", "vorbis", "audio/ogg; codecs=\"opus\"", false),
            ("audio/ogg", "opus", "audio/ogg;codecs=\"opus\"", true),
            ("audio/ogg", "speex", "audio/ogg", true),
            ("audio/mp4", "aac", "audio/mp4; codecs=mp4a.40.2", true),
            ("audio/mp4", "alac", "audio/mp4; codecs=mp4a.40.2", false),
            ("audio/wav", "pcm_s24le", "audio/wav; codecs=1", true),
            ("application/octet-stream", "wavpack", "", false),
        ] {
            let source = source(content_type, codec);
            let quality = source.quality.as_ref().unwrap();
            let original = Original { source: &source, quality, sample_rate_hz: 44_100, total_samples: 1 };
            assert_eq!(original.is_accepted(&[accepted.to_owned()]), is_accepted, "{content_type} {codec} {accepted}");
        }
    }
}
