//! How a client should play a track: which way, and which renditions.

use super::encoding::{Codec, Encoding, Mp3, Rendition};

/// What a client can play and wants to spend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientProfile {
    /// The codecs that it decodes; `None`: all.
    pub codecs: Option<Vec<Codec>>,
    /// The most that it wants to receive.
    pub max_bitrate_kbps: Option<i32>,
    /// Whether it plays HLS.
    pub hls: bool,
}

impl Default for ClientProfile {
    fn default() -> Self {
        Self { codecs: None, max_bitrate_kbps: None, hls: true }
    }
}

/// The way to play a track, with the reason.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice<'a> {
    /// Over HLS, with these renditions.
    Hls {
        /// From low to high.
        renditions: Vec<&'a Rendition>,
        /// Whether some were left out for this client.
        is_filtered: bool,
        /// Why.
        reason: String,
    },
    /// The MP3 as it is.
    Direct {
        /// The file.
        mp3: Mp3,
        /// Why.
        reason: String,
    },
}

impl ClientProfile {
    fn decodes(&self, codec: Option<Codec>) -> bool {
        self.codecs.as_ref().is_none_or(|codecs| codec.is_some_and(|codec| codecs.contains(&codec)))
    }

    /// Chooses; `None` when there is nothing (yet) that this client can play.
    pub fn choose<'a>(&self, encoding: &'a Encoding) -> Option<Choice<'a>> {
        let fitting: Vec<_> = encoding.renditions.iter().filter(|one| self.decodes(one.codec())).collect();
        if self.hls && !fitting.is_empty() {
            return Some(self.hls(encoding, fitting));
        }
        let mp3 = encoding.mp3.filter(|_| self.decodes(Some(Codec::Mp3)))?;
        let why = if self.hls { "the client plays none of the HLS codecs" } else { "the client does not play HLS" };
        Some(Choice::Direct { mp3, reason: format!("MP3 as one file, because {why}.") })
    }

    fn hls<'a>(&self, encoding: &Encoding, fitting: Vec<&'a Rendition>) -> Choice<'a> {
        let most = self.max_bitrate_kbps.unwrap_or(i32::MAX);
        let affordable = |one: &&Rendition| one.bitrate_kbps.is_some_and(|kbps| kbps <= most);
        // A client that cannot afford even the lowest is still better off with it than with nothing.
        let mut renditions: Vec<_> = if self.max_bitrate_kbps.is_some() {
            fitting.iter().copied().filter(affordable).collect()
        } else {
            fitting.clone()
        };
        if renditions.is_empty() {
            renditions =
                fitting.into_iter().min_by_key(|one| one.bitrate_kbps.unwrap_or(i32::MAX)).into_iter().collect();
        }
        let left_out = encoding.renditions.len() - renditions.len();
        let why = match left_out {
            0 => String::new(),
            _ => format!(", {left_out} left out that do not fit the client's codecs or bit rate"),
        };
        let end = if encoding.finished { "" } else { "; the end is still being encoded" };
        let count = renditions.len();
        let reason = format!("HLS, so that quality follows the connection; {count} renditions{why}{end}.");
        Choice::Hls { renditions, is_filtered: left_out > 0, reason }
    }
}

#[cfg(test)]
mod tests {
    use polyphony_events::{UploadId, UserId};

    use super::*;
    use crate::domain::encoding::Source;

    fn rendition(name: &str, codec: &str, bitrate_kbps: i32) -> Rendition {
        Rendition {
            name: name.to_owned(),
            codec: codec.to_owned(),
            bitrate_kbps: Some(bitrate_kbps),
            sample_rate_hz: 44_100,
            channels: 2,
            lossless: codec == "FLAC",
            size_bytes: 1,
            encoder_delay: 0,
            padding: 0,
            total_samples: 1,
        }
    }

    fn encoding(finished: bool) -> Encoding {
        let mp3 = Mp3 {
            size_bytes: 1,
            bitrate_kbps: 245,
            sample_rate_hz: 44_100,
            channels: 2,
            encoder_delay: 1105,
            padding: 0,
        };
        Encoding {
            upload: UploadId::new(),
            attempt: 1,
            finished,
            duration_ms: 1,
            playable_until_ms: 1,
            total_samples: 1,
            sample_rate_hz: 44_100,
            loudness: None,
            mp3: finished.then_some(mp3),
            renditions: vec![
                rendition("aac-64", "AAC", 64),
                rendition("aac-320", "AAC", 320),
                rendition("flac", "FLAC", 900),
            ],
            source: Source {
                owner: UserId::new(),
                filename: "a.flac".to_owned(),
                size_bytes: 1,
                content_type: "audio/flac".to_owned(),
                title: None,
                artist: None,
            },
        }
    }

    fn names(profile: &ClientProfile, encoding: &Encoding) -> Vec<String> {
        match profile.choose(encoding) {
            Some(Choice::Hls { renditions, .. }) => renditions.iter().map(|one| one.name.clone()).collect(),
            Some(Choice::Direct { .. }) => vec!["mp3".to_owned()],
            None => vec![],
        }
    }

    #[test]
    fn a_client_gets_what_it_decodes_and_can_afford() {
        let all = ClientProfile::default();
        assert_eq!(names(&all, &encoding(false)), ["aac-64", "aac-320", "flac"]);
        let aac = ClientProfile { codecs: Some(vec![Codec::Aac]), ..all.clone() };
        assert_eq!(names(&aac, &encoding(true)), ["aac-64", "aac-320"]);
        let slow = ClientProfile { max_bitrate_kbps: Some(128), ..all.clone() };
        assert_eq!(names(&slow, &encoding(true)), ["aac-64"]);
        let slower = ClientProfile { max_bitrate_kbps: Some(32), ..all };
        assert_eq!(names(&slower, &encoding(true)), ["aac-64"]);
    }

    #[test]
    fn a_client_without_hls_waits_for_the_mp3() {
        let plain = ClientProfile { hls: false, ..ClientProfile::default() };
        assert_eq!(names(&plain, &encoding(true)), ["mp3"]);
        assert!(names(&plain, &encoding(false)).is_empty());
        let opus = ClientProfile { codecs: Some(vec![Codec::Opus]), ..ClientProfile::default() };
        assert!(names(&opus, &encoding(true)).is_empty());
        let mp3 = ClientProfile { codecs: Some(vec![Codec::Mp3]), ..ClientProfile::default() };
        assert_eq!(names(&mp3, &encoding(true)), ["mp3"]);
    }
}
