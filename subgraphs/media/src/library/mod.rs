//! Folders on the server (`LIBRARY_DIRS`): each is looked after by one worker at a time, which goes through it when something
//! changes, when an admin asks, and now and then.
//!
//! Invariant: nothing in a folder is ever written to, and what is gone from it is marked and not deleted.

mod beside;
mod open;
mod scan;

use std::time::Duration;

use polyphony_folders::{Changes, Links};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::scan::{QUIET, Scan};
pub use self::{
    beside::{Beside, beside},
    open::{open, stamp},
    scan::Scanned,
};
use crate::{
    app::App,
    domain::library_folder::{FOLDER_LEASE, FolderState, LibraryFolder},
};

/// How often a worker looks whether a scan was asked for, and renews its right.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Changes are waited for until none has come for a while, and at most so long.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// The longest interval of scans where the system does not tell of changes.
const UNTOLD_INTERVAL: Duration = Duration::from_mins(1);
/// The longest wait for a file that is still being written.
const LONGEST_YOUNG: Duration = Duration::from_mins(2);
/// When what failed is tried again.
const RETRY_INTERVAL: Duration = Duration::from_secs(15);

/// Looks after one folder.
pub struct Librarian {
    app: App,
    folder: LibraryFolder,
    token: Uuid,
    /// None while somebody else looks into it.
    changes: Option<Changes>,
}

/// How a look at a folder ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Another worker looks after it.
    NotOurs,
    /// It was gone through, and whether the system tells of changes in it.
    Scanned(Scanned, bool),
    /// It cannot be gone through now; the folder's standing says why.
    Failed,
}

impl Librarian {
    /// Of this folder; nothing happens yet.
    pub fn new(app: App, folder: LibraryFolder) -> Self {
        Self { app, folder, token: Uuid::now_v7(), changes: Changes::new().ok() }
    }

    /// Looks after the folder until `stop`; scans are no further apart than `interval`.
    pub async fn run(mut self, interval: Duration, stop: CancellationToken) {
        let (mut next, mut young) = (Instant::now(), QUIET);
        while !stop.is_cancelled() {
            let has_changed = tokio::select! {
                () = stop.cancelled() => break,
                () = sleep(POLL_INTERVAL.min(next.saturating_duration_since(Instant::now()))) => false,
                () = changed(&mut self.changes) => true,
            };
            if has_changed {
                // Outside of the above, where the next look would end it and forget the change.
                tokio::select! { () = stop.cancelled() => break, () = settle(&mut self.changes) => {} }
            }
            let due = has_changed || next <= Instant::now();
            let looked = tokio::select! {
                () = stop.cancelled() => break,
                looked = self.look_if(due) => looked,
            };
            if let Ok(Some(Looked::Scanned(done, _))) = &looked {
                // A download may take hours, and each look goes through the whole folder.
                young = if done.has_young { LONGEST_YOUNG.min(young * 2) } else { QUIET };
            }
            let wait = match looked {
                Ok(None) => continue,
                Ok(Some(Looked::NotOurs)) => POLL_INTERVAL,
                Ok(Some(Looked::Scanned(Scanned { has_young: true, .. }, _))) => young,
                Ok(Some(Looked::Scanned(_, true))) => interval,
                Ok(Some(Looked::Scanned(_, false))) => interval.min(UNTOLD_INTERVAL),
                Ok(Some(Looked::Failed)) => RETRY_INTERVAL,
                Err(error) => {
                    tracing::warn!(folder = self.folder.key(), error = format!("{error:#}"), "a scan is put off");
                    RETRY_INTERVAL
                }
            };
            next = Instant::now() + wait;
        }
        if let Err(error) = self.app.store.release_folder(self.folder.key(), self.token).await {
            tracing::debug!(%error, "a folder is left to others when its lease has run out");
        }
    }

    /// Keeps the right to the folder, and goes through it when that is due or was asked for.
    async fn look_if(&mut self, due: bool) -> anyhow::Result<Option<Looked>> {
        if !self.app.store.hold_folder(self.folder.key(), self.token, FOLDER_LEASE).await? {
            return Ok(Some(Looked::NotOurs));
        }
        if !self.app.store.take_scan_request(self.folder.key()).await? && !due {
            return Ok(None);
        }
        self.look().await.map(Some)
    }

    /// Goes through the folder once, if no other worker looks after it.
    pub async fn look(&mut self) -> anyhow::Result<Looked> {
        let (store, folder) = (self.app.store.clone(), self.folder.clone());
        let key = folder.key();
        if !store.hold_folder(key, self.token, FOLDER_LEASE).await? {
            return Ok(Looked::NotOurs);
        }
        let Some(owner) = store.person(&self.folder.owner).await? else {
            let problem = format!("Nobody is known as {}: give the id of the account.", self.folder.owner);
            store.note_folder(key, FolderState::OwnerUnknown, (Some(&problem), 0), None).await?;
            return Ok(Looked::Failed);
        };
        store.note_folder(key, FolderState::Scanning, (None, 0), None).await?;
        // Watched before it is read, so that nothing comes in between.
        let is_watched = self.watch().await?;
        let scan = Scan { app: &self.app, folder: &folder, owner, token: self.token, done: Scanned::default() };
        match scan.run().await {
            Ok(done) => {
                let state = if is_watched { FolderState::Watched } else { FolderState::Rescanned };
                let unreadable = i32::try_from(done.unreadable).unwrap_or(i32::MAX);
                let now = self.app.clock.now();
                store.note_folder(key, state, (done.problem.as_deref(), unreadable), Some(now)).await?;
                if done != Scanned::default() {
                    tracing::info!(folder = key, ?done, "a folder was gone through");
                }
                Ok(Looked::Scanned(done, is_watched))
            }
            Err(error) => {
                let problem = format!("{error:#}");
                tracing::warn!(folder = key, error = problem, "a folder could not be gone through");
                store.note_folder(key, FolderState::Unreadable, (Some(&problem), 0), None).await?;
                Ok(Looked::Failed)
            }
        }
    }

    /// Has the system tell of changes; false where it does not tell of all.
    async fn watch(&mut self) -> anyhow::Result<bool> {
        let Some(mut changes) = self.changes.take() else { return Ok(false) };
        let path = self.folder.path.clone();
        let watch = move || (changes.cover(&[path], Links::PassOver), changes);
        let (is_whole, changes) = tokio::task::spawn_blocking(watch).await?;
        self.changes = Some(changes);
        Ok(is_whole)
    }
}

/// Waits for a change; for ever where none is told.
async fn changed(changes: &mut Option<Changes>) {
    match changes {
        Some(changes) => changes.next().await,
        None => std::future::pending().await,
    }
}

/// Waits until nothing changes any more.
async fn settle(changes: &mut Option<Changes>) {
    let Some(changes) = changes else { return };
    let end = Instant::now() + LONGEST_WAIT;
    while Instant::now() < end && timeout(QUIET, changes.next()).await.is_ok() {
        // Many changes come at once.
        sleep(Duration::from_millis(50)).await;
    }
}
