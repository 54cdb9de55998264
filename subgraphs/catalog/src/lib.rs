//! The catalog subgraph: artists, albums, tracks, genres and lyrics, and search over them.

pub mod app;
pub mod commands;
pub mod config;
pub mod consumers;
pub mod domain;
pub mod graphql;
pub mod revisions;
pub mod search;
pub mod store;
pub mod upkeep;

pub use app::{App, routes};

/// The migrations of the catalog's database.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
