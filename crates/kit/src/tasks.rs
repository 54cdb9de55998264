//! The background tasks of a process and their common end: nothing runs that shutdown does not know of.

use std::{future::Future, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How long tasks may take to end once they were asked to.
const GRACE: Duration = Duration::from_secs(10);

/// Starts background tasks and ends them together.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    token: CancellationToken,
    tracker: TaskTracker,
}

impl Tasks {
    /// A group that has no task yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Is cancelled when the process should end; tasks watch it.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Runs `work` until it ends by itself; it should watch [`Tasks::token`].
    pub fn spawn<F>(&self, name: &'static str, work: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tracker.spawn(async move {
            work.await;
            tracing::debug!(task = name, "a background task has ended");
        });
    }

    /// Asks all tasks to end, and waits for them, but not for ever.
    pub async fn shutdown(&self) {
        self.token.cancel();
        self.tracker.close();
        if tokio::time::timeout(GRACE, self.tracker.wait()).await.is_err() {
            tracing::warn!("some background tasks did not end in time");
        }
    }

    /// Waits for Ctrl-C or SIGTERM, then asks all tasks to end.
    pub async fn cancel_on_signal(&self) {
        let terminate = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => signal.recv().await.unwrap_or_default(),
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminate => {}
            () = self.token.cancelled() => {}
        }
        self.token.cancel();
    }
}
