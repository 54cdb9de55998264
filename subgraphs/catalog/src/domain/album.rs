//! An album.

use chrono::{DateTime, Utc};
use polyphony_events::{AlbumId, ArtistId, UserId};
use serde::{Deserialize, Serialize};

use super::{
    Change, PublicationStatus, Refusal,
    text::{self, InvalidText},
};

/// How many artists an album or a track may have.
pub const MAX_ARTISTS: usize = 50;
/// How many genres an album or a track may have.
pub const MAX_GENRES: usize = 20;

/// What kind of release an album is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AlbumKind {
    /// A full album.
    Album,
    /// An extended play.
    Ep,
    /// A single.
    Single,
    /// Tracks of several artists.
    Compilation,
}

impl AlbumKind {
    /// As it stands in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Album => "ALBUM",
            Self::Ep => "EP",
            Self::Single => "SINGLE",
            Self::Compilation => "COMPILATION",
        }
    }
}

impl From<String> for AlbumKind {
    /// Reads what the database holds, which a constraint limits to the four.
    fn from(text: String) -> Self {
        match text.as_str() {
            "EP" => Self::Ep,
            "SINGLE" => Self::Single,
            "COMPILATION" => Self::Compilation,
            _ => Self::Album,
        }
    }
}

/// Tracks that were released together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Album {
    /// Which.
    pub id: AlbumId,
    /// The title.
    pub title: String,
    /// What kind of release it is.
    pub kind: AlbumKind,
    /// When it was released, as exactly as it is known.
    pub released_on: Option<String>,
    /// Its cover.
    pub cover_url: Option<String>,
    /// The release's id in MusicBrainz.
    pub musicbrainz_id: Option<String>,
    /// Who sees it.
    pub status: PublicationStatus,
    /// Who manages it.
    pub owner_id: UserId,
    /// How often its tracks were played.
    pub play_count: i64,
    /// Grows by one with each change.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What somebody says of an album.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlbumDraft {
    /// The title.
    pub title: String,
    /// What kind of release it is.
    pub kind: Change<AlbumKind>,
    /// When it was released.
    pub released_on: Change<String>,
    /// Its cover.
    pub cover_url: Change<String>,
    /// The release's id in MusicBrainz.
    pub musicbrainz_id: Change<String>,
}

impl AlbumDraft {
    /// Checks what a person gave, and writes it as we keep it.
    pub fn checked(self) -> Result<Self, InvalidText> {
        Ok(Self {
            title: text::name("title", &self.title)?,
            released_on: self.released_on.check(|date| text::date("releasedOn", Some(date.as_str())))?,
            ..self
        })
    }
}

impl Album {
    /// A new album, not yet published.
    pub fn new(draft: AlbumDraft, owner_id: UserId, now: DateTime<Utc>) -> Self {
        let blank = Self {
            id: AlbumId::new(),
            title: String::new(),
            kind: AlbumKind::Album,
            released_on: None,
            cover_url: None,
            musicbrainz_id: None,
            status: PublicationStatus::Draft,
            owner_id,
            play_count: 0,
            version: 1,
            created_at: now,
        };
        blank.revised(draft)
    }

    /// The album with what a draft says of it.
    #[must_use]
    pub fn revised(&self, draft: AlbumDraft) -> Self {
        Self {
            title: draft.title,
            kind: draft.kind.of(Some(self.kind)).unwrap_or(AlbumKind::Album),
            released_on: draft.released_on.of(self.released_on.clone()),
            cover_url: draft.cover_url.of(self.cover_url.clone()),
            musicbrainz_id: draft.musicbrainz_id.of(self.musicbrainz_id.clone()),
            ..self.clone()
        }
    }

    /// An album needs a track before it is published, and is published once.
    pub fn check_publishable(&self, track_count: i64) -> Result<(), Refusal> {
        if self.status == PublicationStatus::Published {
            return Err(Refusal::AlreadyPublished("the album is published already"));
        }
        if track_count == 0 {
            return Err(Refusal::Invalid("id", "an album needs a track before it is published".to_owned()));
        }
        Ok(())
    }
}

/// The artists of an album or track: at least one, each once, in the given order.
pub fn distinct_artists(ids: &[ArtistId]) -> Result<Vec<ArtistId>, Refusal> {
    let mut distinct: Vec<ArtistId> = Vec::with_capacity(ids.len());
    for id in ids {
        if !distinct.contains(id) {
            distinct.push(*id);
        }
    }
    match distinct.len() {
        0 => Err(Refusal::Invalid("artistIds", "at least one artist is needed".to_owned())),
        1..=MAX_ARTISTS => Ok(distinct),
        _ => Err(Refusal::Invalid("artistIds", format!("at most {MAX_ARTISTS} artists can be named"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn album(status: PublicationStatus) -> Album {
        Album {
            id: AlbumId::new(),
            title: "Melody A.M.".to_owned(),
            kind: AlbumKind::Album,
            released_on: None,
            cover_url: None,
            musicbrainz_id: None,
            status,
            owner_id: UserId::new(),
            play_count: 0,
            version: 1,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_album_without_tracks_is_not_published() {
        assert!(matches!(album(PublicationStatus::Draft).check_publishable(0), Err(Refusal::Invalid("id", _))));
        assert_eq!(album(PublicationStatus::Draft).check_publishable(1), Ok(()));
    }

    #[test]
    fn an_album_is_published_once_and_again_after_it_was_withdrawn() {
        assert!(matches!(album(PublicationStatus::Published).check_publishable(1), Err(Refusal::AlreadyPublished(_))));
        assert_eq!(album(PublicationStatus::Withdrawn).check_publishable(1), Ok(()));
    }

    #[test]
    fn artists_are_named_once_each_in_order() {
        let (a, b) = (ArtistId::new(), ArtistId::new());
        assert_eq!(distinct_artists(&[b, a, b]), Ok(vec![b, a]));
        assert!(distinct_artists(&[]).is_err());
    }
}
