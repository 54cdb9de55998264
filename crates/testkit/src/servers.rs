//! The servers that `cargo xtask test` starts for all tests: each test takes a part of its own of them.

use std::time::Duration;

use polyphony_kit::config::S3Args;
use uuid::Uuid;

/// The value of a variable that `cargo xtask test` sets.
///
/// # Panics
/// When it is not set: the test needs a real server.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run the tests with `cargo xtask test`"))
}

/// Brokers of the Kafka cluster.
pub fn kafka_brokers() -> String {
    variable("KAFKA_BROKERS")
}

/// URL of Redis. Tests share it: their keys begin with an id of their own.
pub fn redis_url() -> String {
    variable("REDIS_URL")
}

/// The object store with a fresh bucket.
///
/// # Panics
/// When the bucket cannot be made.
pub async fn s3() -> S3Args {
    let args = S3Args {
        s3_endpoint: variable("S3_ENDPOINT"),
        s3_public_endpoint: None,
        s3_region: "us-east-1".to_owned(),
        s3_bucket: format!("test-{}", Uuid::new_v4().simple()),
        s3_access_key_id: variable("S3_ACCESS_KEY_ID"),
        s3_secret_access_key: variable("S3_SECRET_ACCESS_KEY"),
    };
    polyphony_kit::blobs::Blobs::new(&args).ensure_bucket().await.expect("a bucket can be made");
    args
}

/// A name that no other test uses, for topics, groups and channels; it lives as long as the process.
pub fn unique(name: &str) -> &'static str {
    format!("{name}-{}", Uuid::new_v4().simple()).leak()
}

/// How long a test waits for an event to go round.
pub const ROUND_TRIP: Duration = Duration::from_secs(20);
