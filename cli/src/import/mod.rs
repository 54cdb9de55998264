//! `polyphony import`: uploads music and follows it until it can be played.
//!
//! Invariant: every step is in the journal, on the disk, before the next is taken; a process that is killed at any point
//! goes on there when it is started again.

mod beside;
mod check;
mod file;
mod follow;
mod journal;
mod log;
mod parts;
mod report;
mod summary;
mod transfer;
mod watch;

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail};
use futures::{StreamExt, stream};
use parking_lot::Mutex;
use polyphony_folders::{Beside, Found, Walk, walk};
use polyphony_kit::Tasks;
use tokio::{sync::Semaphore, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    api::viewer::Role, client::Client, commands::viewer, config::ImportArgs, error::ApiError, output, retry::retrying,
    session::user_folder, socket::Socket,
};
use beside::{AllLanded, Landed};
use file::import_file;
use journal::{Journal, Outcome};
use report::Report;
use summary::{Ending, Summary, SummaryEvent};

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
    /// Hashes of files that the server was asked for and has.
    confirmed: Mutex<HashSet<String>>,
    /// Files of music that have no track yet.
    awaited: Mutex<HashSet<PathBuf>>,
    /// What was said of files beside music: once is enough.
    noted: Mutex<HashSet<String>>,
    /// The folders that were named, as they are called on the disk.
    roots: Vec<PathBuf>,
    patience: Duration,
    no_wait: bool,
    again: bool,
    with_playlists: bool,
    has_concluded: AtomicBool,
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
    let patience = Duration::from_secs(args.patience);
    let person = retrying(patience, || viewer(&client)).await?;
    if person.role == Role::Listener {
        bail!("uploading takes the role CREATOR, which an admin can give");
    }
    let folder = user_folder(args.journal_dir.clone(), "XDG_DATA_HOME", ".local/share")?.join("imports");
    let journal = Journal::open(&folder, client.endpoint.url.as_str(), person.id.inner())?;
    let tasks = Tasks::new();
    let client = Arc::new(client);
    let import = Import {
        socket: Socket::new(client.clone(), &tasks),
        client,
        journal: Mutex::new(journal),
        report: Report::new(json),
        slots: Semaphore::new(args.jobs.into()),
        live: Semaphore::new(LIVE),
        turns: Mutex::default(),
        underway: AtomicU32::new(0),
        sent: AtomicU64::new(0),
        confirmed: Mutex::default(),
        awaited: Mutex::default(),
        noted: Mutex::default(),
        roots: args.paths.iter().filter_map(|path| path.canonicalize().ok()).collect(),
        patience,
        no_wait: args.no_wait,
        again: args.again,
        with_playlists: !args.no_playlists,
        has_concluded: AtomicBool::new(false),
    };
    let code = if args.dry_run {
        import.foresee(&args.paths).await
    } else {
        let signals = tasks.clone();
        tasks.spawn("signals", async move { signals.cancel_on_signal().await });
        let stop = tasks.token();
        match import.round(&args.paths, &stop, |_| true).await {
            Ok(_) if args.watch && !stop.is_cancelled() => watch::watch(&import, &args.paths, &stop).await,
            ended => ended.map(|summary| summary.exit_code()),
        }
    };
    import.report.end();
    drop(import);
    tasks.shutdown().await;
    code
}

/// Looks for music in these folders and files.
async fn look_for_music(paths: &[PathBuf]) -> anyhow::Result<Walk> {
    let paths = paths.to_owned();
    tokio::task::spawn_blocking(move || walk(&paths)).await.context("look for music")
}

impl Import {
    /// Imports all music in these folders that is `wanted`, and what lies beside it. Says how it went when something was done.
    async fn round(
        &self,
        paths: &[PathBuf],
        stop: &CancellationToken,
        wanted: impl Fn(&Found) -> bool,
    ) -> anyhow::Result<Summary> {
        let started = Instant::now();
        let Walk { files, others, unreadable, unused_sheets, empty } = look_for_music(paths).await?;
        let mut summary = Summary { empty, ..Summary::default() };
        for (label, reason) in unreadable {
            summary.add(label, Ending::Failed { reason });
        }
        for (sheet, reason) in unused_sheets {
            self.note(&sheet, &format!("not split: {reason}"), &mut summary);
        }
        let beside = Beside::sort(&files, others, self.with_playlists);
        summary.left_out.clone_from(&beside.left_out);
        let (files, others): (Vec<_>, Vec<_>) = files.into_iter().partition(wanted);
        let mut landed = AllLanded::new();
        for file in &others {
            self.note_landing(file, &self.known(file).unwrap_or(Ending::Pending), &mut landed);
        }
        self.sent.store(0, Ordering::Relaxed);
        self.report.expect(files.len());
        check::forget_lost(self, &files).await?;
        let fatal = self.all(&files, &mut summary, &mut landed, stop).await;
        if fatal.is_none() && !stop.is_cancelled() && !self.no_wait {
            beside::apply(&beside, self, &landed, &mut summary, stop).await;
        }
        summary.bytes = self.sent.load(Ordering::Relaxed);
        summary.close(started.elapsed());
        // The first time also when nothing happened.
        if !self.has_concluded.swap(true, Ordering::Relaxed) || summary.has_news() {
            self.conclude(&summary)?;
        }
        fatal.map_or(Ok(summary), |error| Err(error.into()))
    }

    /// Prints how it went.
    fn conclude(&self, summary: &Summary) -> anyhow::Result<()> {
        if self.report.is_json() {
            report::print_line(&SummaryEvent { summary });
            return Ok(());
        }
        self.report.suspended(|| output::print(false, summary, Summary::text))
    }

    /// Imports the files. Gives what stopped all of them, if something did.
    async fn all(
        &self,
        files: &[Found],
        summary: &mut Summary,
        landed: &mut AllLanded,
        stop: &CancellationToken,
    ) -> Option<ApiError> {
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
                self.report.done(&file.label, &ending);
            }
            self.note_landing(file, &ending, landed);
            summary.add(file.label.clone(), ending);
        }
        summary.interrupted = fatal.is_none() && stop.is_cancelled() && summary.pending > 0;
        fatal
    }

    /// Remembers which track a file has, or that it has none yet.
    fn note_landing(&self, file: &Found, ending: &Ending, landed: &mut AllLanded) {
        let is_new = matches!(ending, Ending::Imported { .. });
        match ending {
            Ending::Imported { track: Some(track), .. } | Ending::AlreadyThere { track: Some(track) } => {
                landed.insert(file.path.clone(), Landed { track: track.clone(), is_new });
                self.awaited.lock().remove(&file.path);
            }
            Ending::Divided { tracks } if !tracks.is_empty() => {
                // What lies beside the file is the album's: its first track finds it.
                landed.insert(file.path.clone(), Landed { track: tracks[0].clone(), is_new: true });
                self.awaited.lock().remove(&file.path);
            }
            Ending::Rejected { .. } => {}
            _ => {
                self.awaited.lock().insert(file.path.clone());
            }
        }
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
    async fn foresee(&self, paths: &[PathBuf]) -> anyhow::Result<ExitCode> {
        let started = Instant::now();
        let Walk { files, others, unreadable, unused_sheets, empty } = look_for_music(paths).await?;
        let mut summary = Summary { empty, ..Summary::default() };
        for (label, reason) in unreadable {
            summary.add(label, Ending::Failed { reason });
        }
        for (sheet, reason) in unused_sheets {
            self.note(&sheet, &format!("not split: {reason}"), &mut summary);
        }
        summary.left_out = Beside::sort(&files, others, self.with_playlists).left_out;
        self.report.expect(files.len());
        check::forget_lost(self, &files).await?;
        for file in &files {
            let ending = self.known(file).unwrap_or(Ending::Pending);
            self.report.done(&file.label, &ending);
            summary.add(file.label.clone(), ending);
        }
        summary.close(started.elapsed());
        self.conclude(&summary)?;
        Ok(summary.exit_code())
    }

    fn files_underway(&self) -> u32 {
        self.underway.load(Ordering::Relaxed)
    }

    /// How this very file ended in an earlier import.
    fn known(&self, file: &Found) -> Option<Ending> {
        self.ending_of(self.journal.lock().entry(file)?.outcome.as_ref()?)
    }

    /// How a file that ended so is told of now; none where it is tried again.
    fn ending_of(&self, outcome: &Outcome) -> Option<Ending> {
        match outcome {
            Outcome::Imported { track } | Outcome::Duplicate { track } => {
                Some(Ending::AlreadyThere { track: track.clone() })
            }
            Outcome::Divided { tracks } => Some(Ending::AlreadyThere { track: tracks.first().cloned() }),
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
