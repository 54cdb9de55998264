//! How a client should play a track: which way, and which renditions.

use super::{
    encoding::{Codec, Encoding, Mp3, Rendition},
    original::Original,
    quality::Quality,
};

/// What a client can play and wants to spend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientProfile {
    /// The codecs that it decodes; `None`: all.
    pub codecs: Option<Vec<Codec>>,
    /// The most that it wants to receive.
    pub max_bitrate_kbps: Option<i32>,
    /// Whether it plays HLS.
    pub hls: bool,
    /// The media types of files that it plays as they are.
    pub accepts: Vec<String>,
    /// The most channels that it plays as they are.
    pub max_channels: i32,
    /// The most samples per second that it plays as they are; `None`: any.
    pub max_sample_rate_hz: Option<i32>,
    /// The most bits per sample of lossless audio; `None`: any.
    pub max_bit_depth: Option<i32>,
}

impl Default for ClientProfile {
    fn default() -> Self {
        Self {
            codecs: None,
            max_bitrate_kbps: None,
            hls: true,
            accepts: Vec::new(),
            max_channels: 2,
            max_sample_rate_hz: None,
            max_bit_depth: None,
        }
    }
}

/// The way to play a track, with the reason.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice<'a> {
    /// Over HLS, with these renditions.
    Hls {
        /// From low to high.
        renditions: Vec<&'a Rendition>,
        /// Whether some were left out for this client or viewer.
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
    /// The file as it was uploaded.
    Original {
        /// The file.
        original: Original<'a>,
        /// Why.
        reason: String,
    },
}

impl ClientProfile {
    fn decodes(&self, codec: Option<Codec>) -> bool {
        self.codecs.as_ref().is_none_or(|codecs| codec.is_some_and(|codec| codecs.contains(&codec)))
    }

    /// Of what was made of a source with more channels there is a mix into two, for all others.
    fn fits(&self, rendition: &Rendition) -> bool {
        self.decodes(rendition.codec())
            && rendition.channels <= self.max_channels.max(2)
            && self.max_sample_rate_hz.is_none_or(|most| rendition.sample_rate_hz <= most)
            && self.max_bit_depth.zip(rendition.bit_depth).is_none_or(|(most, bits)| bits <= most)
    }

    fn affords(&self, rendition: &Rendition) -> bool {
        self.max_bitrate_kbps.is_none_or(|most| rendition.bitrate_kbps.is_some_and(|kbps| kbps <= most))
    }

    /// The file as it was uploaded, if the client plays it; and whether it is no more than client and viewer want.
    fn original<'a>(&self, quality: Quality, encoding: &'a Encoding) -> Option<(Original<'a>, bool)> {
        let original = encoding.original().filter(|original| original.is_accepted(&self.accepts))?;
        let kbps = original.quality.bitrate_kbps.unwrap_or(i32::MAX);
        let is_within = self.max_bitrate_kbps.is_none_or(|most| kbps <= most)
            && kbps <= quality.ceiling_kbps()
            && original.quality.channels <= self.max_channels.max(2)
            && self.max_sample_rate_hz.is_none_or(|most| original.sample_rate_hz <= most)
            && self.max_bit_depth.zip(original.quality.bit_depth).is_none_or(|(most, bits)| bits <= most);
        Some((original, is_within))
    }

    /// Chooses for a viewer who wants this quality; `None` when there is nothing (yet) that this client can play.
    ///
    /// What is not encoded yet is played as it was uploaded by clients that can; others wait for its renditions.
    pub fn choose<'a>(&self, quality: Quality, encoding: &'a Encoding) -> Option<Choice<'a>> {
        let mut decoded: Vec<_> = encoding.renditions.iter().filter(|one| self.fits(one)).collect();
        if decoded.is_empty() {
            // What it has to convert is better than silence: other rates and depths first, more channels last.
            let convertible: Vec<_> = encoding.renditions.iter().filter(|one| self.decodes(one.codec())).collect();
            let least = convertible.iter().map(|one| one.channels).min();
            decoded = convertible.into_iter().filter(|one| Some(one.channels) == least).collect();
        }
        let original = self.original(quality, encoding);
        // What was begun and given up never ends.
        let is_there = encoding.finished || encoding.is_awaited && encoding.playable_until_ms > 0;
        if self.hls && !decoded.is_empty() && (is_there || encoding.is_awaited) {
            return match original {
                Some((original, true)) if !is_there => {
                    let reason = "The file as it was uploaded, because nothing else was made of it yet.".to_owned();
                    Some(Choice::Original { original, reason })
                }
                _ => Some(self.hls(quality, encoding, &decoded)),
            };
        }
        let why = match self.hls {
            true if decoded.is_empty() => "the client plays none of the HLS codecs",
            true => "nothing else could be made of it",
            false => "the client does not play HLS",
        };
        let mp3 = encoding.mp3.filter(|_| self.decodes(Some(Codec::Mp3)));
        match (original, mp3) {
            // A second lossy generation is worse than the first; of lossless audio who wants it is given it.
            (Some((original, true)), mp3)
                if mp3.is_none() || !original.quality.lossless || quality == Quality::Lossless =>
            {
                Some(Choice::Original { original, reason: format!("The file as it was uploaded, because {why}.") })
            }
            (_, Some(mp3)) => Some(self.direct(quality, mp3, why)),
            (Some((original, _)), None) => {
                let reason = "The file as it was uploaded; there is no other, though it is more than was asked for.";
                Some(Choice::Original { original, reason: reason.to_owned() })
            }
            (None, None) if self.hls && !decoded.is_empty() && encoding.playable_until_ms > 0 => {
                Some(self.hls(quality, encoding, &decoded))
            }
            (None, None) => None,
        }
    }

    fn direct<'a>(&self, quality: Quality, mp3: Mp3, why: &str) -> Choice<'a> {
        let is_more = self.max_bitrate_kbps.is_some_and(|most| mp3.bitrate_kbps > most)
            || mp3.bitrate_kbps > quality.ceiling_kbps();
        let more = if is_more { "; there is no other, though it is more than was asked for" } else { "" };
        Choice::Direct { mp3, reason: format!("MP3 as one file, because {why}{more}.") }
    }

    fn hls<'a>(&self, quality: Quality, encoding: &Encoding, decoded: &[&'a Rendition]) -> Choice<'a> {
        let affordable: Vec<_> = decoded.iter().copied().filter(|one| self.affords(one)).collect();
        let mut renditions: Vec<_> = affordable.iter().copied().filter(|one| is_wanted(quality, one)).collect();
        let (for_client, for_viewer) =
            (encoding.renditions.len() - affordable.len(), affordable.len() - renditions.len());
        // A player may switch between what is listed: neither may the room collapse then nor the level change.
        let channels = renditions.iter().map(|one| one.channels).max();
        renditions.retain(|one| Some(one.channels) == channels);
        let mut why = Vec::new();
        if renditions.is_empty() {
            // Music in another quality than was asked for is better than none.
            renditions =
                decoded.iter().copied().min_by_key(|one| one.bitrate_kbps.unwrap_or(i32::MAX)).into_iter().collect();
            why.push("the lowest that the client plays, though it is more than was asked for".to_owned());
        } else {
            if for_client > 0 {
                why.push(format!("{for_client} left out that do not fit the client's codecs, output or bit rate"));
            }
            if for_viewer > 0 {
                why.push(format!("{for_viewer} left out that are more than the chosen quality {}", quality.as_str()));
            }
        }
        let end = if encoding.finished { "" } else { "; the end is still being encoded" };
        let count = renditions.len();
        let noun = if count == 1 { "rendition" } else { "renditions" };
        let left_out = std::iter::once(noun.to_owned()).chain(why).collect::<Vec<_>>().join(", ");
        let reason = format!("HLS, so that quality follows the connection; {count} {left_out}{end}.");
        Choice::Hls { is_filtered: count < encoding.renditions.len(), renditions, reason }
    }
}

/// A lossless rendition only for those who want it: it is several times the bytes.
fn is_wanted(quality: Quality, rendition: &Rendition) -> bool {
    if rendition.lossless {
        return quality == Quality::Lossless;
    }
    rendition.bitrate_kbps.is_none_or(|kbps| kbps <= quality.ceiling_kbps())
}

#[cfg(test)]
mod tests;
