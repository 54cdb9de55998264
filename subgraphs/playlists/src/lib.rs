//! The playlists subgraph: playlists, their entries and collaborators, and what people keep in their library.
//!
//! It knows tracks, albums, artists and people by their ids only; titles and names are joined by the router.

pub mod app;
pub mod commands;
pub mod config;
pub mod consumers;
pub mod domain;
pub mod graphql;
pub mod store;

/// The migrations of this service's database.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
