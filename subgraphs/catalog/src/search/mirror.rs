//! Keeps Meilisearch a mirror of the documents: what has changed is written to it, in batches, until it has it all. While it
//! is away the documents wait; one that was emptied or replaced is filled again by itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use polyphony_kit::db;
use sqlx::{PgConnection, Postgres, Transaction};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Meilisearch;
use crate::store::{
    Store,
    search::{self, Unmirrored},
};

/// Who holds this lock alone writes to the mirror, or replaces it.
const LOCK: &str = "search mirror";
/// How many documents are written at once.
const BATCH: i64 = 1_000;
/// The mirror looks by itself this often: another process may have written documents.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// How often the documents of Meilisearch are counted.
const COUNT_INTERVAL: Duration = Duration::from_mins(1);

/// Writes what has changed to Meilisearch.
pub struct Mirror {
    store: Store,
    index: Meilisearch,
    /// Wakes the mirror when a document was written.
    changed: Arc<Notify>,
    /// Whether the database knows of the mirror, as far as this process knows.
    is_noted: AtomicBool,
}

impl Mirror {
    /// A mirror of the documents in `store`.
    pub fn new(store: Store, index: Meilisearch, changed: Arc<Notify>) -> Self {
        Self { store, index, changed, is_noted: AtomicBool::new(false) }
    }

    /// Runs until `stop`; Meilisearch and the database may go and come back.
    pub async fn run(self, stop: CancellationToken) {
        let mut counted_at: Option<Instant> = None;
        let mut pause = POLL_INTERVAL;
        while !stop.is_cancelled() {
            let round = tokio::select! {
                round = self.round(&mut counted_at) => round,
                () = stop.cancelled() => return,
            };
            match round {
                Ok(()) => pause = POLL_INTERVAL,
                Err(error) => {
                    self.index.set_current(false);
                    tracing::warn!(error = format!("{error:#}"), "the search mirror pauses");
                    pause = (pause * 2).min(Duration::from_secs(10));
                }
            }
            tokio::select! {
                () = self.changed.notified() => {}
                () = tokio::time::sleep(pause) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    async fn round(&self, counted_at: &mut Option<Instant>) -> anyhow::Result<()> {
        let is_due = counted_at.is_none_or(|at| at.elapsed() >= COUNT_INTERVAL);
        if is_due || !self.index.is_current() {
            self.refill_if_emptied().await?;
            *counted_at = Some(Instant::now());
        }
        self.catch_up().await
    }

    /// Makes the index where it is missing, and has all documents written again when it lacks some that were written to it:
    /// its volume was lost, or somebody emptied it.
    pub async fn refill_if_emptied(&self) -> anyhow::Result<()> {
        self.index.prepare().await?;
        let mut turn = in_line(&self.store).await?;
        self.note(&mut turn).await?;
        let (has, should) = (self.index.count().await?.unwrap_or(0), search::count_mirrored(&mut turn).await?);
        if has < should {
            tracing::warn!(documents.has = has, documents.should = should, "Meilisearch is filled again");
            self.index.set_current(false);
            search::mirror_all_again(&mut turn).await.context("mark all documents")?;
        }
        turn.commit().await.context("let others write")
    }

    /// Notes that documents are to be mirrored; where they were not, all are from now on.
    async fn note(&self, turn: &mut PgConnection) -> anyhow::Result<()> {
        if search::note_mirror(turn, self.index.name()).await.context("note the mirror")? {
            search::mirror_all_again(turn).await.context("mark all documents")?;
        }
        self.is_noted.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Writes all that the mirror does not have as it stands. Others come in between its batches. Searches go elsewhere while
    /// more than a batch is missing.
    pub async fn catch_up(&self) -> anyhow::Result<()> {
        loop {
            let mut turn = in_line(&self.store).await?;
            if !self.is_noted.load(Ordering::Relaxed) {
                self.note(&mut turn).await?;
                turn.commit().await.context("commit the note")?;
                continue;
            }
            let batch = self.store.unmirrored(BATCH).await.context("read what has changed")?;
            if (batch.len() as i64) < BATCH && self.index.set_current(true) {
                tracing::info!("Meilisearch answers searches");
            }
            if batch.is_empty() {
                return Ok(());
            }
            self.write(&batch).await?;
            self.store.mark_mirrored(&batch).await.context("mark documents as mirrored")?;
            turn.commit().await.context("let others write")?;
        }
    }

    async fn write(&self, batch: &[Unmirrored]) -> anyhow::Result<()> {
        let put = batch.iter().filter(|changed| changed.live).map(|changed| changed.document.clone()).collect();
        let remove: Vec<_> = batch.iter().filter(|changed| !changed.live).map(|changed| changed.document.id).collect();
        self.index.write(put, &remove).await
    }
}

/// Waits for the turn to write to the mirror, which lasts as long as the transaction: one process writes at a time, so that an
/// older state never lands on a newer one. Meilisearch may take longer for a batch than statements may take otherwise.
pub(super) async fn in_line(store: &Store) -> anyhow::Result<Transaction<'static, Postgres>> {
    let mut turn = store.pool.begin().await.context("begin")?;
    sqlx::raw_sql("set local statement_timeout = 0").execute(&mut *turn).await.context("be patient")?;
    db::lock(&mut turn, LOCK).await.context("wait in line to mirror")?;
    Ok(turn)
}
