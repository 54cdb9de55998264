//! What tests of services share: signed-in viewers, a GraphQL client that needs no socket, a counter of SQL statements,
//! a model of playback, chance that can be repeated, and the real servers that `cargo xtask test` has started.

pub mod chance;
pub mod client;
pub mod keys;
pub mod playback;
pub mod servers;
pub mod statements;

pub use client::{Answer, Door};
pub use keys::Keys;
pub use statements::Statements;

use std::{future::Future, time::Duration};

/// Asks `attempt` again and again until it gives something, for at most ten seconds.
///
/// # Panics
/// When nothing came in time: `what` tells what was waited for.
pub async fn eventually<T, F, Fut>(what: &str, attempt: F) -> T
where
    F: Fn() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    for _ in 0..200 {
        if let Some(found) = attempt().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited 10 s in vain for {what}");
}
