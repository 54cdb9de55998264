//! Types and rules of the catalog, pure.

pub mod album;
pub mod artist;
pub mod browse;
pub mod catalog_change;
pub mod change;
pub mod chart;
pub mod decay;
pub mod document;
pub mod folding;
pub mod genre;
pub mod lyrics;
pub mod manager;
pub mod picture;
pub mod publication;
pub mod recommendation;
pub mod refusal;
pub mod relevance;
pub mod synonyms;
pub mod tags;
pub mod text;
pub mod track;

pub use album::{Album, AlbumDraft, AlbumKind};
pub use artist::{Artist, ArtistDraft};
pub use catalog_change::{CatalogChange, ChangePlace};
pub use change::Change;
pub use chart::ChartWindow;
pub use document::{Document, Kind};
pub use genre::Genre;
pub use lyrics::Lyrics;
pub use manager::Manager;
pub use picture::MediaBase;
pub use publication::{Audience, PublicationStatus};
pub use recommendation::Suggestion;
pub use refusal::Refusal;
pub use track::{Track, TrackDraft};
