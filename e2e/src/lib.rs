//! Black-box tests of the composed graph: a running platform, plain clients of its public API, and files made by FFmpeg.

pub mod audio;
pub mod browser;
pub mod client;
pub mod follower;
pub mod platform;
pub mod processes;
pub mod proxy;
pub mod statements;
pub mod upload;

pub use client::Client;
pub use follower::Follower;
pub use platform::Platform;

use std::{future::Future, time::Duration};

/// Asks `attempt` again and again until it gives something.
///
/// # Panics
/// When nothing came in time: `what` tells what was waited for.
pub async fn eventually<T, F, Fut>(what: &str, at_most: Duration, attempt: F) -> T
where
    F: Fn() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let end = tokio::time::Instant::now() + at_most;
    loop {
        if let Some(found) = attempt().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < end, "waited {at_most:?} in vain for {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A text that no other test uses.
pub fn unique() -> String {
    // Letters only: search must not take it for a number or a date.
    uuid::Uuid::new_v4().simple().to_string().bytes().take(12).map(|byte| char::from(b'a' + (byte % 26))).collect()
}
