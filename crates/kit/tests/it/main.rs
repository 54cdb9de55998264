//! The plumbing against real PostgreSQL, Redis, Kafka protocol and S3.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod auth;
mod blobs;
mod cache;
mod consumer;
mod idempotency;
mod lanes;
mod outbox;
mod server;
mod signals;
mod socket;

use polyphony_kit::db;
use sqlx::{PgPool, migrate::Migrator};

/// Makes the plumbing's tables in a fresh database.
async fn plumb(pool: &PgPool) {
    db::migrate(pool, &Migrator::DEFAULT).await.expect("the plumbing's tables can be made");
}
