//! Keeps the public keys of accounts fresh for as long as the router runs.

use std::sync::Arc;

use hive_router::{
    async_trait,
    background_tasks::{BackgroundTask, CancellationToken},
};
use polyphony_tokens::KeySet;

/// The background task.
pub(crate) struct KeepFresh(pub(crate) Arc<KeySet>);

#[async_trait]
impl BackgroundTask for KeepFresh {
    fn id(&self) -> &'static str {
        "jwks"
    }

    async fn run(&self, stopped: CancellationToken) {
        tokio::select! {
            () = KeySet::keep_fresh(Arc::downgrade(&self.0)) => {}
            () = stopped.cancelled() => {}
        }
    }
}
