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

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use polyphony_kit::{Tasks, notifications, request_id};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

pub use self::export::Exporter;
use self::slots::{Slot, Slots};
use crate::{app::App, pipeline::Limits, store::lease::Claimed};

/// The channel of PostgreSQL on which jobs are announced (`jobs_notify_insert`, `jobs_notify_update`).
const CHANNEL: &str = "jobs";
/// A worker looks for jobs by itself this often, should it not be told of one.
const FALLBACK_POLL_INTERVAL: Duration = Duration::from_secs(30);
/// The wait while no job can be taken, and while all places are.
const RETRY_DELAY: Duration = Duration::from_secs(1);
/// A program that this process is just starting holds all its locks, also those that it has let go, until it is another program.
const FORK_DELAY: Duration = Duration::from_millis(50);
/// So often whoever takes one job only looks for a place.
const LOOKS_FOR_A_PLACE: u32 = 20;

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
    pub async fn run(self, tasks: Tasks) {
        let (stop, wake) = (tasks.token(), Arc::new(Notify::new()));
        let listening = notifications::listen(self.app.store.pool(), CHANNEL, &stop, || wake.notify_one());
        tokio::join!(listening, self.take_jobs(&tasks, &wake));
    }

    /// Takes jobs when it is woken, and when the next one becomes due.
    async fn take_jobs(&self, tasks: &Tasks, wake: &Arc<Notify>) {
        let stop = tasks.token();
        while !stop.is_cancelled() {
            let wait = match self.take_or_wait().await {
                Ok(Next::Job(job)) => {
                    let (worker, stop, wake) = (self.clone(), stop.clone(), Arc::clone(wake));
                    tasks.spawn("job", async move {
                        let (slot, claimed) = *job;
                        worker.work(slot, claimed, stop).await;
                        wake.notify_one();
                    });
                    continue;
                }
                Ok(Next::Wait(wait)) => wait,
                Err(error) => {
                    tracing::warn!(error = format!("{error:#}"), "no job can be taken just now");
                    RETRY_DELAY
                }
            };
            tokio::select! {
                () = wake.notified() => {}
                () = tokio::time::sleep(wait) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    async fn take_or_wait(&self) -> anyhow::Result<Next> {
        match self.take().await? {
            Taken::Job(job) => Ok(Next::Job(job)),
            // Nobody tells of a place that becomes free; looking for one asks no server.
            Taken::NoPlace => Ok(Next::Wait(RETRY_DELAY)),
            Taken::NoJob => {
                let due_in = self.app.store.next_job_due_in().await?;
                Ok(Next::Wait(due_in.map_or(FALLBACK_POLL_INTERVAL, |due_in| due_in.min(FALLBACK_POLL_INTERVAL))))
            }
        }
    }

    /// Takes one job and works on it to its end; false when there was none, or no place for it.
    pub async fn work_once(&self) -> anyhow::Result<bool> {
        for _ in 0..LOOKS_FOR_A_PLACE {
            match self.take().await? {
                Taken::Job(job) => {
                    let (slot, claimed) = *job;
                    self.work(slot, claimed, CancellationToken::new()).await;
                    return Ok(true);
                }
                Taken::NoJob => return Ok(false),
                Taken::NoPlace => tokio::time::sleep(FORK_DELAY).await,
            }
        }
        Ok(false)
    }

    async fn take(&self) -> anyhow::Result<Taken> {
        let Some(mut slot) = self.slots.take().context("take a place for a job")? else { return Ok(Taken::NoPlace) };
        let claimed = self.app.store.claim(self.per_user, slot.longest(), self.app.clock.now()).await?;
        let Some(claimed) = claimed else { return Ok(Taken::NoJob) };
        // The claim took no longer audio than the place admits; what is short leaves the right to others.
        slot.admit(claimed.audio).context("take a place for a long recording")?;
        Ok(Taken::Job(Box::new((slot, claimed))))
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

/// What a worker found to do.
enum Taken {
    /// A job, with a place for it.
    Job(Box<(Slot, Claimed)>),
    /// All places of this machine are taken.
    NoPlace,
    /// No job is due that may be begun here.
    NoJob,
}

/// What a worker does next.
enum Next {
    /// It works on this job.
    Job(Box<(Slot, Claimed)>),
    /// It waits for so long, if it is not woken.
    Wait(Duration),
}
