//! The end of a server: SIGTERM from a supervisor or Ctrl-C from a person.

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

/// A future that completes at the first of SIGTERM and SIGINT. The handlers are in place when this returns.
pub(crate) fn requested() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
