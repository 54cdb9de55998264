//! The media subgraph: uploads, transcoding, renditions, playback, and what plays on which device.

pub mod app;
pub mod commands;
pub mod config;
pub mod consumers;
pub mod domain;
pub mod graphql;
pub mod housekeeping;
pub mod http;
pub mod library;
pub mod live;
pub mod pipeline;
pub mod store;
pub mod sweep;
pub mod worker;

/// The tables of media.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
