//! Types and rules of playlists and libraries. Pure: no I/O, no database, no GraphQL.

pub mod change;
pub mod condition;
pub mod invitation;
pub mod library;
pub mod partial_date;
pub mod play;
pub mod playlist;
pub mod playlist_file;
pub mod playlist_item;
pub mod rank;
pub mod refusal;
pub mod smart_item;
pub mod smart_rules;

pub use refusal::Refusal;
