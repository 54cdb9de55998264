//! `--watch`: after the import, what comes into the folders is imported, a moment after it was written.

use std::{
    collections::HashSet,
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use parking_lot::Mutex;
use polyphony_folders::{Changes, Found, Links};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::Import;
use crate::error::{ApiError, one_line};

/// Changes are waited for until none has come for this long, and at most for `LONGEST_WAIT`.
const QUIET: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Folders are walked again after this time: not every file system tells of changes.
const RESCAN: Duration = Duration::from_mins(10);
/// The same where nothing tells of changes.
const RESCAN_UNTOLD: Duration = Duration::from_secs(15);

/// A file as it was when it was last tried.
type Tried = (PathBuf, u64, i64);

/// Imports what comes into the folders, until the command is told to stop.
pub(super) async fn watch(import: &Import, paths: &[PathBuf], stop: &CancellationToken) -> anyhow::Result<ExitCode> {
    let mut changes = Changes::new().context("watch folders")?;
    import.report.say("watching for music; Ctrl-C ends it");
    let tried: Mutex<HashSet<Tried>> = Mutex::default();
    // What came between the import and the watch.
    let mut next = Instant::now();
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(ExitCode::SUCCESS),
            // What failed is tried again.
            () = sleep_until(next) => tried.lock().clear(),
            () = changes.next() => settle(&mut changes).await,
        }
        // Watched before they are walked, so that nothing comes in between.
        let rescan = if changes.cover(paths, Links::Follow) { RESCAN } else { RESCAN_UNTOLD };
        next = Instant::now()
            + match round(import, paths, stop, &tried).await {
                Ok(true) => QUIET,
                Ok(false) => rescan,
                Err(error) if error.downcast_ref::<ApiError>().is_some_and(ApiError::is_fatal) => return Err(error),
                Err(_) if stop.is_cancelled() => return Ok(ExitCode::SUCCESS),
                Err(error) => {
                    import.report.say(&format!("error: {}", one_line(&error)));
                    LONGEST_WAIT
                }
            };
    }
}

/// Waits until nothing changes any more.
async fn settle(changes: &mut Changes) {
    let end = Instant::now() + LONGEST_WAIT;
    while Instant::now() < end && timeout(QUIET, changes.next()).await.is_ok() {
        // Many changes come at once.
        sleep(Duration::from_millis(50)).await;
    }
}

/// Imports what is new. Answers whether a file is still being written and must be looked at again.
async fn round(
    import: &Import,
    paths: &[PathBuf],
    stop: &CancellationToken,
    tried: &Mutex<HashSet<Tried>>,
) -> anyhow::Result<bool> {
    let young = AtomicBool::new(false);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as i64;
    let is_wanted = |file: &Found| {
        let this = (file.path.clone(), file.size, file.modified);
        if import.known(file).is_some() || tried.lock().contains(&this) {
            return false;
        }
        if (now - file.modified).abs() < QUIET.as_nanos() as i64 {
            young.store(true, Ordering::Relaxed);
            return false;
        }
        tried.lock().insert(this)
    };
    import.round(paths, stop, is_wanted).await?;
    Ok(young.into_inner())
}
