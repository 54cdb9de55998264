//! The worker: takes jobs, encodes, and reports. At most so many at once on this machine, however many workers run on it,
//! and so many per person on all machines.

mod archive;
mod export;
mod files;
mod patience;
mod probe;
mod progress;
mod run;
mod slots;
mod upload;

use std::{path::PathBuf, pin::Pin, sync::Arc, time::Duration};

use anyhow::Context;
use polyphony_events::media::{TranscodeRequested, UploadReceived};
use polyphony_kit::{
    Envelope, Event, Tasks,
    consumer::{Effect, Handler},
    request_id,
};
use sqlx::PgConnection;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

pub use self::export::Exporter;
use self::slots::{Slot, Slots};
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
    slots: Slots,
    per_user: i64,
    limits: Limits,
}

impl Worker {
    /// A worker that runs jobs while fewer than `concurrency` run on this machine (workers with one `work_dir` count as
    /// one), and no more than `per_user` of one person on all machines.
    pub fn new(app: App, concurrency: usize, per_user: i64, work_dir: Option<PathBuf>) -> Self {
        let slots = Slots { folder: work_dir.unwrap_or_else(std::env::temp_dir), count: concurrency };
        Self { app, slots, per_user, limits: Limits::default() }
    }

    /// The same under other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Works until the tasks are asked to end; jobs that are not done by then are given back.
    pub async fn run(self, wake: Wake, tasks: Tasks) {
        let stop = tasks.token();
        while !stop.is_cancelled() {
            match self.take().await {
                Ok(Some((slot, claimed))) => {
                    let worker = self.clone();
                    let (stop, again) = (stop.clone(), wake.clone());
                    tasks.spawn("job", async move {
                        worker.work(slot, claimed, stop).await;
                        again.0.notify_one();
                    });
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(error = format!("{error:#}"), "no job can be taken just now"),
            }
            tokio::select! {
                () = wake.0.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Takes one job and works on it to its end; false when there was none, or no place for it.
    pub async fn work_once(&self) -> anyhow::Result<bool> {
        let Some((slot, claimed)) = self.take().await? else { return Ok(false) };
        self.work(slot, claimed, CancellationToken::new()).await;
        Ok(true)
    }

    async fn take(&self) -> anyhow::Result<Option<(Slot, Claimed)>> {
        let Some(mut slot) = self.slots.take().context("take a place for a job")? else { return Ok(None) };
        let claimed = self.app.store.claim(self.per_user, slot.longest(), self.app.clock.now()).await?;
        let Some(claimed) = claimed else { return Ok(None) };
        // The claim took no longer audio than the place admits; what is short leaves the right to others.
        slot.admit(claimed.audio).context("take a place for a long recording")?;
        Ok(Some((slot, claimed)))
    }

    async fn work(&self, slot: Slot, claimed: Claimed, stop: CancellationToken) {
        let span = tracing::info_span!(
            "job",
            job.id = %claimed.lease.job,
            upload.id = %claimed.upload,
            attempt = claimed.attempt,
            request.id = claimed.origin.request_id,
        );
        let origin = claimed.origin.clone();
        let run = Box::pin(run::run(self, slot, &claimed, stop));
        request_id::scope(origin, run).instrument(span).await;
    }
}
