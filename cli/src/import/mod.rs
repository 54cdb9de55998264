//! `polyphony import`: uploads music and follows it until it can be played.
//!
//! Invariant: every step is in the journal, on the disk, before the next is taken; a process that is killed at any point
//! goes on there when it is started again.

mod file;
mod files;
mod follow;
mod journal;
mod parts;
mod report;
mod summary;
mod transfer;

use std::{
    collections::HashMap,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail};
use futures::{StreamExt, stream};
use parking_lot::Mutex;
use polyphony_kit::Tasks;
use tokio::{sync::Semaphore, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    api::viewer::Role, client::Client, commands::viewer, config::ImportArgs, error::ApiError, output, retry::retrying,
    session::user_folder, socket::Socket,
};
use file::import_file;
use files::{Found, Walk, walk};
use journal::{Entry, Journal, Outcome};
use report::Report;
use summary::{Ending, Summary};

/// How many files are underway at once, uploaded or followed; more wait, so that memory stays bounded.
const WINDOW: usize = 256;
/// How many uploads are followed live at once; the others are asked for.
const LIVE: usize = 24;

/// What all files of an import share.
struct Import {
    client: Arc<Client>,
    socket: Socket,
    journal: Mutex<Journal>,
    report: Report,
    slots: Semaphore,
    live: Semaphore,
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    underway: AtomicU32,
    sent: AtomicU64,
    patience: Duration,
    no_wait: bool,
    again: bool,
}

/// Why a file's way ended before its end.
enum Stopped {
    /// This file failed.
    Failed(String),
    /// The server does not take it.
    Rejected(String),
    /// Its upload is gone and must be made anew.
    StartOver,
    /// Every other file would fail alike.
    Fatal(ApiError),
}

impl From<ApiError> for Stopped {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Refused { code, message }
                if matches!(code.as_str(), "INVALID_INPUT" | "MEDIA_TOO_LARGE" | "UNSUPPORTED_MEDIA") =>
            {
                Self::Rejected(message)
            }
            error if error.is_fatal() => Self::Fatal(error),
            error => Self::Failed(error.to_string()),
        }
    }
}

/// Imports what the arguments name.
pub(crate) async fn run(client: Client, args: ImportArgs, json: bool) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let patience = Duration::from_secs(args.patience);
    let person = retrying(patience, || viewer(&client)).await?;
    if person.role == Role::Listener {
        bail!("uploading takes the role CREATOR, which an admin can give");
    }
    let paths = args.paths.clone();
    let Walk { files, unreadable } =
        tokio::task::spawn_blocking(move || walk(&paths)).await.context("look for music")?;
    let folder = user_folder(args.journal_dir.clone(), "XDG_DATA_HOME", ".local/share")?.join("imports");
    let journal = Journal::open(&folder, client.endpoint.url.as_str(), person.id.inner())?;
    let mut summary = Summary::default();
    for (label, reason) in unreadable {
        summary.add(label, Ending::Failed { reason });
    }
    let tasks = Tasks::new();
    let client = Arc::new(client);
    let import = Import {
        socket: Socket::new(client.clone(), &tasks),
        client,
        journal: Mutex::new(journal),
        report: Report::new(files.len(), json),
        slots: Semaphore::new(args.jobs.into()),
        live: Semaphore::new(LIVE),
        turns: Mutex::default(),
        underway: AtomicU32::new(0),
        sent: AtomicU64::new(0),
        patience,
        no_wait: args.no_wait,
        again: args.again,
    };
    let fatal = if args.dry_run {
        import.foresee(&files, &mut summary);
        None
    } else {
        let signals = tasks.clone();
        tasks.spawn("signals", async move { signals.cancel_on_signal().await });
        import.all(&files, &mut summary, &tasks.token()).await
    };
    summary.bytes = import.sent.load(Ordering::Relaxed);
    summary.close(started.elapsed());
    import.report.end();
    drop(import);
    tasks.shutdown().await;
    output::print(json, &summary, Summary::text)?;
    fatal.map_or_else(|| Ok(summary.exit_code()), |error| Err(error.into()))
}

impl Import {
    /// Imports the files. Gives what stopped all of them, if something did.
    async fn all(&self, files: &[Found], summary: &mut Summary, stop: &CancellationToken) -> Option<ApiError> {
        let mut endings = stream::iter(files).map(|file| self.one(file, stop)).buffer_unordered(WINDOW);
        let mut fatal = None;
        while let Some((file, ending)) = endings.next().await {
            let ending = match ending {
                Ok(ending) => ending,
                Err(Stopped::Failed(reason)) => Ending::Failed { reason },
                Err(Stopped::Rejected(reason)) => Ending::Rejected { reason },
                Err(Stopped::StartOver) => Ending::Pending,
                Err(Stopped::Fatal(error)) => {
                    fatal = Some(error);
                    stop.cancel();
                    Ending::Pending
                }
            };
            if ending != Ending::Pending {
                self.report.done(&ending.line(&file.label));
            }
            summary.add(file.label.clone(), ending);
        }
        summary.interrupted = fatal.is_none() && stop.is_cancelled() && summary.pending > 0;
        fatal
    }

    async fn one<'f>(&self, file: &'f Found, stop: &CancellationToken) -> (&'f Found, Result<Ending, Stopped>) {
        if stop.is_cancelled() {
            return (file, Ok(Ending::Pending));
        }
        self.underway.fetch_add(1, Ordering::Relaxed);
        // Dropped in the middle it does no harm: the journal knows every step.
        let ending = tokio::select! {
            biased;
            () = stop.cancelled() => Ok(Ending::Pending),
            ending = import_file(self, file) => ending,
        };
        self.underway.fetch_sub(1, Ordering::Relaxed);
        (file, ending)
    }

    /// Says what would be done.
    fn foresee(&self, files: &[Found], summary: &mut Summary) {
        for file in files {
            let ending = self.known(file).unwrap_or(Ending::Pending);
            self.report.done(&ending.line(&file.label));
            summary.add(file.label.clone(), ending);
        }
    }

    fn files_underway(&self) -> u32 {
        self.underway.load(Ordering::Relaxed)
    }

    /// How this very file ended in an earlier import.
    fn known(&self, file: &Found) -> Option<Ending> {
        self.ending_of(self.journal.lock().entry(file)?.outcome.as_ref()?)
    }

    /// How a file with the same bytes ended; this file then ends alike.
    fn same_bytes(&self, file: &Found, entry: &Entry) -> Result<Option<Ending>, Stopped> {
        let mut journal = self.journal.lock();
        let Some(outcome) = journal.same_bytes(&entry.sha256).cloned() else { return Ok(None) };
        let Some(ending) = self.ending_of(&outcome) else { return Ok(None) };
        let entry = Entry { outcome: Some(outcome), ..entry.clone() };
        journal.begin(&file.path, entry).map_err(ApiError::local)?;
        Ok(Some(ending))
    }

    fn ending_of(&self, outcome: &Outcome) -> Option<Ending> {
        match outcome {
            Outcome::Imported { track } | Outcome::Duplicate { track } => {
                Some(Ending::AlreadyThere { track: track.clone() })
            }
            Outcome::Rejected { .. } if self.again => None,
            Outcome::Rejected { reason } => {
                Some(Ending::Rejected { reason: format!("{reason} (known from before; --again tries it once more)") })
            }
        }
    }

    /// The lock that files with these bytes take in turn.
    fn turn_of(&self, sha256: &str) -> Arc<tokio::sync::Mutex<()>> {
        self.turns.lock().entry(sha256.to_owned()).or_default().clone()
    }
}
