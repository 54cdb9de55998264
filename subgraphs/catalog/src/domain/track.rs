//! A track.

use chrono::{DateTime, Utc};
use polyphony_events::{AlbumId, TrackId, UploadId, UserId};
use serde::{Deserialize, Serialize};

use super::{Change, PublicationStatus, Refusal, text};

/// The longest track: a day.
pub const MAX_DURATION_MS: i32 = 86_400_000;
/// The highest disc or track number.
pub const MAX_NUMBER: i32 = 9_999;

/// A recording that can be played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// Which.
    pub id: TrackId,
    /// The title.
    pub title: String,
    /// The album that it is on.
    pub album_id: Option<AlbumId>,
    /// Which disc of the album.
    pub disc_number: Option<i32>,
    /// Which track of the disc.
    pub track_number: Option<i32>,
    /// How long it plays; 0 while nothing is known.
    pub duration_ms: i32,
    /// Whether its words are not for children.
    pub explicit: bool,
    /// International Standard Recording Code.
    pub isrc: Option<String>,
    /// The recording's id in MusicBrainz.
    pub musicbrainz_id: Option<String>,
    /// Who sees it.
    pub status: PublicationStatus,
    /// The upload that it plays from.
    pub upload_id: Option<UploadId>,
    /// Who manages it.
    pub owner_id: UserId,
    /// How often it was played.
    pub play_count: i64,
    /// Grows by one with each change.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What a person or a file says of a track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrackDraft {
    /// The title; absent leaves it as it is.
    pub title: Option<String>,
    /// The album that it is on.
    pub album_id: Change<AlbumId>,
    /// Which disc of the album.
    pub disc_number: Change<i32>,
    /// Which track of the disc.
    pub track_number: Change<i32>,
    /// How long it plays.
    pub duration_ms: Change<i32>,
    /// Whether its words are not for children.
    pub explicit: Change<bool>,
    /// International Standard Recording Code.
    pub isrc: Change<String>,
    /// The recording's id in MusicBrainz.
    pub musicbrainz_id: Change<String>,
    /// The upload that it plays from.
    pub upload_id: Change<UploadId>,
}

impl TrackDraft {
    /// Checks what a person gave, and writes it as we keep it.
    pub fn checked(self) -> Result<Self, Refusal> {
        let number = |field: &'static str, change: Change<i32>, least: i32, most: i32| match change {
            Change::To(Some(value)) if !(least..=most).contains(&value) => {
                Err(Refusal::Invalid(field, format!("{field} must be {least} to {most}")))
            }
            other => Ok(other),
        };
        Ok(Self {
            title: self.title.map(|title| text::name("title", &title)).transpose()?,
            disc_number: number("discNumber", self.disc_number, 1, MAX_NUMBER)?,
            track_number: number("trackNumber", self.track_number, 0, MAX_NUMBER)?,
            duration_ms: number("durationMs", self.duration_ms, 0, MAX_DURATION_MS)?,
            isrc: self.isrc.check(|isrc| text::isrc("isrc", Some(isrc.as_str())))?,
            ..self
        })
    }
}

impl Track {
    /// A new track, not yet published.
    pub fn new(draft: TrackDraft, owner_id: UserId, now: DateTime<Utc>) -> Self {
        let blank = Self {
            id: TrackId::new(),
            title: String::new(),
            album_id: None,
            disc_number: None,
            track_number: None,
            duration_ms: 0,
            explicit: false,
            isrc: None,
            musicbrainz_id: None,
            status: PublicationStatus::Draft,
            upload_id: None,
            owner_id,
            play_count: 0,
            version: 1,
            created_at: now,
        };
        blank.revised(draft)
    }

    /// The track with what a draft says of it.
    #[must_use]
    pub fn revised(&self, draft: TrackDraft) -> Self {
        Self {
            title: draft.title.unwrap_or_else(|| self.title.clone()),
            album_id: draft.album_id.of(self.album_id),
            disc_number: draft.disc_number.of(self.disc_number),
            track_number: draft.track_number.of(self.track_number),
            duration_ms: draft.duration_ms.of(Some(self.duration_ms)).unwrap_or(0),
            explicit: draft.explicit.of(Some(self.explicit)).unwrap_or(false),
            isrc: draft.isrc.of(self.isrc.clone()),
            musicbrainz_id: draft.musicbrainz_id.of(self.musicbrainz_id.clone()),
            upload_id: draft.upload_id.of(self.upload_id),
            ..self.clone()
        }
    }

    /// Where the track stands on its album.
    pub fn place(&self) -> (i32, i32) {
        (self.disc_number.unwrap_or(1), self.track_number.unwrap_or(i32::MAX))
    }

    /// A track is published once.
    pub fn check_publishable(&self) -> Result<(), Refusal> {
        if self.status == PublicationStatus::Published {
            return Err(Refusal::AlreadyPublished("the track is published already"));
        }
        Ok(())
    }
}
