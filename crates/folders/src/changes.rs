//! Word of changes in folders. Linux tells of them; elsewhere, and where it cannot, whoever asks looks again now and then.

use std::path::PathBuf;

use polyphony_formats::is_litter;
use tokio::sync::mpsc;
use walkdir::WalkDir;

use crate::files::{Links, name_of};

/// Listens for changes in folders, however deep.
pub struct Changes {
    receiver: mpsc::Receiver<()>,
    #[cfg(target_os = "linux")]
    watches: inotify::Watches,
}

#[cfg(target_os = "linux")]
impl Changes {
    /// Begins to listen; nothing is watched yet.
    ///
    /// # Errors
    /// The system lets us have no more listeners.
    pub fn new() -> std::io::Result<Self> {
        let mut listener = inotify::Inotify::init()?;
        let watches = listener.watches();
        let (sender, receiver) = mpsc::channel(1);
        // A thread that nobody waits for: it reads until the command ends.
        std::thread::Builder::new().name("changes".to_owned()).spawn(move || {
            let mut buffer = [0; 4096];
            while listener.read_events_blocking(&mut buffer).is_ok() && !sender.is_closed() {
                // A full channel knows of a change already.
                let _ = sender.try_send(());
            }
        })?;
        Ok(Self { receiver, watches })
    }

    /// Watches these folders and all in them. Answers whether it could watch each.
    pub fn cover(&mut self, paths: &[PathBuf], links: Links) -> bool {
        use inotify::WatchMask;
        let came = WatchMask::CREATE | WatchMask::CLOSE_WRITE | WatchMask::MOVED_TO;
        let mask = came | WatchMask::DELETE | WatchMask::MOVED_FROM;
        let mut is_whole = true;
        for path in paths {
            let entries = WalkDir::new(path).follow_links(links == Links::Follow).into_iter();
            let entries = entries.filter_entry(|entry| entry.depth() == 0 || !is_litter(&name_of(entry.path())));
            for entry in entries.flatten().filter(|entry| entry.depth() == 0 || entry.file_type().is_dir()) {
                is_whole &= self.watches.add(entry.path(), mask).is_ok();
            }
        }
        is_whole
    }
}

#[cfg(not(target_os = "linux"))]
impl Changes {
    /// Begins to listen; nothing is ever told here.
    ///
    /// # Errors
    /// The system lets us have no more listeners.
    pub fn new() -> std::io::Result<Self> {
        let (sender, receiver) = mpsc::channel(1);
        drop(sender);
        Ok(Self { receiver })
    }

    /// Answers that it watches nothing.
    pub fn cover(&mut self, _paths: &[PathBuf], _links: Links) -> bool {
        false
    }
}

impl Changes {
    /// Waits for a change; for ever where none is told.
    pub async fn next(&mut self) {
        if self.receiver.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}
