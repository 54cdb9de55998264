//! The servers that `cargo xtask test` starts for all tests: each test takes a part of its own of them.

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use polyphony_kit::config::S3Args;
use tempfile::TempDir;
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

/// A Redis of the test's own, which it may pause and end; it keeps nothing and ends with the test.
pub struct OwnRedis {
    process: Child,
    folder: TempDir,
}

impl OwnRedis {
    /// Starts it, and waits until it answers.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("redis-server");
        // A socket in the test's own folder needs no port that somebody else may take.
        command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]).arg(folder.path().join("s"));
        let process = command.current_dir(folder.path()).stdout(Stdio::null()).spawn().expect("redis-server starts");
        let own = Self { process, folder };
        let client = redis::Client::open(own.url()).expect("the URL is one of Redis");
        crate::eventually("a Redis of the test's own", || async {
            let mut connection = client.get_multiplexed_async_connection().await.ok()?;
            redis::cmd("PING").query_async::<()>(&mut connection).await.ok()
        })
        .await;
        own
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.folder.path().join("s").display())
    }

    /// Has it stand still: it takes requests and answers none.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Has it go on.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    /// Ends it at once.
    pub fn kill(&self) {
        self.signal("-KILL");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.process.id().to_string()]).status();
        assert!(sent.expect("kill starts").success(), "the Redis of the test's own does not run");
    }
}

impl Drop for OwnRedis {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
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
