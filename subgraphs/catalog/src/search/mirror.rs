//! Keeps Meilisearch a mirror of the documents: what has changed is written to it, in batches, until it has it all. While it
//! is away the documents wait.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use polyphony_kit::db;
use sqlx::{Postgres, Transaction};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Meilisearch;
use crate::store::{Store, search::Unmirrored};

/// Who holds this lock alone writes to the mirror, or replaces it.
const LOCK: &str = "search mirror";
/// How many documents are written at once.
const BATCH: i64 = 1_000;
/// The mirror looks by itself this often: another process may have written documents.
const POLL: Duration = Duration::from_millis(500);

/// Writes what has changed to Meilisearch.
pub struct Mirror {
    store: Store,
    index: Meilisearch,
    /// Wakes the mirror when a document was written.
    changed: Arc<Notify>,
}

impl Mirror {
    /// A mirror of the documents in `store`.
    pub fn new(store: Store, index: Meilisearch, changed: Arc<Notify>) -> Self {
        Self { store, index, changed }
    }

    /// Runs until `stop`; Meilisearch and the database may go and come back.
    pub async fn run(self, stop: CancellationToken) {
        let mut is_prepared = false;
        let mut pause = POLL;
        while !stop.is_cancelled() {
            let round = tokio::select! {
                round = self.round(&mut is_prepared) => round,
                () = stop.cancelled() => return,
            };
            match round {
                Ok(()) => pause = POLL,
                Err(error) => {
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

    async fn round(&self, is_prepared: &mut bool) -> anyhow::Result<()> {
        if !*is_prepared {
            self.index.prepare().await?;
            *is_prepared = true;
        }
        self.catch_up().await
    }

    /// Writes all that the mirror does not have as it stands. Others come in between its batches.
    pub async fn catch_up(&self) -> anyhow::Result<()> {
        loop {
            let turn = in_line(&self.store).await?;
            let batch = self.store.unmirrored(BATCH).await.context("read what has changed")?;
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
