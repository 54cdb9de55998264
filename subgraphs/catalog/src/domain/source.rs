//! The uploads that are kept for a track: that which plays, and others of the same performance.

use chrono::{DateTime, Utc};
use polyphony_events::{TrackId, UploadId, UserId, media::AudioQuality};
use serde::{Deserialize, Serialize};

/// Why an upload is a source of its track, or its track stands where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MatchReason {
    /// Nothing stood at its place: it made the track.
    NewPlace,
    /// Something else stood at its place, of another length or another name.
    PlaceTaken,
    /// Its samples are the same.
    SameRecording,
    /// The release, disc and number are the same.
    SamePlace,
    /// The title is the same.
    SameTitle,
    /// It plays as long, within two seconds.
    SameLength,
    /// The MusicBrainz recording id is the same.
    SameRecordingId,
    /// The ISRC is the same.
    SameIsrc,
    /// The same file under other tags: its track went along.
    TaggedAnew,
    /// It was uploaded for this track, or given to it by hand.
    GivenToTrack,
    /// The MusicBrainz release id is the same.
    SameReleaseId,
    /// Title and artists of the release are the same.
    SameAlbumTitle,
    /// It came from the folder that the release came from.
    SameFolder,
    /// The year of the release is the same.
    SameYear,
    /// Releases of this title that were there are other editions: of another year, another size, or with something else
    /// at this place.
    OtherEdition,
    /// It was there before reasons were kept.
    BeforeReasons,
}

/// An upload that is kept for a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The upload.
    pub upload: UploadId,
    /// The track that it is kept for.
    pub track: TrackId,
    /// Who uploaded it.
    pub owner: UserId,
    /// The file's name; absent when it is not known yet.
    pub filename: Option<String>,
    /// The folder that it came from, as it is compared: see [`super::edition::folder_key`].
    pub folder: Option<String>,
    /// How good it is; absent when that is not known.
    pub quality: Option<AudioQuality>,
    /// How long it plays; 0 when that is not known.
    pub duration_ms: i32,
    /// The hash of its samples; absent when that is not known or says nothing.
    pub recording: Option<String>,
    /// The year of release that its tags name.
    pub year: Option<i32>,
    /// How many tracks its tags say the disc has.
    pub track_total: Option<i32>,
    /// Whether its file has a cover.
    pub has_cover: bool,
    /// Whether somebody chose it to play, whatever better there is.
    pub is_chosen: bool,
    /// Why it is kept for this track.
    pub reasons: Vec<MatchReason>,
    /// When it became a source.
    pub added_at: DateTime<Utc>,
}

impl Source {
    /// An upload of which nothing is known yet but its id, that was given to a track by hand.
    pub fn given(upload: UploadId, track: TrackId, owner: UserId, now: DateTime<Utc>) -> Self {
        Self {
            upload,
            track,
            owner,
            filename: None,
            folder: None,
            quality: None,
            duration_ms: 0,
            recording: None,
            year: None,
            track_total: None,
            has_cover: false,
            is_chosen: true,
            reasons: vec![MatchReason::GivenToTrack],
            added_at: now,
        }
    }
}

/// What sources are compared by, from worst to best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Lossy, unknown, lossless. What was uploaded before qualities were kept gives way to what is certainly lossless alone.
    class: u8,
    figures: [i32; 2],
}

impl Rank {
    fn of(quality: Option<&AudioQuality>) -> Self {
        match quality {
            None => Self { class: 1, figures: [0, 0] },
            // The bit rate of lossless audio tells how well it was packed, and not how good it is.
            Some(quality) if quality.lossless => {
                Self { class: 2, figures: [quality.sample_rate_hz, quality.bit_depth.unwrap_or(16)] }
            }
            // Opus always has 48 kHz: among lossy files the bit rate says more than the sample rate.
            Some(quality) => Self { class: 0, figures: [quality.bitrate_kbps.unwrap_or(0), quality.sample_rate_hz] },
        }
    }
}

/// Which of the sources of a track plays: the one that somebody chose, else the best: lossless, then sample rate and bit
/// depth, or else the bit rate. Of two that are as good, the older.
pub fn best(sources: &[Source]) -> Option<&Source> {
    let key = |source: &&Source| (source.is_chosen, Rank::of(source.quality.as_ref()));
    let mut best: Option<&Source> = None;
    for source in sources {
        let is_better = best.as_ref().is_none_or(|known| {
            let is_older = (source.added_at, source.upload.0) < (known.added_at, known.upload.0);
            key(&source).cmp(&key(known)).then(is_older.cmp(&false)).is_gt()
        });
        if is_better {
            best = Some(source);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn quality(lossless: bool, rate: i32, depth: Option<i32>, kbps: i32) -> AudioQuality {
        AudioQuality {
            codec: "x".to_owned(),
            lossless,
            sample_rate_hz: rate,
            bit_depth: depth,
            channels: 2,
            bitrate_kbps: Some(kbps),
        }
    }

    fn sources(of: &[(Option<AudioQuality>, bool)]) -> Vec<Source> {
        let one = |(at, (quality, is_chosen)): (usize, &(Option<AudioQuality>, bool))| {
            let added_at = DateTime::UNIX_EPOCH + TimeDelta::seconds(at as i64);
            let given = Source::given(UploadId::new(), TrackId::new(), UserId::new(), added_at);
            Source { quality: quality.clone(), is_chosen: *is_chosen, ..given }
        };
        of.iter().enumerate().map(one).collect()
    }

    #[test]
    fn the_best_source_plays_in_whatever_order_they_came() {
        let cd = || Some(quality(true, 44_100, Some(16), 900));
        let deep = || Some(quality(true, 44_100, Some(24), 1_400));
        let studio = || Some(quality(true, 96_000, Some(24), 2_800));
        let mp3 = |kbps| Some(quality(false, 44_100, None, kbps));
        let opus = Some(quality(false, 48_000, None, 96));
        for (list, plays) in [
            (vec![cd(), mp3(320)], 0),
            (vec![mp3(320), cd()], 1),
            (vec![cd(), studio(), deep()], 1),
            (vec![cd(), deep()], 1),
            (vec![mp3(128), mp3(320), opus.clone()], 1),
            (vec![cd(), Some(quality(true, 44_100, Some(16), 1_411))], 0),
            (vec![mp3(192), mp3(192)], 0),
            (vec![None, mp3(320)], 0),
            (vec![None, cd()], 1),
            (vec![None, None], 0),
        ] {
            let list: Vec<_> = list.into_iter().map(|quality| (quality, false)).collect();
            let mut sources = sources(&list);
            let expected = sources[plays].upload;
            assert_eq!(best(&sources).map(|source| source.upload), Some(expected), "{list:?}");
            sources.reverse();
            assert_eq!(best(&sources).map(|source| source.upload), Some(expected), "{list:?} backwards");
        }
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn what_somebody_chose_plays_whatever_better_there_is() {
        let list = sources(&[
            (Some(quality(true, 96_000, Some(24), 2_800)), false),
            (Some(quality(false, 44_100, None, 64)), true),
        ]);
        assert_eq!(best(&list), Some(&list[1]));
    }
}
