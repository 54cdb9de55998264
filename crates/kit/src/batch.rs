//! Exact batches: what the resolvers of a request ask for together is read together, in one statement, however busy the
//! machine is.
//!
//! The library sends a batch off a fixed time after its first key. But resolving a long list yields after every few
//! entries, so on a busy machine a list of a hundred was read in several statements; and on an idle one the time is
//! waited for nothing. Here a batch goes when the request has nothing more to do but to wait for it.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use async_graphql::dataloader::{DataLoader, NoCache};
use tokio::{sync::watch, task::coop};
use tracing::Instrument;

/// How long a batch collects keys outside of [`execute`], in a subscription.
const COLLECT: Duration = Duration::from_millis(1);

tokio::task_local! {
    /// Changes each time the request in hand has nothing more to do but to wait.
    static IDLE: watch::Receiver<()>;
}

/// A loader whose batches go when the request waits for them. It keeps nothing: each batch reads anew.
#[expect(clippy::disallowed_methods, reason = "a batch lives no longer than the request that waits for it")]
pub fn loader<T: Send + Sync + 'static>(reader: T) -> DataLoader<T, NoCache> {
    let spawn = |batch: Pin<Box<dyn Future<Output = ()> + Send>>| {
        // The first key of a batch is asked for by the request itself, so this runs within it.
        let idle = IDLE.try_with(|idle| {
            let mut idle = idle.clone();
            idle.mark_unchanged();
            idle
        });
        let batch = async move {
            match idle {
                // An error means that the request has ended; then nobody waits, and the batch ends by itself.
                Ok(mut idle) => drop(idle.changed().await),
                Err(_) => tokio::time::sleep(COLLECT).await,
            }
            batch.await;
        };
        tokio::spawn(batch.in_current_span());
    };
    DataLoader::new(reader, spawn).delay(Duration::ZERO)
}

/// Runs a request and lets its batches go whenever it waits.
pub async fn execute<F: Future>(request: F) -> F::Output {
    let (waits, idle) = watch::channel(());
    IDLE.scope(idle, async move {
        let mut request = pin!(request);
        poll_fn(|cx| poll(request.as_mut(), cx, &waits)).await
    })
    .await
}

/// Polls until the request is done or truly waits: one that has only yielded is polled again at once.
fn poll<F: Future>(mut request: Pin<&mut F>, cx: &mut Context<'_>, waits: &watch::Sender<()>) -> Poll<F::Output> {
    loop {
        let woken = Arc::new(Woken { woken: AtomicBool::new(false), task: cx.waker().clone() });
        let done = request.as_mut().poll(&mut Context::from_waker(&Waker::from(woken.clone())));
        if done.is_ready() {
            return done;
        }
        if !woken.woken.load(Ordering::Acquire) {
            waits.send_replace(());
            return Poll::Pending;
        }
        // The runtime wants its turn; the task was woken and goes on soon.
        if !coop::has_budget_remaining() {
            return Poll::Pending;
        }
    }
}

/// Wakes the task, and remembers that it did.
struct Woken {
    woken: AtomicBool,
    task: Waker,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.task.wake_by_ref();
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, convert::Infallible, sync::Mutex};

    use async_graphql::dataloader::Loader;
    use futures::{StreamExt, future::join_all, stream::FuturesUnordered};

    use super::*;

    /// Remembers how many keys each batch had.
    #[derive(Clone, Default)]
    struct Sizes(Arc<Mutex<Vec<usize>>>);

    impl Loader<usize> for Sizes {
        type Value = usize;
        type Error = Infallible;

        async fn load(&self, keys: &[usize]) -> Result<HashMap<usize, usize>, Infallible> {
            self.0.lock().unwrap().push(keys.len());
            Ok(keys.iter().map(|key| (*key, *key)).collect())
        }
    }

    /// Asks for `keys` as the library resolves a list of objects: nested sets of futures, which yield every few entries.
    async fn ask(loader: &DataLoader<Sizes>, keys: std::ops::Range<usize>) -> usize {
        let one = |key| async move {
            let mut fields: FuturesUnordered<_> = [loader.load_one(key)].into_iter().collect();
            // Slow enough for a fixed time to run out many times.
            std::thread::sleep(Duration::from_micros(100));
            fields.next().await.unwrap().unwrap().unwrap()
        };
        join_all(keys.map(one)).await.into_iter().sum()
    }

    #[tokio::test]
    async fn what_a_request_asks_for_together_is_one_batch_at_each_level() {
        let sizes = Sizes::default();
        let loader = loader(sizes.clone());
        let request = async {
            let first = ask(&loader, 0..200).await;
            first + ask(&loader, 200..500).await
        };
        assert_eq!(execute(request).await, (0..500).sum::<usize>());
        assert_eq!(*sizes.0.lock().unwrap(), [200, 300]);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn batches_are_exact_on_many_threads_too() {
        let sizes = Sizes::default();
        let loader = loader(sizes.clone());
        assert_eq!(execute(ask(&loader, 0..200)).await, (0..200).sum::<usize>());
        assert_eq!(*sizes.0.lock().unwrap(), [200]);
    }

    #[tokio::test]
    async fn outside_of_a_request_batches_go_after_a_moment() {
        assert_eq!(ask(&loader(Sizes::default()), 0..3).await, 3);
    }

    #[tokio::test]
    async fn a_request_that_only_yields_lets_others_run() {
        let others = tokio::time::timeout(Duration::from_secs(5), async {
            tokio::join!(tokio::time::sleep(Duration::from_millis(10)), tokio::task::yield_now())
        });
        let request = async {
            let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
            for n in 0..10_000 {
                sender.send(n).unwrap();
            }
            // Each receive costs budget; when it is used up the channel yields until the runtime has had its turn.
            for n in 0..10_000 {
                assert_eq!(receiver.recv().await, Some(n));
            }
        };
        tokio::join!(execute(request), others).1.unwrap();
    }
}
