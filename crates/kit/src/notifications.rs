//! Notifications of PostgreSQL: a service hears at once of what another process has committed, and need not ask again and again.

use std::time::Duration;

use anyhow::Context;
use sqlx::{PgPool, postgres::PgListener};
use tokio_util::sync::CancellationToken;

use crate::retry;

/// The longest wait while the database is away.
const MAX_BACKOFF: Duration = Duration::from_secs(5);

/// Calls `notified` whenever somebody notifies `channel`, and after each new connection, since something may have been missed
/// before. Ends with `stop`. Uses one connection of the pool.
pub async fn listen(pool: &PgPool, channel: &str, stop: &CancellationToken, notified: impl Fn()) {
    let hear = || async {
        let mut listener = PgListener::connect_with(pool).await.context("connect a listener")?;
        listener.listen(channel).await.with_context(|| format!("listen to {channel}"))?;
        loop {
            notified();
            tokio::select! {
                // None when the connection was lost; the next call makes another.
                heard = listener.try_recv() => heard.with_context(|| format!("listen to {channel}"))?,
                () = stop.cancelled() => return Ok(()),
            };
        }
    };
    retry::keep_running("notifications", stop, MAX_BACKOFF, hear).await;
}
