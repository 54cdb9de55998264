//! Documents: what search knows of a thing, made of the events that tell of it.

use polyphony_events::{
    catalog::{AlbumChanged, ArtistChanged, ArtistRef, PublicationStatus, TrackChanged},
    playlists::{PlaylistChanged, PlaylistVisibility},
};
use polyphony_names as names;
use uuid::Uuid;

/// What kind of thing a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A track.
    Track,
    /// An album.
    Album,
    /// An artist.
    Artist,
    /// A public playlist.
    Playlist,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Track, Self::Album, Self::Artist, Self::Playlist];

    /// As it stands in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Track => "TRACK",
            Self::Album => "ALBUM",
            Self::Artist => "ARTIST",
            Self::Playlist => "PLAYLIST",
        }
    }
}

impl From<String> for Kind {
    /// Reads what the database holds, which a constraint limits to the four.
    fn from(text: String) -> Self {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).unwrap_or(Self::Track)
    }
}

/// What search knows of a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Which thing.
    pub id: Uuid,
    /// What kind of thing.
    pub kind: Kind,
    /// The thing's version.
    pub version: i64,
    /// Whether it can be found.
    pub live: bool,
    /// Its name or title.
    pub title: String,
    /// Who made it.
    pub artists: String,
    /// What else is said of it: the album of a track, the description of a playlist.
    pub about: String,
}

impl Document {
    /// A thing that is gone.
    pub fn gone(kind: Kind, id: Uuid, version: i64) -> Self {
        let (title, artists, about) = (String::new(), String::new(), String::new());
        Self { id, kind, version, live: false, title, artists, about }
    }

    /// The second line of a result.
    pub fn subtitle(&self) -> String {
        let parts = [self.artists.as_str(), self.about.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    /// Neighbouring words of the title and of the artists written as one, so that "sugarcane" finds "Sugar Cane".
    pub fn joined_words(&self) -> Vec<String> {
        // Pairs of characters are joined already.
        let is_word = |word: &String| !word.starts_with(names::is_unspaced);
        let pairs = |text: &str| {
            let words = names::words(text);
            let pairs = words.windows(2).filter(|pair| pair.iter().all(is_word));
            pairs.map(<[String]>::concat).collect::<Vec<_>>()
        };
        [pairs(&self.title), pairs(&self.artists)].concat()
    }
}

fn names(artists: Vec<ArtistRef>) -> String {
    artists.into_iter().map(|artist| artist.name).collect::<Vec<_>>().join(", ")
}

impl From<ArtistChanged> for Document {
    fn from(event: ArtistChanged) -> Self {
        Self {
            id: event.artist_id.0,
            kind: Kind::Artist,
            version: event.version,
            live: true,
            title: event.name,
            artists: String::new(),
            about: String::new(),
        }
    }
}

impl From<AlbumChanged> for Document {
    fn from(event: AlbumChanged) -> Self {
        Self {
            id: event.album_id.0,
            kind: Kind::Album,
            version: event.version,
            live: event.status == PublicationStatus::Published,
            title: event.title,
            artists: names(event.artists),
            about: String::new(),
        }
    }
}

impl From<TrackChanged> for Document {
    fn from(event: TrackChanged) -> Self {
        Self {
            id: event.track_id.0,
            kind: Kind::Track,
            version: event.version,
            live: event.track.status == PublicationStatus::Published,
            title: event.track.title,
            artists: names(event.track.artists),
            about: event.track.album.map(|album| album.title).unwrap_or_default(),
        }
    }
}

impl From<PlaylistChanged> for Document {
    fn from(event: PlaylistChanged) -> Self {
        Self {
            id: event.playlist_id.0,
            kind: Kind::Playlist,
            version: event.version,
            live: event.visibility == PlaylistVisibility::Public,
            title: event.title,
            artists: String::new(),
            about: event.description.unwrap_or_default().chars().take(200).collect(),
        }
    }
}
