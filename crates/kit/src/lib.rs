//! Plumbing that every service of Polyphony shares: configuration, telemetry, the HTTP server of a subgraph, identity,
//! errors, ids, pages, PostgreSQL, the outbox and its consumers, Redis and S3.
//!
//! It must not know anything about music: no artist, no track, no playlist.

pub mod auth;
pub mod batch;
pub mod blobs;
pub mod cache;
pub mod cdn;
pub mod clock;
pub mod config;
pub mod consumer;
pub mod cursor;
pub mod db;
pub mod dlq;
pub mod error;
pub mod event;
pub mod id;
pub mod idempotency;
pub mod kafka;
pub mod notifications;
pub mod outbox;
pub mod page;
pub mod rate_limit;
pub mod request_id;
mod retry;
pub mod scalar;
pub mod schema;
pub mod seal;
pub mod server;
pub mod signals;
mod statements;
pub mod tasks;
pub mod telemetry;
pub mod viewer;

pub use clock::Clock;
pub use error::{Error, Result};
pub use event::{Envelope, Event};
pub use id::{SessionId, UserId};
pub use tasks::Tasks;
pub use viewer::{Role, Viewer};

/// What the macros of this crate expand to; not for direct use.
#[doc(hidden)]
pub mod macros {
    pub use async_graphql;
    pub use schemars;
    pub use serde;
    pub use sqlx;
    pub use uuid;
}
