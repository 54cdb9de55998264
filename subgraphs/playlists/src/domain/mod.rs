//! Types and rules of playlists and libraries. Pure: no I/O, no database, no GraphQL.

pub mod library;
pub mod playlist;
pub mod playlist_item;
pub mod rank;
pub mod refusal;

pub use refusal::Refusal;
