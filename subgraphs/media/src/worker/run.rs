//! One attempt at a job, from the claim to its end. Beside the work a heartbeat keeps the lease; when the lease is lost, the
//! work is dropped and whoever has the job now does it anew.

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use super::{
    Worker,
    files::WorkFiles,
    probe::{self, Found},
    slots::Slot,
    upload::{self, Task},
};
use crate::{
    app::App,
    commands::{
        begin_transcode::{begin_attempt, begin_renditions},
        divide_upload::divide_upload,
        finish_transcode::{Finished, finish_transcode},
        give_up_transcode::{GiveUp, give_up_transcode},
        measure_upload::{self, Next, measure_upload},
        reject_upload::reject_upload,
        settle_cuts::settle_cuts_beside,
    },
    domain::{
        cut::NewCut,
        job::{HEARTBEAT, LEASE, MAX_ATTEMPTS},
        refusal::{Refusal, RefusalCode},
        upload::Upload,
    },
    pipeline::{Ladder, PipelineError},
    store::lease::{Claimed, Lease},
};

/// Why an attempt did not end well.
pub(super) enum Stopped {
    /// The file is at fault.
    Rejected(Refusal),
    /// The job is not ours any more: cancelled, or taken by another worker.
    Lost,
    /// The audio is so long, and there is no place for it on this machine now.
    NoPlace(Duration),
    /// It made no headway.
    TimedOut(&'static str),
    /// Ours or the machine's fault.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Stopped {
    fn from(error: E) -> Self {
        let error = error.into();
        match error.downcast::<PipelineError>() {
            Ok(PipelineError::Rejected(rejection)) => Self::Rejected(rejection.into()),
            Ok(PipelineError::Cancelled) => Self::Lost,
            Ok(PipelineError::TimedOut(doing)) => Self::TimedOut(doing),
            Ok(other) => Self::Failed(other.into()),
            Err(error) => Self::Failed(error),
        }
    }
}

/// Works on a job and writes down how it ended.
pub(super) async fn run(worker: &Worker, mut slot: Slot, claimed: &Claimed, stop: CancellationToken) {
    let app = &worker.app;
    let started = Instant::now();
    let ended = tokio::select! {
        ended = attempt(worker, &mut slot, claimed) => end(app, claimed, ended).await,
        () = lost(app, claimed.lease) => {
            tracing::info!("the job is not ours any more");
            Ok("lost")
        }
        () = stop.cancelled() => give_up_transcode(app, claimed, GiveUp::Shutdown).await.map(|()| "given back"),
    };
    let seconds = started.elapsed().as_secs_f64();
    match ended {
        Ok(outcome) => {
            metrics::histogram!("transcode_seconds", "outcome" => outcome).record(seconds);
            tracing::info!(outcome, seconds, "a job has ended");
            if let Err(error) = settle_cuts_beside(app, claimed.upload).await {
                tracing::warn!(error = format!("{error:#}"), "the housekeeping will say how the divided file stands");
            }
        }
        // Its lease runs out, and it is taken again.
        Err(error) => tracing::error!(error = format!("{error:#}"), "the end of a job could not be written"),
    }
}

/// What a file became.
pub(super) enum Made {
    /// It can be played.
    Music(Box<(Upload, Finished)>),
    /// It is several tracks, which are still to be made.
    Parts(Box<Upload>, Vec<NewCut>),
    /// Nothing: it plays from elsewhere.
    Nothing,
    /// It can be played as it is; its renditions are made when nothing else waits.
    Later,
}

/// How an attempt ended, as it is written down.
enum Ending {
    Finished(Box<(Upload, Finished)>),
    Divided(Box<Upload>, Vec<NewCut>),
    Rejected(Box<Upload>, Refusal),
    GivenUp(GiveUp),
}

async fn end(app: &App, claimed: &Claimed, ended: Result<Made, Stopped>) -> anyhow::Result<&'static str> {
    let ending = match ended {
        Ok(Made::Music(finished)) => Ending::Finished(finished),
        Ok(Made::Parts(whole, cuts)) => Ending::Divided(whole, cuts),
        Ok(Made::Nothing) => return Ok("ready"),
        Ok(Made::Later) => Ending::GivenUp(GiveUp::Later),
        Err(Stopped::Lost) => return Ok("lost"),
        Err(Stopped::NoPlace(audio)) => Ending::GivenUp(GiveUp::NoPlace(audio)),
        Err(Stopped::Rejected(refusal)) => rejected(app, claimed, refusal).await?,
        // Once can be the machine's fault.
        Err(Stopped::TimedOut(doing)) if claimed.timeouts > 0 => {
            let message = format!("The file holds us up: {doing} took too long, more than once.");
            rejected(app, claimed, Refusal::new(RefusalCode::MediaTooLarge, message)).await?
        }
        Err(Stopped::TimedOut(doing)) => {
            tracing::warn!(doing, "an attempt took too long");
            Ending::GivenUp(GiveUp::Timeout(format!("{doing} took too long and was stopped")))
        }
        Err(Stopped::Failed(error)) => {
            let reason = format!("{error:#}");
            tracing::warn!(error = reason, failures = claimed.failures + 1, "an attempt failed");
            Ending::GivenUp(GiveUp::Failure(short(&reason)))
        }
    };
    // A database that is away for seconds need not cost the work of minutes.
    let mut wait = Duration::from_millis(200);
    loop {
        match write_end(app, claimed, &ending).await {
            Err(error) if wait < LEASE => {
                tracing::warn!(error = format!("{error:#}"), "the end of a job is written again");
                tokio::time::sleep(wait).await;
                wait *= 3;
            }
            done => return done,
        }
    }
}

async fn rejected(app: &App, claimed: &Claimed, refusal: Refusal) -> anyhow::Result<Ending> {
    tracing::info!(because = refusal.message, "a file is rejected");
    let upload = app.store.upload(claimed.upload).await?;
    Ok(Ending::Rejected(Box::new(upload.ok_or_else(|| anyhow::anyhow!("the upload is gone"))?), refusal))
}

async fn write_end(app: &App, claimed: &Claimed, ending: &Ending) -> anyhow::Result<&'static str> {
    match ending {
        Ending::Finished(finished) => {
            let done = finish_transcode(app, claimed, &finished.0, &finished.1).await?;
            Ok(if done { "ready" } else { "lost" })
        }
        Ending::Divided(whole, cuts) => {
            let done = divide_upload(app, claimed, whole, cuts).await?;
            Ok(if done { "divided" } else { "lost" })
        }
        Ending::Rejected(upload, refusal) => reject_upload(app, claimed, upload, refusal).await.map(|()| "rejected"),
        Ending::GivenUp(why) => {
            give_up_transcode(app, claimed, why.clone()).await?;
            Ok(match why {
                GiveUp::Later => "measured",
                GiveUp::NoPlace(_) => "put off",
                _ => "failed",
            })
        }
    }
}

/// Keeps the lease; comes back when it is lost. A database that does not answer costs the lease only when it ran out.
async fn lost(app: &App, lease: Lease) {
    let mut kept = Instant::now();
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        match app.store.keep(lease).await {
            Ok(true) => kept = Instant::now(),
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(%error, "a heartbeat was missed");
                if kept.elapsed() > LEASE {
                    return;
                }
            }
        }
    }
}

async fn attempt(worker: &Worker, slot: &mut Slot, claimed: &Claimed) -> Result<Made, Stopped> {
    let app = &worker.app;
    let upload = app.store.upload(claimed.upload).await?.ok_or(Stopped::Lost)?;
    if claimed.counted > MAX_ATTEMPTS {
        return Err(Stopped::Failed(anyhow::anyhow!("the job was begun {MAX_ATTEMPTS} times and never ended")));
    }
    let standing = begin_attempt(app, claimed).await?.ok_or(Stopped::Lost)?;
    if upload.cut.is_none() && app.store.is_divided(upload.id).await? {
        // Its tracks stand, whatever a second look at the file would say. Those that failed are made again.
        return Ok(Made::Parts(Box::new(upload), Vec::new()));
    }
    // A cut has no bytes of its own.
    let whole = match upload.cut {
        Some(cut) => Some(app.store.upload(cut.of).await?.context("the upload that it is cut from is gone")?),
        None => None,
    };
    let bytes = whole.as_ref().unwrap_or(&upload);
    let files = WorkFiles::fetch(worker, bytes, slot.share().context("share the place")?).await?;
    if bytes.sha256.as_ref().is_some_and(|expected| *expected != files.sha256) {
        let message = "The bytes that arrived are not those that were announced: their SHA-256 differs.";
        return Err(Stopped::Rejected(Refusal::new(RefusalCode::ChecksumMismatch, message)));
    }
    let mut source = match probe::look(worker, (&upload, standing.is_some()), bytes, &files).await? {
        Found::Parts(cuts) => return Ok(Made::Parts(Box::new(upload), cuts)),
        Found::Music(source) => *source,
    };
    let is_measured = standing.as_ref().is_some_and(|standing| !standing.is_finished);
    if !is_measured {
        source = source.with_beside(app, bytes.library.as_ref()).await?;
        source = source.with_cover(worker, claimed, &upload, &files).await?;
    }
    let ladder = Ladder::plan(&source.info);
    let task = Task { worker, claimed, files: &files, source: &source, ladder: &ladder };
    let found = match standing {
        Some(standing) if is_measured => Known::Before(standing.duration_ms),
        standing => match measure(task, slot, &upload, standing.is_some()).await? {
            ControlFlow::Break(made) => return Ok(made),
            ControlFlow::Continue(known) => known,
        },
    };
    encode(task, slot, upload, found).await
}

/// What is known of the audio when its renditions are made.
enum Known {
    /// All that is needed: how long it plays, in ms.
    Before(i64),
    /// What was found anew, of an upload that has renditions.
    Anew(Box<measure_upload::Found>),
}

/// Finds out what the audio is. An upload that does not play already is ready then. Breaks where there is nothing to make, or not
/// now.
async fn measure(
    task: Task<'_>,
    slot: &mut Slot,
    upload: &Upload,
    plays: bool,
) -> Result<ControlFlow<Made, Known>, Stopped> {
    let (app, claimed, source) = (&task.worker.app, task.claimed, task.source);
    let audio = task.audio();
    stay(slot, audio)?;
    let begin = probe::begin(app, claimed, source, (task.ladder, plays)).await?;
    let measured = task.measure(|decoded| stay(slot, audio.max(decoded))).await?;
    let duration_ms = measured.duration_ms as i64;
    let found = measure_upload::Found {
        tags: source.event_tags(),
        quality: source.quality(measured.duration_ms),
        chapters: source.chapters(duration_ms),
        not_split_because: source.not_split_because.clone(),
        ladder: task.ladder.clone(),
        measured,
        begin,
    };
    if plays {
        return Ok(ControlFlow::Continue(Known::Anew(Box::new(found))));
    }
    Ok(match measure_upload(app, claimed, upload, &found).await? {
        Next::Lost => return Err(Stopped::Lost),
        Next::Nothing => ControlFlow::Break(Made::Nothing),
        // It plays as it is; what does not play at all comes first.
        Next::Encode if app.store.is_more_urgent_waiting().await? => ControlFlow::Break(Made::Later),
        Next::Encode => ControlFlow::Continue(Known::Before(duration_ms)),
    })
}

/// Makes the renditions.
async fn encode(task: Task<'_>, slot: &mut Slot, upload: Upload, known: Known) -> Result<Made, Stopped> {
    let (app, claimed) = (&task.worker.app, task.claimed);
    let audio = task.audio();
    stay(slot, audio)?;
    let (duration_ms, found) = match known {
        Known::Anew(found) => (found.measured.duration_ms as i64, Some(found)),
        Known::Before(duration_ms) => {
            if !begin_renditions(app, claimed, task.ladder).await? {
                return Err(Stopped::Lost);
            }
            (duration_ms, None)
        }
    };
    let output = task.transcode(duration_ms, |decoded| stay(slot, audio.max(decoded))).await?;
    let mp3_gapless = upload::store_mp3(app, claimed, &output).await?;
    Ok(Made::Music(Box::new((upload, Finished { output, mp3_gapless, duration_ms, found }))))
}

/// Stops when audio that is so long may not be worked on in this place.
fn stay(slot: &mut Slot, audio: Duration) -> Result<(), Stopped> {
    let admitted = slot.admit(audio).context("take a place for a long recording")?;
    if admitted { Ok(()) } else { Err(Stopped::NoPlace(audio)) }
}

/// The reason of a failure for a person: one line, not too long.
fn short(reason: &str) -> String {
    reason.lines().next().unwrap_or_default().chars().take(300).collect()
}
