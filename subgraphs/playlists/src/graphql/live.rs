//! Live states: a frame is the whole state, read anew after each signal; many changes at once become one frame.

use std::{future::Future, time::Duration};

use futures::{Stream, stream};
use tokio::sync::watch;

/// Without a signal a subscriber looks by itself this often, should one have been lost.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

struct Live {
    signal: watch::Receiver<u64>,
    seen: Option<i64>,
    is_first: bool,
}

/// The state now, unless its version is the one in `seen`, and again whenever its version has changed. Ends when `read`
/// finds nothing any more; while it fails, the stream waits.
pub(super) fn states<T, F, Fut>(signal: watch::Receiver<u64>, seen: Option<i64>, read: F) -> impl Stream<Item = T>
where
    F: Fn() -> Fut + Clone,
    Fut: Future<Output = anyhow::Result<Option<(i64, T)>>>,
{
    stream::unfold(Live { signal, seen, is_first: true }, move |mut live| {
        let read = read.clone();
        async move {
            loop {
                live.wait().await;
                match read().await {
                    Ok(Some((version, _))) if live.seen == Some(version) => {}
                    Ok(Some((version, state))) => {
                        live.seen = Some(version);
                        return Some((state, live));
                    }
                    Ok(None) => return None,
                    Err(error) => tracing::warn!(error = format!("{error:#}"), "a live state could not be read"),
                }
            }
        }
    })
}

impl Live {
    /// Waits until there may be something new. The signal is marked as heard before the state is read, so that a change
    /// during the read is heard too.
    async fn wait(&mut self) {
        if !std::mem::take(&mut self.is_first) {
            tokio::select! {
                // The sender is gone when signals have ended; then there is still the own look now and then.
                heard = self.signal.changed() => if heard.is_err() { tokio::time::sleep(LOOK_AGAIN).await },
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
        self.signal.mark_unchanged();
    }
}
