//! Follows all uploads of a person: first what they missed, then every change, several uploads in a frame. However many
//! move, they are looked at a few times a second, in one statement for all.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use chrono::{DateTime, Utc};
use polyphony_events::{UploadId, UserId};
use polyphony_kit::{Result, Viewer};
use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

use super::in_time;
use crate::{
    domain::{job::Job, upload::Upload},
    store::{
        Store,
        upload_changes::{Changes, Position},
    },
};

/// Looks are no closer together than this.
const MIN_INTERVAL: Duration = Duration::from_millis(250);
/// How often to look when no signal came, should one be lost.
const POLL_INTERVAL: Duration = Duration::from_secs(10);
/// A database that failed is asked again after this.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);

/// Uploads as they stand, with the position behind which one goes on after them.
#[derive(Clone, Debug, PartialEq)]
pub struct UploadFrame {
    /// The uploads with their jobs, what changed last comes last.
    pub uploads: Vec<(Upload, Option<Job>)>,
    /// Everything until here was shown.
    pub position: Position,
}

/// Follows the uploads of a person.
pub struct UploadFollower {
    store: Store,
    viewer: Viewer,
    changed: watch::Receiver<u64>,
    /// Every change until here was shown, also those of transactions that end late.
    settled: Position,
    /// What was shown of the changes behind `settled`.
    shown: HashMap<UploadId, DateTime<Utc>>,
    waiting: VecDeque<UploadFrame>,
    looks_at: Instant,
}

impl UploadFollower {
    /// Follows the viewer's own uploads; `changed` tells when to look. Without a position the first frame has what is under
    /// way.
    pub async fn new(
        store: &Store,
        viewer: &Viewer,
        changed: watch::Receiver<u64>,
        after: Option<Position>,
    ) -> Result<Self> {
        let mut follower = Self {
            store: store.clone(),
            viewer: viewer.clone(),
            changed,
            settled: after.unwrap_or_default(),
            shown: HashMap::new(),
            waiting: VecDeque::new(),
            looks_at: Instant::now(),
        };
        if after.is_none() {
            follower.settled = (in_time(store.settled_until()).await?, Uuid::nil());
            let underway = in_time(store.uploads_underway(viewer.user)).await?;
            let uploads = follower.read(&underway).await?;
            follower.waiting.push_back(UploadFrame { uploads, position: follower.settled });
        }
        Ok(follower)
    }

    /// The next frame. It waits for one as long as it takes.
    pub async fn next(&mut self) -> UploadFrame {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                return frame;
            }
            tokio::time::sleep_until(self.looks_at).await;
            // Marked before it is read, so that a change during the read is heard of.
            self.changed.mark_unchanged();
            self.looks_at = Instant::now() + MIN_INTERVAL;
            match self.look().await {
                Ok(()) if self.waiting.is_empty() => self.wait().await,
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(?error, "a live view could not look");
                    self.looks_at = Instant::now() + RETRY_INTERVAL;
                }
            }
        }
    }

    async fn wait(&mut self) {
        tokio::select! {
            // The sender is gone when signals have ended; then there is still the look now and then.
            changed = self.changed.changed() => if changed.is_err() { tokio::time::sleep(POLL_INTERVAL).await },
            () = tokio::time::sleep(POLL_INTERVAL) => {}
        }
    }

    /// Reads the next changes that were not shown.
    async fn look(&mut self) -> Result<()> {
        let settled = (in_time(self.store.settled_until()).await?, Uuid::nil());
        let mut from = self.settled;
        loop {
            let changes = in_time(self.store.upload_changes(self.viewer.user, from)).await?;
            let end = changes.end.unwrap_or(from);
            let unseen = self.unseen(&changes);
            let uploads = self.read(&unseen.iter().map(|(id, _)| *id).collect::<Vec<_>>()).await?;
            from = end;
            // A client that comes back begins where nothing can be missing.
            let position = end.min(settled).max(self.settled);
            self.settled = position;
            self.shown.extend(unseen);
            self.shown.retain(|_, at| *at >= position.0);
            if !uploads.is_empty() {
                self.waiting.push_back(UploadFrame { uploads, position });
                return Ok(());
            }
            // Uploads that were seen already, as long as an old transaction runs: what follows them may be new.
            if !changes.has_more {
                return Ok(());
            }
        }
    }

    fn unseen(&self, changes: &Changes) -> Vec<(UploadId, DateTime<Utc>)> {
        let is_new = |(id, at): &&(UploadId, DateTime<Utc>)| self.shown.get(id).is_none_or(|shown| shown < at);
        changes.uploads.iter().filter(is_new).copied().collect()
    }

    /// The uploads of these ids with their jobs, in this order.
    async fn read(&self, ids: &[UploadId]) -> Result<Vec<(Upload, Option<Job>)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let found = in_time(self.store.visible_uploads(Some(&self.viewer), ids)).await?;
        let mut found: HashMap<_, _> = found.into_iter().map(|upload| (upload.id, upload)).collect();
        let jobs = in_time(self.store.visible_jobs_of(Some(&self.viewer), ids)).await?;
        let mut jobs: HashMap<_, _> = jobs.into_iter().map(|job| (job.upload, job)).collect();
        Ok(ids.iter().filter_map(|id| Some((found.remove(id)?, jobs.remove(id)))).collect())
    }
}

/// The name of the signal that something has changed among a person's uploads.
pub fn uploads_signal(owner: UserId) -> String {
    format!("uploads:{owner}")
}
