//! An artist.

use chrono::{DateTime, Utc};
use polyphony_events::{ArtistId, UserId, catalog::ArtistRef};
use polyphony_names as names;
use serde::{Deserialize, Serialize};

use super::{
    Change,
    text::{self, InvalidText, MAX_NAME},
};

/// The name of the artist of albums that collect many.
pub const VARIOUS: &str = "Various Artists";
/// The name of the artist of files that name none.
pub const UNKNOWN: &str = "Unknown Artist";

/// Somebody, or a band, who makes music. Artists are seen by all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artist {
    /// Which.
    pub id: ArtistId,
    /// The name.
    pub name: String,
    /// The name it is sorted by.
    pub sort_name: String,
    /// About it.
    pub bio: Option<String>,
    /// Its picture.
    pub image_url: Option<String>,
    /// Its id in MusicBrainz.
    pub musicbrainz_id: Option<String>,
    /// Who manages it.
    pub owner_id: UserId,
    /// How often its tracks were played.
    pub play_count: i64,
    /// Grows by one with each change.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What somebody says of an artist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArtistDraft {
    /// The name.
    pub name: String,
    /// The name it is sorted by; made of the name when there is none.
    pub sort_name: Change<String>,
    /// About it.
    pub bio: Change<String>,
    /// Its picture.
    pub image_url: Change<String>,
    /// Its id in MusicBrainz.
    pub musicbrainz_id: Change<String>,
}

impl ArtistDraft {
    /// Checks what a person gave, and writes it as we keep it.
    pub fn checked(self) -> Result<Self, InvalidText> {
        Ok(Self {
            name: text::name("name", &self.name)?,
            sort_name: self.sort_name.check(|name| text::prose("sortName", Some(name.as_str()), MAX_NAME))?,
            bio: self.bio.check(|bio| text::prose("bio", Some(bio.as_str()), text::MAX_BIO))?,
            image_url: self.image_url,
            musicbrainz_id: self.musicbrainz_id.check(|id| text::musicbrainz_id("musicbrainzId", Some(id.as_str())))?,
        })
    }

    /// An artist of whom a tag tells.
    pub fn named(name: &str, musicbrainz_id: Option<String>) -> Self {
        let name: String = text::one_line(name).chars().take(MAX_NAME).collect();
        Self { name, musicbrainz_id: Change::To(musicbrainz_id), ..Self::default() }
    }
}

impl Artist {
    /// A new artist.
    pub fn new(draft: ArtistDraft, owner_id: UserId, now: DateTime<Utc>) -> Self {
        let blank = Self {
            id: ArtistId::new(),
            name: String::new(),
            sort_name: String::new(),
            bio: None,
            image_url: None,
            musicbrainz_id: None,
            owner_id,
            play_count: 0,
            version: 1,
            created_at: now,
        };
        blank.revised(draft)
    }

    /// Whether the name stands for nobody in particular.
    pub fn is_collective(&self) -> bool {
        let name = names::identity(&self.name);
        name == names::identity(VARIOUS) || name == names::identity(UNKNOWN)
    }

    /// The artist with what a draft says of it.
    #[must_use]
    pub fn revised(&self, draft: ArtistDraft) -> Self {
        // A sort name that was made of the old name follows the new one.
        let own_sort_name = Some(self.sort_name.clone()).filter(|sort_name| *sort_name != names::sort_name(&self.name));
        let sort_name = draft.sort_name.of(own_sort_name).unwrap_or_else(|| names::sort_name(&draft.name));
        Self {
            sort_name,
            bio: draft.bio.of(self.bio.clone()),
            image_url: draft.image_url.of(self.image_url.clone()),
            musicbrainz_id: draft.musicbrainz_id.of(self.musicbrainz_id.clone()),
            name: draft.name,
            ..self.clone()
        }
    }
}

impl From<&Artist> for ArtistRef {
    fn from(artist: &Artist) -> Self {
        Self { id: artist.id, name: artist.name.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sort_name_follows_the_name_until_somebody_gives_one() {
        let named = |name: &str| ArtistDraft::named(name, None);
        let artist = Artist::new(named("The Beetles"), UserId::new(), DateTime::UNIX_EPOCH);
        assert_eq!(artist.sort_name, "Beetles, The");
        let artist = artist.revised(named("The Beatles"));
        assert_eq!(artist.sort_name, "Beatles, The");
        let draft = ArtistDraft { sort_name: Change::To(Some("Fab Four".to_owned())), ..named("The Beatles") };
        let artist = artist.revised(draft).revised(named("Beatles"));
        assert_eq!((artist.name.as_str(), artist.sort_name.as_str()), ("Beatles", "Fab Four"));
    }
}
