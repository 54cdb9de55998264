//! The worker: takes jobs, encodes, and reports. At most so many at once on this machine, and so many per person on all.

mod files;
mod patience;
mod probe;
mod progress;
mod run;
mod upload;

use std::{path::PathBuf, pin::Pin, sync::Arc, time::Duration};

use polyphony_events::media::{TranscodeRequested, UploadReceived};
use polyphony_kit::{
    Envelope, Event, Tasks,
    consumer::{Effect, Handler},
    request_id,
};
use sqlx::PgConnection;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::{app::App, pipeline::Limits, store::lease::Claimed};

/// A worker looks for jobs by itself this often: for those that are due again, and those whose worker died.
const POLL: Duration = Duration::from_secs(1);

/// Wakes a worker when there may be a job.
#[derive(Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Handler for Wake {
    fn handle<'a>(&'a self, _tx: &'a mut PgConnection, _event: &'a Envelope) -> Effect<'a> {
        Box::pin(async { Ok(()) })
    }

    fn committed<'a>(&'a self, event: &'a Envelope) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async {
            if [UploadReceived::TYPE, TranscodeRequested::TYPE].contains(&event.kind.as_str()) {
                self.0.notify_one();
            }
        })
    }
}

/// Works on jobs.
#[derive(Clone)]
pub struct Worker {
    app: App,
    concurrency: usize,
    per_user: i64,
    work_dir: PathBuf,
    limits: Limits,
}

impl Worker {
    /// A worker that runs `concurrency` jobs at once, and no more than `per_user` of one person on all machines.
    pub fn new(app: App, concurrency: usize, per_user: i64, work_dir: Option<PathBuf>) -> Self {
        let work_dir = work_dir.unwrap_or_else(std::env::temp_dir);
        Self { app, concurrency, per_user, work_dir, limits: Limits::default() }
    }

    /// The same, whose FFmpeg is `nice` (0 to 19) to other programs.
    #[must_use]
    pub fn with_nice(mut self, nice: u8) -> Self {
        self.limits.nice = nice;
        self
    }

    /// Works until the tasks are asked to end; jobs that are not done by then are given back.
    pub async fn run(self, wake: Wake, tasks: Tasks) {
        let slots = Arc::new(Semaphore::new(self.concurrency));
        let stop = tasks.token();
        while !stop.is_cancelled() {
            let slot = tokio::select! {
                slot = slots.clone().acquire_owned() => slot,
                () = stop.cancelled() => return,
            };
            let Ok(slot) = slot else { return };
            match self.app.store.claim(self.per_user, self.app.clock.now()).await {
                Ok(Some(claimed)) => {
                    let worker = self.clone();
                    let (stop, again) = (stop.clone(), wake.clone());
                    tasks.spawn("job", async move {
                        worker.work(claimed, stop).await;
                        drop(slot);
                        again.0.notify_one();
                    });
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "no job can be taken just now"),
            }
            drop(slot);
            tokio::select! {
                () = wake.0.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Takes one job and works on it to its end; false when there was none.
    pub async fn work_once(&self) -> anyhow::Result<bool> {
        let Some(claimed) = self.app.store.claim(self.per_user, self.app.clock.now()).await? else { return Ok(false) };
        self.work(claimed, CancellationToken::new()).await;
        Ok(true)
    }

    async fn work(&self, claimed: Claimed, stop: CancellationToken) {
        let span = tracing::info_span!(
            "job",
            job.id = %claimed.lease.job,
            upload.id = %claimed.upload,
            attempt = claimed.attempt,
            request.id = claimed.origin.request_id,
        );
        let origin = claimed.origin.clone();
        let run = Box::pin(run::run(self, &claimed, stop));
        request_id::scope(origin, run).instrument(span).await;
    }
}
