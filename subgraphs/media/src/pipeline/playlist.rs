//! HLS playlists by RFC 8216, as pure functions of figures; who may fetch them and where files lie is for others.

use std::fmt::Write as _;

use super::{Bandwidth, SEGMENT_SECONDS};

/// A line of the master playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// URL of its media playlist.
    pub url: String,
    /// Measured by [`super::bandwidth`], or [`super::Rung::expected_bandwidth`] while it is encoded.
    pub bandwidth: Bandwidth,
    /// [`super::Rung::codecs`].
    pub codecs: String,
}

/// What a media playlist asks a URL for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The initialization segment.
    Init,
    /// A media segment by its index.
    Segment(u32),
}

/// The master playlist. List only renditions that have a segment; players begin with the first one.
pub fn master(variants: &[Variant]) -> String {
    let mut text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n".to_owned();
    for Variant { url, bandwidth: Bandwidth { peak, average }, codecs } in variants {
        let (codecs, url) = (quoted(codecs), line(url));
        let _ = writeln!(text, "#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS={codecs}\n{url}");
    }
    text
}

/// How a player has met the rendition that a media playlist names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// It is being made.
    Growing,
    /// It was being made when the player was given its URL, and is whole now. By RFC 8216 (6.2.1) nothing but new lines may
    /// change for a player that reloads the playlist, so it stays an EVENT.
    Grown,
    /// It was whole all the time.
    Whole,
}

/// The media playlist of one rendition. Without `EXT-X-START` players would begin at the growing end of an EVENT; so would
/// shaka-player with an offset of zero, which it takes for none.
pub fn media(durations_s: &[f64], growth: Growth, mut url: impl FnMut(Piece) -> String) -> String {
    // Segments with a crumb appended still round to this; it may never change while the playlist grows.
    let target = durations_s.iter().map(|seconds| seconds.round() as u32).fold(SEGMENT_SECONDS, u32::max);
    let (kind, start) =
        if growth == Growth::Whole { ("VOD", "") } else { ("EVENT", "#EXT-X-START:TIME-OFFSET=0.000001\n") };
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-MEDIA-SEQUENCE:0\n\
         #EXT-X-PLAYLIST-TYPE:{kind}\n#EXT-X-INDEPENDENT-SEGMENTS\n{start}#EXT-X-MAP:URI={}\n",
        quoted(&url(Piece::Init))
    );
    for (index, seconds) in durations_s.iter().enumerate() {
        let _ = writeln!(text, "#EXTINF:{seconds:.6},\n{}", line(&url(Piece::Segment(index as u32))));
    }
    if growth != Growth::Growing {
        text.push_str("#EXT-X-ENDLIST\n");
    }
    text
}

/// A quoted string may hold neither quotes nor line breaks; a URL that needs them has them escaped.
fn quoted(text: &str) -> String {
    format!("\"{}\"", line(text).replace('"', "%22"))
}

fn line(text: &str) -> String {
    text.replace(['\n', '\r'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_master_declares_what_was_measured() {
        let variant = |name: &str, peak, codecs: &str| Variant {
            url: format!("{name}.m3u8?a=1&b=2"),
            bandwidth: Bandwidth { peak, average: peak - 1 },
            codecs: codecs.to_owned(),
        };
        insta::assert_snapshot!(master(&[variant("low", 70_000, "mp4a.40.2"), variant("flac", 900_000, "fLaC")]), @r#"
        #EXTM3U
        #EXT-X-VERSION:7
        #EXT-X-INDEPENDENT-SEGMENTS
        #EXT-X-STREAM-INF:BANDWIDTH=70000,AVERAGE-BANDWIDTH=69999,CODECS="mp4a.40.2"
        low.m3u8?a=1&b=2
        #EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=899999,CODECS="fLaC"
        flac.m3u8?a=1&b=2
        "#);
    }

    #[test]
    fn a_growing_playlist_has_no_end_and_keeps_its_target() {
        let text = media(&[6.013_968, 5.990_748], Growth::Growing, |piece| format!("{piece:?}"));
        insta::assert_snapshot!(text, @r#"
        #EXTM3U
        #EXT-X-VERSION:7
        #EXT-X-TARGETDURATION:6
        #EXT-X-MEDIA-SEQUENCE:0
        #EXT-X-PLAYLIST-TYPE:EVENT
        #EXT-X-INDEPENDENT-SEGMENTS
        #EXT-X-START:TIME-OFFSET=0.000001
        #EXT-X-MAP:URI="Init"
        #EXTINF:6.013968,
        Segment(0)
        #EXTINF:5.990748,
        Segment(1)
        "#);
        let grown = media(&[6.013_968, 5.990_748], Growth::Grown, |piece| format!("{piece:?}"));
        assert_eq!(grown, format!("{text}#EXT-X-ENDLIST\n"));
    }

    #[test]
    fn what_was_whole_from_the_beginning_is_no_event() {
        insta::assert_snapshot!(media(&[0.2], Growth::Whole, |piece| format!("{piece:?}")), @r#"
        #EXTM3U
        #EXT-X-VERSION:7
        #EXT-X-TARGETDURATION:6
        #EXT-X-MEDIA-SEQUENCE:0
        #EXT-X-PLAYLIST-TYPE:VOD
        #EXT-X-INDEPENDENT-SEGMENTS
        #EXT-X-MAP:URI="Init"
        #EXTINF:0.200000,
        Segment(0)
        #EXT-X-ENDLIST
        "#);
    }

    #[test]
    fn a_url_cannot_add_lines_or_attributes() {
        let text = media(&[1.0], Growth::Grown, |_| "a\"\n#EXT-X-KEY".to_owned());
        assert!(text.contains("URI=\"a%22#EXT-X-KEY\"") && text.contains("\na\"#EXT-X-KEY\n"));
    }
}
