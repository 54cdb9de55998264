//! Tells live subscribers of this process that the catalog has changed. One look at a row a second serves them all, however
//! many they are and whichever process made the change.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// How often it is looked for changes.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// The revision of the catalog as it was seen last.
#[derive(Clone, Debug)]
pub struct Revisions(Arc<watch::Sender<i64>>);

impl Default for Revisions {
    fn default() -> Self {
        Self(Arc::new(watch::channel(0).0))
    }
}

impl Revisions {
    /// Changes whenever the catalog has another revision. [`Revisions::run`] must run for it to change at all.
    pub fn listen(&self) -> watch::Receiver<i64> {
        self.0.subscribe()
    }

    /// Looks for changes while somebody listens, until `stop`.
    pub async fn run(self, store: Store, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if self.0.receiver_count() > 0 {
                match store.revision().await {
                    Ok(revision) => {
                        self.0.send_if_modified(|known| std::mem::replace(known, revision) != revision);
                    }
                    Err(error) => tracing::warn!(%error, "the revision of the catalog could not be read"),
                }
            }
            tokio::select! { () = tokio::time::sleep(POLL_INTERVAL) => {} () = stop.cancelled() => {} }
        }
    }
}
