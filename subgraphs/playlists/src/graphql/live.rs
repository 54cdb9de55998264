//! Live states: a frame is a whole state with a version. What a subscriber has not seen is read after each signal, some of
//! it at a time, so that nothing is lost and nothing piles up for one that is slow.

use std::{collections::VecDeque, future::Future, time::Duration};

use futures::{FutureExt, Stream, future::select_all, stream};
use polyphony_kit::{Error, Result};
use tokio::sync::watch;

/// What a subscriber hears of.
pub(super) struct Hearing {
    /// Tell that there may be something new.
    signals: Vec<watch::Receiver<u64>>,
    /// Without a signal the subscriber looks by itself this often.
    look_again: Duration,
}

impl Hearing {
    /// Hears of a thing whose changes are all signalled; looks now and then should a signal have been lost.
    pub(super) fn of(signal: watch::Receiver<u64>) -> Self {
        Self { signals: vec![signal], look_again: Duration::from_secs(10) }
    }

    /// Hears of a thing that also changes without a signal, and is to be right within five seconds.
    pub(super) fn of_many(signals: Vec<watch::Receiver<u64>>) -> Self {
        Self { signals, look_again: Duration::from_secs(4) }
    }
}

struct Live<T> {
    hearing: Hearing,
    seen: Option<i64>,
    unseen: VecDeque<(i64, T)>,
    looks_at_once: bool,
}

/// Reads the cursor of a subscription: the version of the last frame that the client saw.
pub(super) fn cursor(after: Option<String>) -> Result<Option<i64>> {
    let read = |text: String| text.parse().ok().filter(|version: &i64| *version >= 0);
    after.map(|text| read(text).ok_or_else(|| Error::bad_input("after is no version of this"))).transpose()
}

/// The states that somebody who has seen version `seen` has not seen, as `read` gives them, in order; again whenever one of
/// the signals comes. Ends when `read` finds nothing to see any more; while it fails, the stream waits.
pub(super) fn states<T, F, Fut>(hearing: Hearing, seen: Option<i64>, read: F) -> impl Stream<Item = T>
where
    F: Fn(Option<i64>) -> Fut + Clone,
    Fut: Future<Output = anyhow::Result<Option<Vec<(i64, T)>>>>,
{
    let live = Live { hearing, seen, unseen: VecDeque::new(), looks_at_once: true };
    stream::unfold(live, move |mut live| {
        let read = read.clone();
        async move {
            loop {
                if let Some((version, state)) = live.unseen.pop_front() {
                    live.seen = Some(version);
                    return Some((state, live));
                }
                live.wait().await;
                match read(live.seen).await {
                    Ok(Some(unseen)) => {
                        // There may be more than was read: look again before waiting.
                        live.looks_at_once = !unseen.is_empty();
                        live.unseen = unseen.into();
                    }
                    Ok(None) => return None,
                    Err(error) => tracing::warn!(error = format!("{error:#}"), "a live state could not be read"),
                }
            }
        }
    })
}

impl<T> Live<T> {
    /// Waits until there may be something new. Signals are marked as heard before the state is read, so that a change during
    /// the read is heard too.
    async fn wait(&mut self) {
        let Hearing { signals, look_again } = &mut self.hearing;
        if !std::mem::take(&mut self.looks_at_once) {
            let heard = select_all(signals.iter_mut().map(|signal| signal.changed().boxed()));
            tokio::select! {
                // The sender is gone when signals have ended; then there is still the own look now and then.
                (heard, ..) = heard => if heard.is_err() { tokio::time::sleep(*look_again).await },
                () = tokio::time::sleep(*look_again) => {}
            }
        }
        signals.iter_mut().for_each(watch::Receiver::mark_unchanged);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        sync::atomic::{AtomicI64, Ordering},
    };

    use futures::StreamExt;
    use tokio::time::{Instant, timeout};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_changes_without_a_signal_is_told_within_five_seconds() {
        let (_silent, signal) = watch::channel(0);
        let version = AtomicI64::new(1);
        let read = |seen| {
            let now = version.load(Ordering::Relaxed);
            let unseen = if seen == Some(now) { Vec::new() } else { vec![(now, now)] };
            async move { Ok(Some(unseen)) }
        };
        let mut frames = pin!(states(Hearing::of_many(vec![signal]), None, read));
        assert_eq!(frames.next().await, Some(1));
        for (next, waited) in [(2, 0), (3, 100), (4, 2_500), (5, 9_999)] {
            // Nothing comes until it changes, at whatever moment between two looks that is.
            timeout(Duration::from_millis(waited), frames.next()).await.unwrap_err();
            version.store(next, Ordering::Relaxed);
            let changed_at = Instant::now();
            assert_eq!(frames.next().await, Some(next));
            assert!(changed_at.elapsed() <= Duration::from_secs(5), "{:?}", changed_at.elapsed());
        }
    }
}
