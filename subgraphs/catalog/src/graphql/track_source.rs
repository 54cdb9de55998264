//! Sources of tracks.

use async_graphql::{Context, Enum, ID, Object};
use chrono::{DateTime, Utc};
use polyphony_events::{TrackId, UploadId};
use polyphony_kit::Result;

use super::{app, external::Upload, external::User, manager, payload::TrackPayload};
use crate::{
    commands,
    domain::{self, Refusal, Source},
};

/// Why an upload is a source of its track, or its track stands where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "domain::MatchReason")]
pub enum MatchReason {
    /// Nothing stood at its place: it made the track.
    NewPlace,
    /// Something else stood at its place, of another length or another name: it made a track beside that.
    PlaceTaken,
    /// Its samples are the same, whatever the file is.
    SameRecording,
    /// Release, disc and number are the same.
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
    /// It came from a folder that files of the release came from.
    SameFolder,
    /// The year of the release is the same.
    SameYear,
    /// Releases of this title that were there are other editions: of another year, of another size, or with something else at
    /// its place. It made a release beside them.
    OtherEdition,
    /// It was there before reasons were kept.
    BeforeReasons,
}

/// An upload that is kept for a track: that which plays, or another one of the same performance.
#[derive(Clone, Debug)]
pub struct TrackSource {
    source: Source,
    is_playing: bool,
}

impl TrackSource {
    /// The sources of a track, oldest first.
    pub(super) fn list(track: &domain::Track, sources: Vec<Source>) -> Vec<Self> {
        let one = |source: Source| Self { is_playing: track.upload_id == Some(source.upload), source };
        sources.into_iter().map(one).collect()
    }
}

/// An upload that is kept for a track: that which plays, or another one of the same performance.
#[Object]
impl TrackSource {
    /// The upload; null for whoever may not see it: it is shown to its owner and to ADMIN.
    async fn upload(&self) -> Upload {
        Upload(self.source.upload.to_string().into())
    }

    /// The id of the upload, by which the source is chosen or removed.
    async fn upload_id(&self) -> ID {
        self.source.upload.to_string().into()
    }

    /// Who uploaded it, and may remove it.
    async fn owner(&self) -> User {
        User(self.source.owner.to_string().into())
    }

    /// Whether the track plays from it.
    async fn playing(&self) -> bool {
        self.is_playing
    }

    /// Whether somebody chose it to play, whatever better there is.
    async fn chosen(&self) -> bool {
        self.source.is_chosen
    }

    /// The codec, as FFmpeg calls it (`flac`, `mp3`, `aac`, …); null when it is not known.
    async fn codec(&self) -> Option<&str> {
        self.source.quality.as_ref().map(|quality| quality.codec.as_str())
    }

    /// Whether its codec keeps every bit; null when it is not known.
    async fn lossless(&self) -> Option<bool> {
        self.source.quality.as_ref().map(|quality| quality.lossless)
    }

    /// Samples per second and channel; null when it is not known.
    async fn sample_rate_hz(&self) -> Option<i32> {
        self.source.quality.as_ref().map(|quality| quality.sample_rate_hz)
    }

    /// Significant bits per sample; null for lossy codecs, which have no such notion, and when it is not known.
    async fn bit_depth(&self) -> Option<i32> {
        self.source.quality.as_ref()?.bit_depth
    }

    /// Channels; null when it is not known.
    async fn channels(&self) -> Option<i32> {
        self.source.quality.as_ref().map(|quality| quality.channels)
    }

    /// Bit rate of the file's audio, kbit/s; null when it is not known.
    async fn bitrate_kbps(&self) -> Option<i32> {
        self.source.quality.as_ref()?.bitrate_kbps
    }

    /// How long it plays, ms; 0 when it is not known.
    async fn duration_ms(&self) -> i32 {
        self.source.duration_ms
    }

    /// Why it is kept for this track.
    async fn matched_because(&self) -> Vec<MatchReason> {
        self.source.reasons.iter().copied().map(Into::into).collect()
    }

    /// When it became a source.
    async fn added_at(&self) -> DateTime<Utc> {
        self.source.added_at
    }
}

#[derive(Default)]
pub struct TrackSourceMutation;

const UNKNOWN: Refusal = Refusal::NotFound("there is no such track");

fn upload(id: &ID) -> std::result::Result<UploadId, Refusal> {
    let unknown = || Refusal::Invalid("uploadId", "the upload is no source of the track".to_owned());
    UploadId::parse(id).ok_or_else(unknown)
}

#[Object]
impl TrackSourceMutation {
    /// Has a track play one of its sources, whatever better there is. Its owner and ADMIN. Refused with `INVALID_INPUT` when the
    /// upload is no source of it.
    async fn select_track_source(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The track.")] track_id: ID,
        #[graphql(desc = "The source that plays; null leaves it to how good they are.")] upload_id: Option<ID>,
    ) -> Result<TrackPayload> {
        let manager = manager(ctx)?;
        let Some(track) = TrackId::parse(&track_id) else { return TrackPayload::of(Err(UNKNOWN.into())) };
        match upload_id.as_ref().map(upload).transpose() {
            Ok(upload) => TrackPayload::of(commands::select_track_source(app(ctx), manager, track, upload).await),
            Err(refusal) => TrackPayload::of(Err(refusal.into())),
        }
    }

    /// Takes a source from a track; the best of the others plays. Whoever uploaded it and ADMIN. The upload waits in its
    /// owner's `viewer.trash`. Refused with CONFLICT when it is the only one: delete the track then.
    async fn remove_track_source(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The track.")] track_id: ID,
        #[graphql(desc = "The source's upload.")] upload_id: ID,
    ) -> Result<TrackPayload> {
        let manager = manager(ctx)?;
        let Some(track) = TrackId::parse(&track_id) else { return TrackPayload::of(Err(UNKNOWN.into())) };
        match upload(&upload_id) {
            Ok(upload) => TrackPayload::of(commands::remove_track_source(app(ctx), manager, track, upload).await),
            Err(refusal) => TrackPayload::of(Err(refusal.into())),
        }
    }
}
