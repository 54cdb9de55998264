//! Events of media: uploads and what became of them.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{DataExportId, JobId, PlayContext, TrackId, UploadId, UserId, events};

/// What the tags of a file say. Text is as it stands in the file, trimmed; nothing is made up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tags {
    /// The track's title.
    pub title: Option<String>,
    /// The track's artists, one entry each where the file tells them apart.
    pub artists: Vec<String>,
    /// The album's title.
    pub album: Option<String>,
    /// The album's artists.
    pub album_artists: Vec<String>,
    /// Which disc of the album.
    pub disc_number: Option<i32>,
    /// Which track of the disc.
    pub track_number: Option<i32>,
    /// When it was released, `2019`, `2019-05` or `2019-05-31`.
    pub released_on: Option<String>,
    /// Genre names.
    pub genres: Vec<String>,
    /// International Standard Recording Code.
    pub isrc: Option<String>,
    /// MusicBrainz recording id.
    pub musicbrainz_recording_id: Option<String>,
    /// MusicBrainz release id.
    pub musicbrainz_release_id: Option<String>,
    /// MusicBrainz artist ids, in the order of `artists` when there are as many.
    pub musicbrainz_artist_ids: Vec<String>,
    /// MusicBrainz ids of the album's artists, in the order of `album_artists` when there are as many.
    // Left out while empty: the catalog compares what it is told with what it was told before this was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub musicbrainz_album_artist_ids: Vec<String>,
    /// MusicBrainz release group id: what editions of one album have in common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub musicbrainz_release_group_id: Option<String>,
    /// How many tracks the disc has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub track_total: Option<i32>,
    /// How many discs the album has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disc_total: Option<i32>,
    /// Whether the album collects several artists.
    pub compilation: bool,
    /// Whether the words are explicit, where the file says so or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explicit: Option<bool>,
    /// Kinds of release as MusicBrainz calls them, in lower case: `album`, `ep`, `single`, `compilation`, `live` and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub release_types: Vec<String>,
    /// What the track's artists are sorted by, as one text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artist_sort: Option<String>,
    /// What the album's artists are sorted by, as one text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub album_artist_sort: Option<String>,
    /// Lyrics, plain or LRC.
    pub lyrics: Option<String>,
    /// What the catalog does not match by.
    #[serde(default, skip_serializing_if = "Details::is_empty")]
    pub details: Details,
}

/// What tags say beside what a track is matched by. What is missing is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Details {
    /// When the music was first released, `1973`, `1973-03` or `1973-03-01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_released_on: Option<String>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub composers: Vec<String>,
    /// Who conducted it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conductors: Vec<String>,
    /// The work that it is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<String>,
    /// The movement of the work.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub movement: Option<String>,
    /// Which movement, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub movement_number: Option<i32>,
    /// How many movements the work has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub movement_total: Option<i32>,
    /// Who released it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// What they numbered it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub catalog_numbers: Vec<String>,
    /// The bar code of the release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub barcode: Option<String>,
    /// Beats per minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bpm: Option<f64>,
    /// Moods.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moods: Vec<String>,
    /// What somebody wrote about it; may have several lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What its disc is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disc_subtitle: Option<String>,
    /// `ReplayGain` of the track, dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_gain_db: Option<f64>,
    /// The largest sample of the track, 1 is full scale.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_peak: Option<f64>,
    /// `ReplayGain` of the album, dB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub album_gain_db: Option<f64>,
    /// The largest sample of the album.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub album_peak: Option<f64>,
}

impl Details {
    /// Whether the tags say none of these.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How good the audio of an uploaded file is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AudioQuality {
    /// The codec, as FFmpeg calls it: `flac`, `mp3`, `aac`, `pcm_s16le` and so on.
    pub codec: String,
    /// Whether the codec keeps every bit.
    pub lossless: bool,
    /// Samples per second and channel.
    pub sample_rate_hz: i32,
    /// Significant bits per sample, where the codec has such a notion.
    pub bit_depth: Option<i32>,
    /// Channels.
    pub channels: i32,
    /// Bit rate, kbit/s: of the stream, or of the file over its length.
    pub bitrate_kbps: Option<i32>,
}

/// How loud a track is, by EBU R128.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Loudness {
    /// Integrated loudness, LUFS.
    pub integrated_lufs: f64,
    /// True peak, dBTP.
    pub true_peak_dbtp: f64,
    /// Gain that brings the track to the reference loudness, dB.
    pub track_gain_db: f64,
}

/// One encoding of a track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RenditionRef {
    /// `AAC`, `FLAC`, `MP3`, `OPUS`.
    pub codec: String,
    /// Nominal bit rate, kbit/s; none for lossless.
    pub bitrate_kbps: Option<i32>,
    /// Whether it is the source's samples exactly.
    pub lossless: bool,
    /// Its size.
    pub size_bytes: i64,
}

events! { "media.v1";
    /// The bytes of an upload have arrived and wait to be looked at.
    UploadReceived keyed by upload_id {
        /// Which.
        pub upload_id: UploadId,
        /// The job that looks at it.
        pub job_id: JobId,
        /// Whose.
        pub owner_id: UserId,
        /// The file's name as the client gave it.
        pub filename: String,
        /// How large it is.
        pub size_bytes: i64,
    }
    /// A transcoding job waits (again) for a worker.
    TranscodeRequested keyed by upload_id {
        /// Of which upload.
        pub upload_id: UploadId,
        /// Which.
        pub job_id: JobId,
    }
    /// An upload is ready to be played.
    MediaReady keyed by upload_id {
        /// Which.
        pub upload_id: UploadId,
        /// The job that made it so.
        pub job_id: JobId,
        /// Whose.
        pub owner_id: UserId,
        /// The file's name as the client gave it.
        pub filename: String,
        /// The track that it was uploaded for, if it was for one.
        pub track_id: Option<TrackId>,
        /// Whether the catalog should make artist, album and track from the tags, and publish them.
        pub catalog_from_tags: bool,
        /// A track that has the same audio already and that the owner may know of, if there is one.
        #[serde(default)]
        pub duplicate_of: Option<TrackId>,
        /// The upload of the same audio that was there first, whoever's it is; absent for audio that says nothing, such as silence.
        #[serde(default)]
        pub retags: Option<UploadId>,
        /// The owner's upload of an earlier state of this very file, with the same audio: the file was tagged anew.
        #[serde(default)]
        pub replaces: Option<UploadId>,
        /// SHA-256 of the decoded samples, hexadecimal: the same for files of one recording. Absent for silence and for what
        /// is very short, whose equality says nothing.
        #[serde(default)]
        pub recording: Option<String>,
        /// How good the audio is.
        #[serde(default)]
        pub quality: Option<AudioQuality>,
        /// The folder that the file was in, as its owner's client said; it is compared and never shown to others.
        #[serde(default)]
        pub folder: Option<String>,
        /// What the file says of itself.
        pub tags: Tags,
        /// How long it plays, from its decoded samples.
        pub duration_ms: i64,
        /// How loud it is.
        pub loudness: Option<Loudness>,
        /// Its encodings.
        pub renditions: Vec<RenditionRef>,
        /// Where its cover is served, if it has one.
        pub cover_url: Option<String>,
    }
    /// An upload could not be made ready, and will not be without help.
    TranscodeFailed keyed by upload_id {
        /// Which.
        pub upload_id: UploadId,
        /// The job that failed.
        pub job_id: JobId,
        /// Whose.
        pub owner_id: UserId,
        /// The file's name as the client gave it.
        pub filename: String,
        /// Whether the file itself was at fault (rejected), not we.
        pub rejected: bool,
        /// Why, for a person.
        pub reason: String,
    }
    /// Somebody has listened to a track for long enough: 30 seconds, or half of a shorter one. Once per play.
    TrackPlayed keyed by user_id {
        /// The play, told once however often it is reported.
        pub play_id: String,
        /// Who listened.
        pub user_id: UserId,
        /// To what.
        pub track_id: TrackId,
        /// When it began.
        pub started_at: DateTime<Utc>,
        /// For how long, ms.
        pub played_ms: i64,
        /// The device's name, when it is known.
        pub device_name: Option<String>,
        /// What it was played from, when the client said so.
        #[serde(default)]
        pub context: Option<PlayContext>,
    }
    /// An export of a person's data has ended: it can be downloaded, or it has failed.
    DataExportEnded keyed by user_id {
        /// Whose data.
        pub user_id: UserId,
        /// The export.
        pub export_id: DataExportId,
        /// Until when it can be downloaded; absent when it has failed.
        pub expires_at: Option<DateTime<Utc>>,
        /// Why it has failed, for a person; absent when it can be downloaded.
        pub failed_because: Option<String>,
    }
}
