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

use std::sync::Arc;

use polyphony_kit::{
    Clock, Tasks,
    consumer::{Consumer, Handler},
    db,
};
use polyphony_testkit::servers;
use sqlx::{PgPool, migrate::Migrator};

/// Makes the plumbing's tables in a fresh database.
async fn plumb(pool: &PgPool) {
    db::migrate(pool, &Migrator::DEFAULT).await.expect("the plumbing's tables can be made");
}

/// A group that hears a topic of its own, and the database of its effects.
struct Rig<H> {
    pool: PgPool,
    topics: &'static [&'static str],
    group: &'static str,
    handler: Arc<H>,
}

impl<H: Handler + 'static> Rig<H> {
    /// Starts a consumer of the group, which ends with the tasks.
    fn start(&self) -> Tasks {
        let tasks = Tasks::new();
        let consumer = Consumer {
            group: self.group,
            topics: self.topics,
            pool: self.pool.clone(),
            brokers: servers::kafka_brokers(),
            clock: Clock::system(),
            handler: self.handler.clone(),
        };
        tasks.spawn("consumer", consumer.run(tasks.token()));
        tasks
    }
}
